package dev.panorm.nn;

import dev.panorm.Layout;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.autograd.Arithmetic;
import dev.panorm.autograd.Normalize;
import dev.panorm.autograd.Shapes;
import dev.panorm.autograd.Variable;
import dev.panorm.internal.check.Check;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * BatchNorm of data that is padded, such as sequences of different lengths: statistics are those of
 * the real positions alone, and the padding comes out as 0 and gets no gradient, whatever it is.
 * Data is [N, C, positions...], or channels last.
 */
public final class MaskedBatchNorm extends Module {

  private static final String NAME = "maskedBatchNorm";

  private final BatchNorm norm;

  /** Creates the module around a norm, which it owns from now on. */
  public MaskedBatchNorm(BatchNorm norm) {
    this.norm = register("norm", norm);
  }

  /** Normalizes data without padding. */
  @Override
  public Variable forward(Variable x) {
    return norm.forward(x);
  }

  /**
   * Normalizes padded data.
   *
   * @param mask which positions are real: [N, positions...] of x's type, not 0 for those; see
   *     {@link PaddingMask}
   * @throws IllegalArgumentException if the shape does not fit, or fewer than two positions are
   *     real where the batch's statistics are used
   */
  public Variable forward(Variable x, Tensor mask) {
    Tensor spread = mask.view(checked(x.shape(), mask.shape()));
    boolean ofTheBatch = (isTraining() && !norm.isFrozen()) || norm.runningMean() == null;
    if (!ofTheBatch) {
      return Arithmetic.mask(norm.forward(Arithmetic.mask(x, spread)), spread);
    }
    ChannelMoments real = ChannelMoments.of(x.value(), mask, norm.spec().layout());
    Check.that(real.count() > 1, NAME, "mask", real.count() + " real positions", "two or more");
    Variable y =
        Normalize.overAxes(
            x, spread, norm.spec().epsMode(), norm.spec().eps(), otherAxes(x.shape()));
    if (isTraining()) {
      norm.absorb(real);
    }
    Variable scaled = norm.weight() == null ? y : Arithmetic.mul(y, perChannel(x, norm.weight()));
    return norm.bias() == null
        ? scaled
        : Arithmetic.mask(Arithmetic.add(scaled, perChannel(x, norm.bias())), spread);
  }

  /** Returns the shape in which the mask repeats over the channels. */
  private Shape checked(Shape x, Shape mask) {
    Check.that(x.rank() >= 2, NAME, "x's shape", x, "2 dimensions or more");
    int axis = channelAxis(x);
    Check.that(
        x.dim(axis) == norm.numFeatures(), NAME, "x's shape", x, norm.numFeatures() + " channels");
    long[] positions =
        IntStream.range(0, x.rank()).filter(i -> i != axis).mapToLong(x::dim).toArray();
    Check.that(mask.equals(Shape.of(positions)), NAME, "mask's shape", mask, Shape.of(positions));
    return x.with(axis, 1);
  }

  private int channelAxis(Shape x) {
    return norm.spec().layout() == Layout.NCHW ? 1 : x.rank() - 1;
  }

  private int[] otherAxes(Shape x) {
    int channels = channelAxis(x);
    return IntStream.range(0, x.rank()).filter(i -> i != channels).toArray();
  }

  private Variable perChannel(Variable x, @Nullable Parameter parameter) {
    long[] dims = new long[x.shape().rank() - channelAxis(x.shape())];
    Arrays.fill(dims, 1);
    dims[0] = norm.numFeatures();
    return Shapes.reshape(Objects.requireNonNull(parameter), dims);
  }

  /** Returns the norm inside. */
  public BatchNorm norm() {
    return norm;
  }
}
