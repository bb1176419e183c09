package dev.panorm.train;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.panorm.internal.check.Check;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The results of a {@link Grid} in a file, one line each behind a line that tells which grid it is.
 * A line counts once it has its end; numbers are written so that reading gives the same bits, those
 * that JSON does not know as strings.
 */
final class GridJournal implements AutoCloseable {

  private static final JsonFactory JSON = new JsonFactory();
  private static final String CELL = "cell";
  private static final String CURVES = "curves";

  private final FileChannel channel;
  private final List<Grid.Result> results = new ArrayList<>();

  private GridJournal(FileChannel channel) {
    this.channel = channel;
  }

  /** Opens the file, reads its results, and cuts off what was not written to its end. */
  static GridJournal open(Path file, Grid grid) throws IOException {
    FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      lock(file, channel);
      GridJournal journal = new GridJournal(channel);
      journal.read(file, grid);
      return journal;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static void lock(Path file, FileChannel channel) throws IOException {
    try {
      if (channel.tryLock() != null) {
        return;
      }
    } catch (OverlappingFileLockException e) {
      throw new IOException(inUse(file), e);
    }
    throw new IOException(inUse(file));
  }

  private static String inUse(Path file) {
    return "grid: the journal " + file + " serves another run";
  }

  /** Returns the results that the file had when it was opened, those of the first cells. */
  List<Grid.Result> results() {
    return results;
  }

  void append(Grid.Result result) throws IOException {
    write(line(result));
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  // ------------------------------------------------------------------------------------ reading

  private void read(Path file, Grid grid) throws IOException {
    byte[] bytes = bytes();
    int whole = afterLastLine(bytes);
    List<String> lines = new String(bytes, 0, whole, StandardCharsets.UTF_8).lines().toList();
    checkHead(file, bytes, head(grid));
    List<Grid.Cell> cells = grid.cells();
    for (int i = 1; i < lines.size(); i++) {
      Check.that(i <= cells.size(), "grid", "line " + (i + 1) + " of " + file, "there", "no more");
      results.add(result(file, lines.get(i), cells.get(i - 1)));
    }
    channel.truncate(whole).position(whole);
    if (lines.isEmpty()) {
      write(head(grid));
    }
  }

  /** A head that was not written to its end belongs to this grid as well. */
  private static void checkHead(Path file, byte[] bytes, String head) {
    byte[] expected = head.getBytes(StandardCharsets.UTF_8);
    int same = Arrays.mismatch(bytes, expected);
    boolean known = same < 0 || same == Math.min(bytes.length, expected.length);
    if (!known) {
      String found = new String(bytes, StandardCharsets.UTF_8).lines().findFirst().orElse("");
      throw Check.wrong("grid", "first line of " + file, "'" + found + "'", head.strip());
    }
  }

  private byte[] bytes() throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(channel.size()));
    while (bytes.hasRemaining() && channel.read(bytes) >= 0) {}
    return bytes.array();
  }

  private static int afterLastLine(byte[] bytes) {
    int end = bytes.length;
    while (end > 0 && bytes[end - 1] != '\n') {
      end--;
    }
    return end;
  }

  private static Grid.Result result(Path file, String json, Grid.Cell cell) throws IOException {
    try (JsonParser parser = JSON.createParser(json)) {
      Map<String, List<Double>> curves = new LinkedHashMap<>();
      expect(parser.nextToken() == JsonToken.START_OBJECT);
      expect(CELL.equals(parser.nextFieldName()));
      expect(parser.nextIntValue(-1) == cell.number());
      expect(CURVES.equals(parser.nextFieldName()));
      expect(parser.nextToken() == JsonToken.START_OBJECT);
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        curves.put(parser.currentName(), numbers(parser));
      }
      return new Grid.Result(cell, curves);
    } catch (JsonProcessingException | IllegalArgumentException e) {
      throw new IOException(
          file + ": line " + (cell.number() + 2) + " is no result of cell " + cell.number(), e);
    }
  }

  private static List<Double> numbers(JsonParser parser) throws IOException {
    List<Double> values = new ArrayList<>();
    expect(parser.nextToken() == JsonToken.START_ARRAY);
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      values.add(Double.valueOf(parser.getText()));
    }
    return values;
  }

  private static void expect(boolean condition) {
    if (!condition) {
      throw new IllegalArgumentException("not the line of a result");
    }
  }

  // ------------------------------------------------------------------------------------ writing

  private void write(String line) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8));
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
    channel.force(false);
  }

  private static String head(Grid grid) throws IOException {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(text)) {
      json.writeStartObject();
      json.writeNumberField("seed", grid.seed());
      json.writeObjectFieldStart("axes");
      for (Grid.Axis axis : grid.axes()) {
        json.writeFieldName(axis.name());
        json.writeArray(axis.values().toArray(String[]::new), 0, axis.values().size());
      }
      json.writeEndObject();
      json.writeEndObject();
    }
    return text.append('\n').toString();
  }

  private static String line(Grid.Result result) throws IOException {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(text)) {
      json.writeStartObject();
      json.writeNumberField(CELL, result.cell().number());
      json.writeObjectFieldStart(CURVES);
      for (Map.Entry<String, List<Double>> curve : result.curves().entrySet()) {
        json.writeArrayFieldStart(curve.getKey());
        for (double value : curve.getValue()) {
          json.writeNumber(value);
        }
        json.writeEndArray();
      }
      json.writeEndObject();
      json.writeEndObject();
    }
    return text.append('\n').toString();
  }
}
