package dev.panorm.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.panorm.DType;
import dev.panorm.Layout;
import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.io.SafeTensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One golden case in one type: inputs as tensors, results compared with the expected ones.
 *
 * <p>The bounds are those that come with the goldens: scaled errors of 1e-6 in float32 (2e-6 for
 * the hard cases) and 1e-12 in float64, NaN and infinity exactly where they are expected.
 */
public final class Golden implements AutoCloseable {

  private final String name;
  private final DType dtype;
  private final SafeTensors file;
  private final Scope scope = Scope.open();

  private Golden(Path path, DType dtype) {
    this.name = path.getFileName().toString();
    this.dtype = dtype;
    try {
      this.file = SafeTensors.open(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The files of an operation, at least one. Where there are no goldens at all the test is skipped,
   * unless this machine must have everything.
   */
  public static List<Path> files(String op) {
    Path folder = Path.of(System.getProperty("panorm.shared", "../shared"), "goldens");
    boolean required = !System.getProperty("panorm.requireBackends", "").isEmpty();
    assumeTrue(required || Files.isDirectory(folder), () -> "no goldens in " + folder);
    try (Stream<Path> all = Files.list(folder)) {
      List<Path> files =
          all.filter(p -> p.getFileName().toString().startsWith(op + "__")).sorted().toList();
      assertTrue(!files.isEmpty(), () -> "no goldens of " + op + " in " + folder);
      return files;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Opens a case. */
  public static Golden open(Path path, DType dtype) {
    return new Golden(path, dtype);
  }

  /** Where outputs are allocated. */
  public Scope scope() {
    return scope;
  }

  /** A metadata string. */
  public String text(String key) {
    String value = file.metadata().get(key);
    return value == null ? fail(name + " has no " + key) : value;
  }

  /** A metadata number. */
  public double number(String key) {
    return Double.parseDouble(text(key));
  }

  /** A metadata flag. */
  public boolean flag(String key) {
    return Boolean.parseBoolean(text(key));
  }

  /** A metadata pair. */
  public long[] pair(String key) {
    return Arrays.stream(text(key).split(",")).mapToLong(Long::parseLong).toArray();
  }

  /** The layout. */
  public Layout layout() {
    return Layout.valueOf(text("layout"));
  }

  /** An input in the case's type; indices stay int64. */
  public Tensor input(String key) {
    Tensor stored = load(key);
    if (stored.dtype() == DType.INT64) {
      return stored;
    }
    Tensor converted = scope.empty(dtype, stored.shape());
    converted.copyFrom(stored);
    return converted;
  }

  /** As {@link #input}, null where the case has none. */
  public @Nullable Tensor optional(String key) {
    return file.names().contains(key) ? input(key) : null;
  }

  /** Room for a result, filled with NaN so that nothing may be left unwritten. */
  public Tensor room(String key) {
    return scope.full(Double.NaN, dtype, load(key).shape());
  }

  /** Room for a result that another one is shaped like. */
  public Tensor room(Shape shape) {
    return scope.full(Double.NaN, dtype, shape);
  }

  private Tensor load(String key) {
    try {
      return file.load(key, scope);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Fails unless a result is inside its bound. */
  public void check(String key, Tensor result) {
    compare(key, load(key).toDoubleArray(), result.toDoubleArray());
  }

  /** As {@link #check}, for row number {@code row} of the expected results. */
  public void checkRow(String key, long row, Tensor result) {
    compare(
        key + "[" + row + "]",
        load(key).slice(row, row + 1).toDoubleArray(),
        result.toDoubleArray());
  }

  /** Fails unless indices are the expected ones. */
  public void checkIndices(String key, Tensor result) {
    assertArrayEquals(load(key).toLongArray(), result.toLongArray(), name + " " + key);
  }

  private void compare(String key, double[] expected, double[] got) {
    double largest = 0;
    for (double e : expected) {
      largest = isInfinite(e) || Double.isNaN(e) ? largest : Math.max(largest, Math.abs(e));
    }
    double bound = bound() * largest;
    for (int i = 0; i < expected.length; i++) {
      double e = isInfinite(expected[i]) ? Math.copySign(1 / 0.0, expected[i]) : expected[i];
      double error = Math.abs(got[i] - e);
      boolean same =
          Double.isNaN(e) ? Double.isNaN(got[i]) : isInfinite(e) ? got[i] == e : error <= bound;
      if (!same) {
        fail(
            name
                + " "
                + dtype
                + " "
                + key
                + "["
                + i
                + "] is "
                + got[i]
                + ", expected "
                + e
                + " within "
                + bound);
      }
    }
  }

  /** Also what rounds to infinity in the case's type. */
  private boolean isInfinite(double value) {
    return Double.isInfinite(dtype == DType.FLOAT32 ? (float) value : value);
  }

  private double bound() {
    if (dtype == DType.FLOAT64) {
      return 1e-12;
    }
    boolean hard =
        name.contains("__adv-offset")
            || name.contains("__adv-const")
            || name.contains("__adv-huge")
            || name.contains("__adv-tiny")
            || name.contains("__adv-outlier");
    return hard ? 2e-6 : 1e-6;
  }

  @Override
  public void close() {
    scope.close();
    file.close();
  }
}
