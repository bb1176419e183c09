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

/** What a transform learned, as float64 tensors in a SafeTensors file that names its class. */
final class SavedTransform implements AutoCloseable {

  private static final String KIND = "panorm.transform";

  private final SafeTensors file;

  private SavedTransform(SafeTensors file) {
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
      return new SavedTransform(file);
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  Shape shape(String name) {
    return file.shape(name);
  }

  Tensor load(String name, Scope scope) throws IOException {
    return file.load(name, scope);
  }

  /** Throws {@link IOException} unless something in the file is as expected. */
  static void check(Path path, String what, Object actual, Object expected) throws IOException {
    if (!actual.equals(expected)) {
      throw new IOException(
          "load: " + path + ": " + what + " is " + actual + ", expected " + expected);
    }
  }

  @Override
  public void close() {
    file.close();
  }
}
