package dev.panorm.io;

import dev.panorm.DType;
import dev.panorm.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The header of an NPY file: a Python dictionary of three fields. */
record NpyHeader(DType dtype, Shape shape) {

  private static final Pattern FIELD =
      Pattern.compile(
          "\\s*'(\\w{1,20})'\\s*:\\s*('[^']*'|True|False|\\([0-9,\\s]*\\))\\s*(,|(?=}))");

  /**
   * Parses and checks a header.
   *
   * @param at its first byte in the file, for messages
   */
  static NpyHeader parse(Path path, long at, String text) throws IOException {
    Map<String, String> fields = fields(path, at, text);
    String type = field(path, at, fields, "descr");
    String fortran = field(path, at, fields, "fortran_order");
    String shape = field(path, at, fields, "shape");
    DType dtype = dtype(type);
    if (dtype == null) {
      throw Malformed.at(path, at, "the type is " + type + ", expected '<f4', '<f8' or '<i8'");
    }
    if (!fortran.equals("False")) {
      throw Malformed.at(
          path,
          at,
          "fortran_order is " + fortran + ", expected False: save numpy.ascontiguousarray(a)");
    }
    return new NpyHeader(dtype, shape(path, at, shape));
  }

  /** Returns NumPy's name of a type. */
  static String typeName(DType dtype) {
    return switch (dtype) {
      case FLOAT32 -> "<f4";
      case FLOAT64 -> "<f8";
      case INT64 -> "<i8";
    };
  }

  private static @Nullable DType dtype(String quoted) {
    for (DType dtype : DType.values()) {
      if (quoted.equals("'" + typeName(dtype) + "'")) {
        return dtype;
      }
    }
    return null;
  }

  private static Map<String, String> fields(Path path, long at, String text) throws IOException {
    Map<String, String> fields = new HashMap<>();
    Matcher matcher = FIELD.matcher(text);
    int next = text.startsWith("{") ? 1 : 0;
    while (matcher.region(next, text.length()).lookingAt()) {
      if (fields.put(matcher.group(1), matcher.group(2)) != null) {
        throw Malformed.at(path, at + next, "the field " + matcher.group(1) + " comes twice");
      }
      next = matcher.end();
    }
    if (next == 0 || !text.substring(next).strip().equals("}")) {
      throw Malformed.at(
          path, at + next, "the header is no dictionary of descr, fortran_order and shape");
    }
    return fields;
  }

  private static String field(Path path, long at, Map<String, String> fields, String name)
      throws IOException {
    String value = fields.get(name);
    if (value == null || fields.size() != 3) {
      throw Malformed.at(
          path,
          at,
          "the fields are " + fields.keySet() + ", expected descr, fortran_order and shape");
    }
    return value;
  }

  private static Shape shape(Path path, long at, String tuple) throws IOException {
    if (!tuple.startsWith("(")) {
      throw Malformed.at(path, at, "the shape is " + tuple + ", expected a tuple of sizes");
    }
    try {
      String sizes = tuple.substring(1, tuple.length() - 1).strip();
      return sizes.isEmpty()
          ? Shape.of()
          : Shape.of(
              Arrays.stream(sizes.split(","))
                  .map(String::strip)
                  .mapToLong(Long::parseLong)
                  .toArray());
    } catch (IllegalArgumentException e) {
      throw Malformed.at(path, at, "the shape is " + tuple + ", expected sizes that fit memory", e);
    }
  }
}
