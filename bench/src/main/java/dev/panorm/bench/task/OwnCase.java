package dev.panorm.bench.task;

import dev.panorm.Activation;
import dev.panorm.DType;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.ops.Activations;
import dev.panorm.ops.Elementwise;
import dev.panorm.ops.Reductions;
import dev.panorm.ops.Softmax;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * An operation that only Panorm is asked for: what it costs, and that it takes nothing from the
 * Java heap.
 *
 * @param operation which
 * @param rows of the data
 * @param columns of the data
 */
public record OwnCase(Operation operation, long rows, long columns) implements Case {

  /** The operations. */
  public enum Operation {
    /** y := 2 x. */
    SCALE,
    /** y := x + x'. */
    ADD,
    /** y := gelu(x). */
    GELU,
    /** Each row's softmax. */
    SOFTMAX,
    /** Each row's sum. */
    SUM
  }

  /**
   * The operation on its data.
   *
   * @param work what runs
   */
  public record Own(OwnCase sizes, Tensor x, Tensor y, Tensor result, Runnable work)
      implements Task {

    @Override
    public String op() {
      return sizes.operation.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public String direction() {
      return Direction.FWD.toString();
    }

    @Override
    public String layout() {
      return "nc";
    }

    @Override
    public String shape() {
      return sizes.rows + "x" + sizes.columns;
    }

    @Override
    public List<Tensor> results() {
      return List.of(result);
    }

    /** x read and y written; a sum writes next to nothing. */
    @Override
    public long bytes() {
      return switch (sizes.operation) {
        case SUM -> x.byteSize();
        case SCALE, GELU, SOFTMAX -> 2 * x.byteSize();
        case ADD -> 3 * x.byteSize();
      };
    }

    @Override
    public double bound() {
      return 1e-5;
    }
  }

  /** Returns them all on rows of 1024 elements. */
  public static List<Case> all(long rows) {
    return Arrays.stream(Operation.values())
        .<Case>map(operation -> new OwnCase(operation, rows, 1024))
        .toList();
  }

  @Override
  public List<Own> open(Scope scope) {
    Tensor x = scope.empty(DType.FLOAT32, rows, columns);
    x.fill(i -> Math.sin((double) i));
    Tensor other = scope.copyOf(x);
    Tensor y = scope.zeros(DType.FLOAT32, rows, columns);
    Tensor sums = scope.zeros(DType.FLOAT32, rows, 1);
    Tensor result = operation == Operation.SUM ? sums : y;
    Runnable work =
        switch (operation) {
          case SCALE -> () -> Elementwise.axpby(2, x, 0, y);
          case ADD -> () -> Elementwise.add(x, other, y);
          case GELU -> () -> Activations.forward(Activation.GELU, x, y);
          case SOFTMAX -> () -> Softmax.softmax(x, -1, y);
          case SUM -> () -> Reductions.sum(x, sums);
        };
    return List.of(new Own(this, x, y, result, work));
  }

  @Override
  public String toString() {
    return operation.name().toLowerCase(Locale.ROOT) + " " + rows + "x" + columns;
  }
}
