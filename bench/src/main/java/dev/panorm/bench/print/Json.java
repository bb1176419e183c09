package dev.panorm.bench.print;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes maps, collections, numbers, truth values and text as JSON. */
public final class Json {

  private static final JsonFactory FACTORY = new JsonFactory();

  private Json() {}

  /**
   * Writes a value and a line break, and flushes. Numbers that are not finite, which JSON does not
   * have, become null; whatever else is neither a map nor a collection becomes text.
   */
  public static void write(Writer out, @Nullable Object value) throws IOException {
    JsonGenerator json = FACTORY.createGenerator(out).useDefaultPrettyPrinter();
    json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
    put(json, value);
    json.close();
    out.write(System.lineSeparator());
    out.flush();
  }

  private static void put(JsonGenerator json, @Nullable Object value) throws IOException {
    switch (value) {
      case null -> json.writeNull();
      case Map<?, ?> map -> putMap(json, map);
      case Collection<?> values -> {
        json.writeStartArray();
        for (Object each : values) {
          put(json, each);
        }
        json.writeEndArray();
      }
      case Boolean truth -> json.writeBoolean(truth);
      case Integer number -> json.writeNumber(number);
      case Long number -> json.writeNumber(number);
      case Double number when Double.isFinite(number) -> json.writeNumber(number);
      case Double number -> json.writeNull();
      default -> json.writeString(value.toString());
    }
  }

  private static void putMap(JsonGenerator json, Map<?, ?> map) throws IOException {
    json.writeStartObject();
    try {
      map.forEach((key, value) -> putField(json, key.toString(), value));
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    json.writeEndObject();
  }

  private static void putField(JsonGenerator json, String name, @Nullable Object value) {
    try {
      json.writeFieldName(name);
      put(json, value);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
