package dev.panorm.bench.task;

import dev.panorm.DType;
import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.backend.Affine;
import dev.panorm.backend.NormPlan.Residual;
import dev.panorm.backend.NormStats;
import dev.panorm.ops.NormSpec;
import dev.panorm.ops.Norms;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * The memory of a norm in float32, one for all who take part: so nobody has luckier addresses, and
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
 * @param residual second input where the norm has one
 * @param sum receives x + residual where the norm has one; what backward gets for x
 * @param dsum upstream gradient of the sum
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
    Tensor runningVariance,
    @Nullable Tensor residual,
    @Nullable Tensor sum,
    @Nullable Tensor dsum) {

  private static final long SEED = 20_251_126;

  /** Draws the data of a case. */
  public static NormData draw(Scope scope, NormCase norm) {
    SplittableRandom random = new SplittableRandom(SEED);
    Shape channels = Shape.of(norm.channels());
    boolean adds = norm.spec().residual() == Residual.BEFORE_NORM;
    boolean biased = norm.spec().kind() != NormSpec.Kind.RMS;
    Tensor x = drawn(scope, random, norm.shape(), 0.5);
    return new NormData(
        x,
        drawn(scope, random, norm.shape(), 0),
        new Affine(
            drawn(scope, random, channels, 1), biased ? drawn(scope, random, channels, 0) : null),
        scope.zeros(DType.FLOAT32, norm.shape()),
        scope.zeros(DType.FLOAT32, norm.shape()),
        new Affine(
            scope.zeros(DType.FLOAT32, channels),
            biased ? scope.zeros(DType.FLOAT32, channels) : null),
        Norms.stats(scope, norm.spec(), x),
        drawn(scope, random, channels, 0.5),
        scope.full(2, DType.FLOAT32, channels),
        scope.zeros(DType.FLOAT32, channels),
        scope.full(1, DType.FLOAT32, channels),
        adds ? drawn(scope, random, norm.shape(), 0) : null,
        adds ? scope.zeros(DType.FLOAT32, norm.shape()) : null,
        adds ? drawn(scope, random, norm.shape(), 0) : null);
  }

  /** Draws float32 values within 1.5 of a mean. */
  static Tensor drawn(Scope scope, SplittableRandom random, Shape shape, double mean) {
    Tensor tensor = scope.empty(DType.FLOAT32, shape);
    tensor.fill(_ -> mean + 1.5 * (random.nextDouble() + random.nextDouble() - 1));
    return tensor;
  }

  /** Returns what backward differentiates at: the sum where there is a residual. */
  public Tensor normalized() {
    return sum == null ? x : sum;
  }

  /** Returns a tensor that is always there in these cases. */
  public static Tensor present(@Nullable Tensor tensor) {
    return Objects.requireNonNull(tensor);
  }
}
