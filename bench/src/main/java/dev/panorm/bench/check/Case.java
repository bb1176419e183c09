package dev.panorm.bench.check;

import dev.panorm.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * One case of one operation.
 *
 * @param name what reports call it: the name of its file
 * @param metadata its parameters as text
 * @param tensors its inputs, upstream gradients and, if they are known, expected results, by name
 */
record Case(String name, Map<String, String> metadata, Map<String, Tensor> tensors) {

  String op() {
    return text("op");
  }

  String variant() {
    return text("variant");
  }

  /** Returns the names of the results that must come out. */
  List<String> results() {
    return names("results");
  }

  /** Returns the names of the upstream gradients. */
  List<String> upstream() {
    return names("upstream");
  }

  private List<String> names(String key) {
    String value = metadata.getOrDefault(key, "");
    return value.isEmpty() ? List.of() : List.of(value.split(","));
  }

  boolean has(String key) {
    return metadata.containsKey(key);
  }

  String text(String key) {
    String value = metadata.get(key);
    if (value == null) {
      throw new IllegalArgumentException(name + ": has no '" + key + "' in its metadata");
    }
    return value;
  }

  double number(String key) {
    return Double.parseDouble(text(key));
  }

  long integer(String key) {
    return Long.parseLong(text(key));
  }

  boolean flag(String key) {
    return metadata.getOrDefault(key, "false").equals("true");
  }

  long[] integers(String key) {
    return Arrays.stream(text(key).split("[x,]")).mapToLong(Long::parseLong).toArray();
  }

  Tensor tensor(String key) {
    Tensor tensor = tensors.get(key);
    if (tensor == null) {
      throw new IllegalArgumentException(name + ": has no tensor '" + key + "'");
    }
    return tensor;
  }
}
