package dev.panorm.bench.print;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PrintTest {

  @Test
  void jsonIsWritten() throws IOException {
    Map<String, @Nullable Object> object = new LinkedHashMap<>();
    object.put("text", "a \"b\"\n");
    object.put("numbers", Arrays.asList(1, 2L, 0.5, Double.NaN, Double.POSITIVE_INFINITY, null));
    object.put("truth", true);
    StringWriter out = new StringWriter();
    Json.write(out, object);
    assertEquals(
        "{\"text\":\"a\\\"b\\\"\\n\",\"numbers\":[1,2,0.5,null,null,null],\"truth\":true}",
        out.toString().replaceAll("\\s", ""));
    assertThrows(IOException.class, () -> Json.write(new Broken(), List.of(Map.of("a", 1))));
  }

  @Test
  void columnsAreAligned() {
    Table table = new Table("name", "count");
    table.add("a", "7");
    table.add("long name", "1234");
    StringWriter out = new StringWriter();
    table.print(new PrintWriter(out));
    assertEquals(
        List.of("name       count", "a              7", "long name   1234"),
        out.toString().lines().toList());
    assertThrows(IllegalArgumentException.class, () -> table.add("too few"));
  }

  /** A full disk. */
  private static final class Broken extends Writer {
    @Override
    public void write(char[] text, int from, int length) throws IOException {
      throw new IOException("full");
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }
}
