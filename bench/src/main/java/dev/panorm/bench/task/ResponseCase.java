package dev.panorm.bench.task;

import dev.panorm.DType;
import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import java.util.List;
import java.util.SplittableRandom;

/** Local response normalization across channels, which is no member of the family. */
public record ResponseCase(long samples, long channels, long height, long width) implements Case {

  /** Number of channels in a neighbourhood. */
  public static final long NEIGHBOURS = 5;

  private static final long SEED = 20_251_127;

  /**
   * One direction of it.
   *
   * @param backward whether it is dx from x and dy
   */
  public record Response(
      ResponseCase sizes, boolean backward, Tensor x, Tensor y, Tensor dy, Tensor dx)
      implements Task {

    @Override
    public String op() {
      return "local_response_norm";
    }

    @Override
    public String direction() {
      return (backward ? Direction.BWD : Direction.FWD).toString();
    }

    @Override
    public String layout() {
      return "nchw";
    }

    @Override
    public String shape() {
      return sizes.text();
    }

    @Override
    public long bytes() {
      return (backward ? 3 : 2) * x.byteSize();
    }

    @Override
    public List<Tensor> results() {
      return List.of(backward ? dx : y);
    }
  }

  @Override
  public List<Response> open(Scope scope) {
    SplittableRandom random = new SplittableRandom(SEED);
    Shape shape = Shape.of(samples, channels, height, width);
    Tensor x = NormData.drawn(scope, random, shape, 0);
    Tensor dy = NormData.drawn(scope, random, shape, 0);
    Tensor y = scope.zeros(DType.FLOAT32, shape);
    Tensor dx = scope.zeros(DType.FLOAT32, shape);
    return List.of(new Response(this, false, x, y, dy, dx), new Response(this, true, x, y, dy, dx));
  }

  private String text() {
    return samples + "x" + channels + "x" + height + "x" + width;
  }

  @Override
  public String toString() {
    return "lrn " + text() + " nchw";
  }
}
