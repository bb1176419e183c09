package dev.panorm.nn;

import dev.panorm.DType;
import dev.panorm.EpsMode;
import dev.panorm.Layout;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.autograd.Normalize;
import dev.panorm.autograd.Shapes;
import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import dev.panorm.backend.NormStats;
import dev.panorm.backend.RunningStats;
import dev.panorm.internal.check.Check;
import dev.panorm.ops.NormSpec;
import dev.panorm.ops.Norms;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * InstanceNorm: each channel of each sample over its positions (Ulyanov, Vedaldi and Lempitsky
 * 2016). Data may come without the batch dimension.
 *
 * <p>By default, as in PyTorch, there are neither scale and shift nor running statistics. Where
 * running statistics are kept, they take in the mean over the samples of each mean and each
 * unbiased variance, batches are counted, and evaluation normalizes with them. One position per
 * channel is an error wherever the data's own statistics are used.
 */
public abstract sealed class InstanceNorm extends Module
    permits InstanceNorm1d, InstanceNorm2d, InstanceNorm3d {

  private final String name;
  private final int batchedRank;
  private final long numFeatures;
  private final NormSpec spec;
  private final NormSpec frozenSpec;
  private final double momentum;
  private final boolean cumulative;
  private final @Nullable Parameter weight;
  private final @Nullable Parameter bias;
  private final @Nullable Buffer runningMean;
  private final @Nullable Buffer runningVar;
  private final @Nullable Buffer batches;

  InstanceNorm(String name, int batchedRank, Builder<?> options) {
    this.name = name;
    this.batchedRank = batchedRank;
    numFeatures = options.numFeatures;
    spec = options.spec;
    frozenSpec =
        NormSpec.batchNorm()
            .withEps(spec.eps())
            .withEpsMode(spec.epsMode())
            .withLayout(spec.layout());
    momentum = options.momentum;
    cumulative = options.cumulative;
    weight = options.weight ? NormParameters.weight(this::register, numFeatures) : null;
    bias = options.bias ? NormParameters.bias(this::register, numFeatures) : null;
    boolean track = options.trackRunningStats;
    runningMean = track ? register("running_mean", vector(0)) : null;
    runningVar = track ? register("running_var", vector(1)) : null;
    batches = track ? register("num_batches_tracked", new Buffer(0, DType.INT64)) : null;
  }

  private Buffer vector(double initial) {
    return new Buffer(initial, DType.FLOAT32, numFeatures);
  }

  @Override
  public Variable forward(Variable x) {
    checkShape(x);
    Variable batch = x.shape().rank() == batchedRank ? x : withBatch(x);
    return Shapes.reshape(normalize(batch), x.shape());
  }

  private static Variable withBatch(Variable x) {
    long[] dims = x.shape().dims();
    long[] batched = new long[dims.length + 1];
    batched[0] = 1;
    System.arraycopy(dims, 0, batched, 1, dims.length);
    return Shapes.reshape(x, batched);
  }

  private Variable normalize(Variable x) {
    if (runningMean != null && runningVar != null && !isTraining()) {
      return Normalize.frozen(frozenSpec, x, weight, bias, runningMean.value(), runningVar.value());
    }
    long positions = x.shape().elements() / Math.max(1, x.shape().dim(0) * numFeatures);
    if (positions == 1) {
      throw new IllegalArgumentException(
          name
              + ": x has one position per channel in shape "
              + x.shape()
              + ", expected more than one");
    }
    NormStats saved = Norms.stats(Tape.memory(), spec, x.value());
    Variable y = Normalize.norm(spec, x, weight, bias, null, saved);
    if (runningMean != null && runningVar != null && batches != null && x.shape().dim(0) > 0) {
      double now = batches.value().item() + 1;
      RunningStats running =
          new RunningStats(
              runningMean.value(), runningVar.value(), cumulative ? 1 / now : momentum);
      new InstanceStatistics(spec, saved, positions).updateRunning(running);
      batches.value().fill(now);
    }
    return y;
  }

  private void checkShape(Variable x) {
    Shape shape = x.shape();
    int rank = shape.rank();
    if (rank != batchedRank && rank != batchedRank - 1) {
      throw new IllegalArgumentException(
          name
              + ": x has shape "
              + shape
              + ", expected "
              + batchedRank
              + " dimensions, or "
              + (batchedRank - 1)
              + " without the batch");
    }
    int axis = spec.layout() == Layout.NHWC ? rank - 1 : rank - batchedRank + 1;
    if (shape.dim(axis) != numFeatures) {
      throw new IllegalArgumentException(
          name
              + ": x has "
              + shape.dim(axis)
              + " channels in shape "
              + shape
              + ", expected "
              + numFeatures);
    }
  }

  /** Returns the scale, null without. */
  public @Nullable Parameter weight() {
    return weight;
  }

  /** Returns the shift, null without. */
  public @Nullable Parameter bias() {
    return bias;
  }

  /** Returns the running mean, null without running statistics. */
  public @Nullable Tensor runningMean() {
    return runningMean == null ? null : runningMean.value();
  }

  /** Returns the running variance, null without running statistics. */
  public @Nullable Tensor runningVar() {
    return runningVar == null ? null : runningVar.value();
  }

  /** Returns how many batches the running statistics have taken in. */
  public long numBatchesTracked() {
    return batches == null ? 0 : (long) batches.value().item();
  }

  /**
   * Options of an InstanceNorm.
   *
   * @param <M> what is built
   */
  public static final class Builder<M extends InstanceNorm> {

    private final Function<Builder<M>, M> constructor;
    private final long numFeatures;
    private NormSpec spec = NormSpec.instanceNorm();
    private double momentum = 0.1;
    private boolean cumulative;
    private boolean weight;
    private boolean bias;
    private boolean trackRunningStats;

    Builder(String name, long numFeatures, Function<Builder<M>, M> constructor) {
      Check.that(numFeatures >= 1, name, "numFeatures", numFeatures, "1 or more");
      this.numFeatures = numFeatures;
      this.constructor = constructor;
    }

    /** Sets eps, 0 or more; 1e-5 by default. */
    public Builder<M> eps(double eps) {
      spec = spec.withEps(eps);
      return this;
    }

    /** Sets where eps stands; inside the root by default. */
    public Builder<M> epsMode(EpsMode mode) {
      spec = spec.withEpsMode(mode);
      return this;
    }

    /** Sets where the channels stand; {@link Layout#NCHW} by default. */
    public Builder<M> layout(Layout layout) {
      spec = spec.withLayout(layout);
      return this;
    }

    /** Sets the weight of the new statistic in the running one, 0 to 1; 0.1 by default. */
    public Builder<M> momentum(double value) {
      Check.that(value >= 0 && value <= 1, "instanceNorm", "momentum", value, "0 to 1");
      momentum = value;
      cumulative = false;
      return this;
    }

    /** Makes the running statistics plain averages over all batches. */
    public Builder<M> cumulative() {
      cumulative = true;
      return this;
    }

    /** Sets whether there are a scale and a shift; neither by default. */
    public Builder<M> affine(boolean affine) {
      return weight(affine).bias(affine);
    }

    /** Sets whether there is a scale. */
    public Builder<M> weight(boolean present) {
      weight = present;
      return this;
    }

    /** Sets whether there is a shift. */
    public Builder<M> bias(boolean present) {
      bias = present;
      return this;
    }

    /** Sets whether running statistics are kept; they are not by default. */
    public Builder<M> trackRunningStats(boolean track) {
      trackRunningStats = track;
      return this;
    }

    /** Returns the module. */
    public M build() {
      return constructor.apply(this);
    }
  }
}
