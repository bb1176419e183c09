package dev.panorm.data;

import dev.panorm.DType;
import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.io.SafeTensors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.function.DoublePredicate;

/** What a transform learned, as float64 tensors in a SafeTensors file that names its class. */
final class SavedTransform implements AutoCloseable {

  private static final String KIND = "panorm.transform";

  private final Path path;
  private final SafeTensors file;

  private SavedTransform(Path path, SafeTensors file) {
    this.path = path;
    this.file = file;
  }

  static void write(Path path, Class<?> kind, Map<String, Tensor> tensors) throws IOException {
    SafeTensors.write(path, tensors, Map.of(KIND, kind.getSimpleName()));
  }

  /** Opens a file and checks that it holds a transform of this class, with these tensors. */
  static SavedTransform open(Path path, Class<?> kind, Set<String> names) throws IOException {
    SafeTensors file = SafeTensors.open(path);
    try {
      check(path, "transform", file.metadata().getOrDefault(KIND, "none"), kind.getSimpleName());
      check(path, "tensors", Set.copyOf(file.names()), names);
      for (String name : names) {
        check(path, name, file.dtype(name), DType.FLOAT64);
      }
      return new SavedTransform(path, file);
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  Shape shape(String name) {
    return file.shape(name);
  }

  /** Returns a copy of a tensor whose values are all finite. */
  Tensor load(String name, Scope scope) throws IOException {
    return load(name, scope, Double::isFinite, "finite numbers");
  }

  /** Returns a copy of a tensor whose values are all finite and above 0. */
  Tensor loadSpread(String name, Scope scope) throws IOException {
    return load(name, scope, v -> v > 0 && Double.isFinite(v), "finite numbers above 0");
  }

  private Tensor load(String name, Scope scope, DoublePredicate good, String expected)
      throws IOException {
    Tensor tensor = file.load(name, scope);
    for (long i = 0; i < tensor.elements(); i++) {
      if (!good.test(tensor.get(i))) {
        throw unexpected(path, "a value of " + name, tensor.get(i), expected);
      }
    }
    return tensor;
  }

  /** Throws {@link IOException} unless something in the file is as expected. */
  static void check(Path path, String what, Object actual, Object expected) throws IOException {
    if (!actual.equals(expected)) {
      throw unexpected(path, what, actual, expected);
    }
  }

  private static IOException unexpected(Path path, String what, Object actual, Object expected) {
    return new IOException(
        "load: " + path + ": " + what + " is " + actual + ", expected " + expected);
  }

  @Override
  public void close() {
    file.close();
  }
}
