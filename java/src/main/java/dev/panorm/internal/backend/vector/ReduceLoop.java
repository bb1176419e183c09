package dev.panorm.internal.backend.vector;

import dev.panorm.backend.Reduction;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import jdk.incubator.vector.DoubleVector;

/** Reduces runs of memory; addresses are absolute, lengths in elements. */
interface ReduceLoop {

  /** Returns the result over a run; {@code scratch} takes four vectors. */
  double run(long x, int length, long scratch);

  /** Takes the elements of some rows into a float64 for each column. */
  void columns(long x, long rowBytes, int rows, int columns, long sums);

  /** Returns the result over no elements. */
  double identity();

  /** Puts two results together. */
  double merge(double a, double b);

  /** Returns the loops of a reduction; those of a mean are those of the sum. */
  static ReduceLoop of(Reduction function) {
    return Objects.requireNonNull(Table.LOOPS.get(function));
  }

  /** The functions, and a copy of the loops for each. */
  final class Table {

    private static final Map<Reduction, ReduceLoop> LOOPS = new EnumMap<>(Reduction.class);

    static {
      for (Reduction function : Reduction.values()) {
        LOOPS.put(
            function,
            Specialized.copy(ReduceLoopTemplate.class, ReduceLoop.class, function(function)));
      }
    }

    private Table() {}

    private static ReduceFunction function(Reduction function) {
      return switch (function) {
        case SUM, MEAN -> new Sum();
        case SUM_OF_SQUARES -> new SumOfSquares();
        case MAX -> new Largest();
        case MIN -> new Smallest();
      };
    }
  }

  /** Σ x. */
  record Sum() implements ReduceFunction {
    @Override
    public float identity() {
      return 0;
    }

    @Override
    public DoubleVector step(DoubleVector sum, DoubleVector x) {
      return sum.add(x);
    }

    @Override
    public double merge(double a, double b) {
      return a + b;
    }
  }

  /** Σ x². */
  record SumOfSquares() implements ReduceFunction {
    @Override
    public float identity() {
      return 0;
    }

    @Override
    public DoubleVector step(DoubleVector sum, DoubleVector x) {
      return x.fma(x, sum);
    }

    @Override
    public double merge(double a, double b) {
      return a + b;
    }
  }

  /** The largest. */
  record Largest() implements ReduceFunction {
    @Override
    public float identity() {
      return Float.NEGATIVE_INFINITY;
    }

    @Override
    public DoubleVector step(DoubleVector largest, DoubleVector x) {
      return largest.max(x);
    }

    @Override
    public double merge(double a, double b) {
      return Math.max(a, b);
    }
  }

  /** The smallest. */
  record Smallest() implements ReduceFunction {
    @Override
    public float identity() {
      return Float.POSITIVE_INFINITY;
    }

    @Override
    public DoubleVector step(DoubleVector smallest, DoubleVector x) {
      return smallest.min(x);
    }

    @Override
    public double merge(double a, double b) {
      return Math.min(a, b);
    }
  }
}
