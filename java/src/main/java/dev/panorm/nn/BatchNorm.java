package dev.panorm.nn;

import dev.panorm.DType;
import dev.panorm.EpsMode;
import dev.panorm.Layout;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.autograd.Normalize;
import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import dev.panorm.backend.Affine;
import dev.panorm.backend.RunningStats;
import dev.panorm.internal.check.Check;
import dev.panorm.ops.NormSpec;
import dev.panorm.ops.Norms;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * BatchNorm: each channel over the batch and all positions (Ioffe and Szegedy 2015).
 *
 * <pre>
 *   training:    y = weight · (x − batch mean) / √(batch variance + eps) + bias
 *   evaluation:  y = weight · (x − running mean) / √(running variance + eps) + bias
 * </pre>
 *
 * <p>The batch is normalized with its biased variance; running statistics take in the unbiased one.
 * In training, one value per channel is an error. Without running statistics, evaluation uses the
 * batch's as well.
 */
public abstract sealed class BatchNorm extends Module
    permits BatchNorm1d, BatchNorm2d, BatchNorm3d {

  private final String name;
  private final long numFeatures;
  private final NormSpec spec;
  private final double momentum;
  private final boolean cumulative;
  private final @Nullable Parameter weight;
  private final @Nullable Parameter bias;
  private final @Nullable Buffer runningMean;
  private final @Nullable Buffer runningVar;
  private final @Nullable Buffer batches;
  private final RunningStat runningStat;
  private final boolean skipNonFinite;
  private @Nullable Consumer<ChannelMoments> listener;
  private boolean frozen;

  BatchNorm(String name, Builder<?> options) {
    this.name = name;
    numFeatures = options.numFeatures;
    spec = options.spec;
    momentum = options.momentum;
    cumulative = options.cumulative;
    frozen = options.frozen;
    runningStat = options.runningStat;
    skipNonFinite = options.skipNonFinite;
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
    if (runningMean == null || runningVar == null || batches == null) {
      return Normalize.norm(spec, x, weight, bias);
    }
    return isTraining() && !frozen
        ? train(x, runningMean.value(), runningVar.value(), batches.value())
        : Normalize.frozen(spec, x, weight, bias, runningMean.value(), runningVar.value());
  }

  private Variable train(Variable x, Tensor mean, Tensor variance, Tensor count) {
    if (skipNonFinite || runningStat == RunningStat.STD) {
      Variable y = Normalize.norm(spec, x, weight, bias);
      absorb(ChannelMoments.of(x.value(), spec.layout()));
      return y;
    }
    Consumer<ChannelMoments> told = listener;
    if (told != null) {
      told.accept(ChannelMoments.of(x.value(), spec.layout()));
    }
    double now = count.item() + 1;
    RunningStats running = new RunningStats(mean, variance, cumulative ? 1 / now : momentum);
    Variable y =
        Normalize.norm(spec, x, weight, bias, running, Norms.stats(Tape.memory(), spec, x.value()));
    count.fill(now);
    return y;
  }

  /**
   * Brings the running statistics up to date with a batch that was normalized elsewhere: with that
   * of several workers for instance. The listener is told as well. Without running statistics
   * nothing else happens.
   *
   * @param batch moments of one channel for each feature, from two values or more
   */
  public final void absorb(ChannelMoments batch) {
    Consumer<ChannelMoments> told = listener;
    if (told != null) {
      told.accept(batch);
    }
    if (runningMean == null
        || runningVar == null
        || batches == null
        || (skipNonFinite && !batch.isFinite())) {
      return;
    }
    double now = batches.value().item() + 1;
    double share = cumulative ? 1 / now : momentum;
    double unbiased = batch.count() / (batch.count() - 1.0);
    Tensor mean = runningMean.value();
    Tensor variance = runningVar.value();
    double[] oldMean = mean.toDoubleArray();
    double[] oldVariance = variance.toDoubleArray();
    mean.fill(c -> oldMean[(int) c] + share * (batch.mean((int) c) - oldMean[(int) c]));
    variance.fill(
        c -> {
          double found = spec.epsMode().reported(batch.variance((int) c), spec.eps());
          return runningStat.updated(oldVariance[(int) c], found * unbiased, share);
        });
    batches.value().fill(now);
  }

  /**
   * Sets who is told the statistics of each batch in training, null for nobody. They cost two more
   * passes over the batch.
   */
  public void setListener(@Nullable Consumer<ChannelMoments> value) {
    listener = value;
  }

  /** Throws unless data of this shape may come. */
  final void checkShape(Variable x) {
    int rank = x.shape().rank();
    if (!accepts(rank)) {
      throw new IllegalArgumentException(
          name + ": x has shape " + x.shape() + ", expected " + expected());
    }
    long channels = x.shape().dim(spec.layout() == Layout.NCHW ? 1 : -1);
    if (channels != numFeatures) {
      throw new IllegalArgumentException(
          name
              + ": x has "
              + channels
              + " channels in shape "
              + x.shape()
              + ", expected "
              + numFeatures);
    }
  }

  /** Returns whether data of so many dimensions may come. */
  abstract boolean accepts(int rank);

  /** Returns the shapes that may come, for messages. */
  abstract String expected();

  /** Returns the number of channels. */
  public long numFeatures() {
    return numFeatures;
  }

  /** Returns eps, where it stands, and the layout. */
  public NormSpec spec() {
    return spec;
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
   * Freezes the statistics: the running ones serve in training too and change no more. Weight and
   * bias go on learning unless {@link Parameter#setTrainable} stops them.
   *
   * @throws IllegalStateException if there are no running statistics
   */
  public void setFrozen(boolean value) {
    if (runningMean == null) {
      throw new IllegalStateException(name + ": it has no running statistics to freeze");
    }
    frozen = value;
  }

  /** Returns whether the statistics are frozen, by themselves or by {@link #freeze}. */
  public boolean isFrozen() {
    return frozen || isForInference();
  }

  /**
   * Returns evaluation as one affine map per channel, y = weight · x + bias, in new tensors of the
   * module's type: weight = γ · r and bias = β − γ · r · running mean, with r of {@link
   * EpsMode#rstd}.
   *
   * @throws IllegalStateException if there are no running statistics
   */
  public Affine toAffine(Scope scope) {
    if (runningMean == null || runningVar == null) {
      throw new IllegalStateException(name + ": it has no running statistics");
    }
    Tensor mean = runningMean.value();
    Tensor variance = runningVar.value();
    Tensor scale = scope.emptyLike(mean);
    Tensor shift = scope.emptyLike(mean);
    scale.fill(c -> scale(variance, c));
    shift.fill(c -> (bias == null ? 0 : bias.value().get(c)) - scale(variance, c) * mean.get(c));
    return new Affine(scale, shift);
  }

  private double scale(Tensor variance, long channel) {
    double gamma = weight == null ? 1 : weight.value().get(channel);
    return gamma * spec.epsMode().rstd(variance.get(channel), spec.eps());
  }

  /** Forgets the running statistics: mean 0, variance 1, no batches. */
  public void resetRunningStats() {
    if (runningMean != null && runningVar != null && batches != null) {
      runningMean.value().fill(0);
      runningVar.value().fill(1);
      batches.value().fill(0);
    }
  }

  /**
   * Returns the momentum for a convention in which {@code decay} multiplies the old statistic
   * (Keras, DL4J, DJL): 1 − decay.
   */
  public static double momentumFromDecay(double decay) {
    return RunningStats.momentumFromDecay(decay);
  }

  /**
   * Options of a BatchNorm.
   *
   * @param <M> what is built
   */
  public static final class Builder<M extends BatchNorm> {

    private final Function<Builder<M>, M> constructor;
    private final long numFeatures;
    private NormSpec spec = NormSpec.batchNorm();
    private double momentum = 0.1;
    private boolean cumulative;
    private boolean weight = true;
    private boolean bias = true;
    private boolean trackRunningStats = true;
    private boolean frozen;
    private RunningStat runningStat = RunningStat.VARIANCE;
    private boolean skipNonFinite;

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
      Check.that(value >= 0 && value <= 1, "batchNorm", "momentum", value, "0 to 1");
      momentum = value;
      cumulative = false;
      return this;
    }

    /**
     * Makes the running statistics plain averages over all batches, each with weight 1 whatever its
     * size: PyTorch's {@code momentum=None}.
     */
    public Builder<M> cumulative() {
      cumulative = true;
      return this;
    }

    /** Sets whether there are a scale and a shift; both by default. */
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

    /** Sets whether running statistics are kept; they are by default. */
    public Builder<M> trackRunningStats(boolean track) {
      trackRunningStats = track;
      return this;
    }

    /** Sets what is averaged beside the mean: the variance by default, or the deviation. */
    public Builder<M> runningStat(RunningStat value) {
      runningStat = value;
      return this;
    }

    /**
     * Sets whether the running statistics leave out batches with a NaN or an infinity, which would
     * stay in them for good; they do not by default.
     */
    public Builder<M> skipNonFinite(boolean value) {
      skipNonFinite = value;
      return this;
    }

    /** Sets whether the statistics are frozen from the start; see {@link BatchNorm#setFrozen}. */
    public Builder<M> frozen(boolean value) {
      frozen = value;
      return this;
    }

    /**
     * Returns the module.
     *
     * @throws IllegalArgumentException if statistics are to be frozen that are not kept
     */
    public M build() {
      Check.that(
          trackRunningStats || !frozen,
          "batchNorm",
          "frozen",
          true,
          "running statistics to freeze");
      return constructor.apply(this);
    }
  }
}
