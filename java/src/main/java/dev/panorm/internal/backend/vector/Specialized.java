package dev.panorm.internal.backend.vector;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;

/**
 * Loads a class of loops again for each function that it applies, so that the loops are written
 * once and yet compiled for every function by itself.
 *
 * <p>A loop that called its function through a field or a parameter would be compiled once for all
 * of them, with a real call and a vector object for each step. In a copy the function is a constant
 * of the class, which the JIT inlines, and every copy has a profile of its own.
 */
final class Specialized {

  private Specialized() {}

  /**
   * Returns an object of a copy of the template.
   *
   * @param template a class of this package with a constructor without parameters, whose functions
   *     come from {@link #constant}
   * @param face what it implements
   * @param function the constant of this copy
   */
  static <T> T copy(Class<? extends T> template, Class<T> face, Object function) {
    String file = template.getSimpleName() + ".class";
    try (InputStream code = template.getResourceAsStream(file)) {
      if (code == null) {
        throw new IllegalStateException("specialized: " + file + " is missing from the library");
      }
      Class<?> copy =
          MethodHandles.lookup()
              .defineHiddenClassWithClassData(code.readAllBytes(), function, true)
              .lookupClass();
      return face.cast(copy.getDeclaredConstructor().newInstance());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("specialized: " + file + " cannot be loaded again", e);
    }
  }

  /** Returns the constant of a copy, for its static fields. */
  static <F> F constant(MethodHandles.Lookup lookup, Class<F> type) {
    try {
      F function = MethodHandles.classData(lookup, "_", type);
      if (function == null) {
        throw new IllegalStateException("specialized: a template is used only through its copies");
      }
      return function;
    } catch (IllegalAccessException e) {
      throw new IllegalStateException("specialized: a copy may not see its constant", e);
    }
  }
}
