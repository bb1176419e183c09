package dev.panorm.bench.compare;

import dev.panorm.DType;
import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.backend.Affine;
import dev.panorm.backend.NormStats;
import dev.panorm.ops.Norms;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * The memory of a case in float32, one for all who take part: so nobody has luckier addresses, and
 * no page is touched for the first time while somebody is timed.
 *
 * @param x data
 * @param dy upstream gradient
 * @param affine weight and bias
 * @param y receives the result
 * @param dx receives the gradient of x
 * @param gradient receives the gradients of weight and bias
 * @param saved what Panorm's forward saves
 * @param mean given statistics, of inference
 * @param variance given statistics, of inference
 * @param runningMean statistics that training keeps up to date
 * @param runningVariance statistics that training keeps up to date
 */
public record NormData(
    Tensor x,
    Tensor dy,
    Affine affine,
    Tensor y,
    Tensor dx,
    Affine gradient,
    NormStats saved,
    Tensor mean,
    Tensor variance,
    Tensor runningMean,
    Tensor runningVariance) {

  private static final long SEED = 20_251_126;

  /** Draws the data of a case. */
  public static NormData draw(Scope scope, NormCase norm) {
    SplittableRandom random = new SplittableRandom(SEED);
    Shape channels = Shape.of(norm.channels());
    Tensor x = drawn(scope, random, norm.shape(), 0.5);
    return new NormData(
        x,
        drawn(scope, random, norm.shape(), 0),
        new Affine(drawn(scope, random, channels, 1), drawn(scope, random, channels, 0)),
        scope.zeros(DType.FLOAT32, norm.shape()),
        scope.zeros(DType.FLOAT32, norm.shape()),
        new Affine(scope.zeros(DType.FLOAT32, channels), scope.zeros(DType.FLOAT32, channels)),
        Norms.stats(scope, norm.spec(), x),
        drawn(scope, random, channels, 0.5),
        scope.full(2, DType.FLOAT32, channels),
        scope.zeros(DType.FLOAT32, channels),
        scope.full(1, DType.FLOAT32, channels));
  }

  private static Tensor drawn(Scope scope, SplittableRandom random, Shape shape, double mean) {
    float[] values = new float[Math.toIntExact(shape.elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (mean + 1.5 * (random.nextDouble() + random.nextDouble() - 1));
    }
    Tensor tensor = scope.empty(DType.FLOAT32, shape);
    tensor.copyFrom(values);
    return tensor;
  }

  /** Returns what a direction writes. */
  public List<Tensor> results(Direction direction) {
    return direction == Direction.BWD
        ? List.of(dx, present(gradient.weight()), present(gradient.bias()))
        : List.of(y);
  }

  /** Returns a parameter that is always there in these cases. */
  public static Tensor present(@Nullable Tensor parameter) {
    return Objects.requireNonNull(parameter);
  }
}
