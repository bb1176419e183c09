package dev.panorm.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.panorm.DType;
import dev.panorm.Panorm;
import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import java.util.Random;

/**
 * Compares an operation in float32 on one backend with the same in float64 on {@code reference}, on
 * the same inputs, and checks that one thread and two give the same bits.
 */
public final class Oracle {

  private Oracle() {}

  /** An operation that fills its result from its inputs. */
  @FunctionalInterface
  public interface Op {
    /** Fills {@code result}. */
    void run(Tensor[] inputs, Tensor result);
  }

  /** Values of one input, representable in float32. */
  public static final class Input {

    private final Shape shape;
    private final float[] values;

    private Input(Shape shape, float[] values) {
      this.shape = shape;
      this.values = values;
    }

    /** Returns their shape. */
    public Shape shape() {
      return shape;
    }

    /** Normal random numbers, the seed being part of the case. */
    public static Input normal(long seed, double mean, double deviation, long... dims) {
      Shape shape = Shape.of(dims);
      Random random = new Random(seed);
      float[] values = new float[Math.toIntExact(shape.elements())];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) (mean + deviation * random.nextGaussian());
      }
      return new Input(shape, values);
    }

    /** Uniform random numbers. */
    public static Input uniform(long seed, double low, double high, long... dims) {
      Shape shape = Shape.of(dims);
      Random random = new Random(seed);
      float[] values = new float[Math.toIntExact(shape.elements())];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) (low + (high - low) * random.nextDouble());
      }
      return new Input(shape, values);
    }

    /** Returns them as a new tensor. */
    public Tensor tensor(Scope scope, DType dtype) {
      Tensor tensor = scope.empty(dtype, shape);
      tensor.copyFrom(values);
      return tensor;
    }
  }

  /**
   * Fails unless the float32 result is as near to the float64 one as {@code bound} times the
   * largest magnitude of the latter.
   */
  public static void agrees(String backend, double bound, Shape result, Op op, Input... inputs) {
    double[] expected = compute("reference", DType.FLOAT64, 1, result, op, inputs);
    double[] got = compute(backend, DType.FLOAT32, 1, result, op, inputs);
    assertArrayEquals(got, compute(backend, DType.FLOAT32, 2, result, op, inputs), "two threads");
    double largest = 0;
    for (double e : expected) {
      largest = Math.max(largest, Math.abs(e));
    }
    for (int i = 0; i < expected.length; i++) {
      int at = i;
      double error = Math.abs(got[i] - expected[i]);
      assertTrue(
          error <= bound * largest,
          () -> "element " + at + " is " + got[at] + ", expected " + expected[at]);
    }
  }

  /** Returns the result on one backend with a number of threads. */
  public static double[] compute(
      String backend, DType dtype, int threads, Shape result, Op op, Input... inputs) {
    double[][] values = new double[1][];
    int before = Panorm.threads();
    Panorm.setThreads(threads);
    try (Scope scope = Scope.open()) {
      Tensor[] tensors = new Tensor[inputs.length];
      for (int i = 0; i < inputs.length; i++) {
        tensors[i] = inputs[i].tensor(scope, dtype);
      }
      Tensor to = scope.full(Double.NaN, dtype, result);
      BackendTest.on(backend, () -> op.run(tensors, to));
      values[0] = to.toDoubleArray();
    } finally {
      Panorm.setThreads(before);
    }
    return values[0];
  }
}
