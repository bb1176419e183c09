package dev.panorm.io;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.panorm.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The JSON header of a SafeTensors file, checked. */
record SafeTensorsHeader(Map<String, Entry> entries, Map<String, String> metadata) {

  static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder().maxNestingDepth(4).maxNumberLength(20).build())
          .build();

  /** Bytes of an element by the format's names. */
  private static final Map<String, Integer> SIZES =
      Map.ofEntries(
          Map.entry("BOOL", 1),
          Map.entry("U8", 1),
          Map.entry("I8", 1),
          Map.entry("F8_E4M3", 1),
          Map.entry("F8_E5M2", 1),
          Map.entry("I16", 2),
          Map.entry("U16", 2),
          Map.entry("F16", 2),
          Map.entry("BF16", 2),
          Map.entry("I32", 4),
          Map.entry("U32", 4),
          Map.entry("F32", 4),
          Map.entry("F64", 8),
          Map.entry("I64", 8),
          Map.entry("U64", 8));

  /**
   * One tensor.
   *
   * @param begin first byte, counted from the end of the header
   * @param end byte after the last
   */
  record Entry(String name, String type, Shape shape, long begin, long end) {}

  /**
   * Parses and checks a header.
   *
   * @param dataLength how many bytes the file has behind it
   */
  static SafeTensorsHeader parse(Path path, byte[] json, long dataLength) throws IOException {
    try (JsonParser parser = JSON.createParser(json)) {
      SafeTensorsHeader header = new Reader(path, parser, dataLength).header();
      checkFilled(path, header.entries(), Long.BYTES + (long) json.length, dataLength);
      return header;
    } catch (JsonProcessingException e) {
      long offset = e.getLocation() == null ? 0 : Math.max(0, e.getLocation().getByteOffset());
      throw Malformed.at(
          path, Long.BYTES + offset, "the header is no valid JSON: " + e.getOriginalMessage(), e);
    }
  }

  /** The tensors in order of their data must follow one another from the first byte to the last. */
  private static void checkFilled(
      Path path, Map<String, Entry> entries, long dataStart, long dataLength) throws IOException {
    List<Entry> ordered = new ArrayList<>(entries.values());
    ordered.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
    long filled = 0;
    for (Entry entry : ordered) {
      if (entry.begin() != filled) {
        throw Malformed.at(
            path,
            dataStart + entry.begin(),
            "the tensor '"
                + entry.name()
                + "' begins at data byte "
                + entry.begin()
                + ", expected "
                + filled
                + ", where the one before ends");
      }
      filled = entry.end();
    }
    if (filled != dataLength) {
      throw Malformed.at(
          path,
          dataStart + filled,
          "the tensors end after " + filled + " bytes of data, expected all " + dataLength);
    }
  }

  /** Walks over the JSON. */
  private record Reader(Path path, JsonParser parser, long dataLength) {

    SafeTensorsHeader header() throws IOException {
      Map<String, Entry> entries = new LinkedHashMap<>();
      Map<String, String> metadata = Map.of();
      expect(JsonToken.START_OBJECT);
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        if (name.equals(SafeTensors.METADATA)) {
          metadata = strings();
        } else {
          entries.put(name, entry(name));
        }
      }
      if (parser.nextToken() != null) {
        throw here("more follows the header's JSON, expected spaces");
      }
      return new SafeTensorsHeader(entries, metadata);
    }

    private Map<String, String> strings() throws IOException {
      Map<String, String> strings = new LinkedHashMap<>();
      expect(JsonToken.START_OBJECT);
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String key = parser.currentName();
        expect(JsonToken.VALUE_STRING);
        strings.put(key, parser.getText());
      }
      return Collections.unmodifiableMap(strings);
    }

    private Entry entry(String name) throws IOException {
      String type = null;
      List<Long> shape = null;
      List<Long> offsets = null;
      expect(JsonToken.START_OBJECT);
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        switch (parser.currentName()) {
          case "dtype" -> {
            expect(JsonToken.VALUE_STRING);
            type = parser.getText();
          }
          case "shape" -> shape = numbers();
          case "data_offsets" -> offsets = numbers();
          default ->
              throw here(
                  "the tensor '"
                      + name
                      + "' has a field '"
                      + parser.currentName()
                      + "', expected "
                      + "dtype, shape and data_offsets");
        }
      }
      return checked(name, type, shape, offsets);
    }

    private List<Long> numbers() throws IOException {
      List<Long> numbers = new ArrayList<>();
      expect(JsonToken.START_ARRAY);
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT) {
          throw here("found " + parser.currentToken() + ", expected a whole number");
        }
        numbers.add(parser.getLongValue());
      }
      return numbers;
    }

    private Entry checked(
        String name,
        @Nullable String type,
        @Nullable List<Long> shape,
        @Nullable List<Long> offsets)
        throws IOException {
      String tensor = "the tensor '" + name + "' has ";
      if (type == null || shape == null || offsets == null || offsets.size() != 2) {
        throw here(tensor + "not all fields, expected dtype, shape and two data_offsets");
      }
      Integer size = SIZES.get(type);
      if (size == null) {
        throw here(tensor + "type '" + type + "', expected one of the format's types");
      }
      long begin = offsets.getFirst();
      long end = offsets.getLast();
      if (begin < 0 || begin > end || end > dataLength) {
        throw here(
            tensor
                + "data_offsets "
                + offsets
                + ", expected within the "
                + dataLength
                + " bytes of data");
      }
      Shape dims = shape(tensor, shape);
      // No overflow to fear: both factors are compared, not multiplied.
      if ((end - begin) % size != 0 || dims.elements() != (end - begin) / size) {
        throw here(
            tensor
                + "shape "
                + dims
                + " of "
                + type
                + " in "
                + (end - begin)
                + " bytes, expected the size of its elements");
      }
      return new Entry(name, type, dims, begin, end);
    }

    private Shape shape(String tensor, List<Long> dims) throws IOException {
      try {
        return Shape.of(dims.stream().mapToLong(Long::longValue).toArray());
      } catch (IllegalArgumentException e) {
        throw Malformed.at(
            path, offset(), tensor + "shape " + dims + ", expected one that fits memory", e);
      }
    }

    private void expect(JsonToken token) throws IOException {
      JsonToken found = parser.nextToken();
      if (found != token) {
        throw here("found " + found + ", expected " + token);
      }
    }

    private IOException here(String what) {
      return Malformed.at(path, offset(), what);
    }

    private long offset() {
      return Long.BYTES + parser.currentLocation().getByteOffset();
    }
  }
}
