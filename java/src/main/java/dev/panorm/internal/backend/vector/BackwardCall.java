package dev.panorm.internal.backend.vector;

import dev.panorm.Activation;
import dev.panorm.Tensor;
import dev.panorm.backend.Affine;
import dev.panorm.backend.NormPlan;
import dev.panorm.backend.NormStats;
import dev.panorm.ffi.streaming.StreamingKernels;
import org.jspecify.annotations.Nullable;

/**
 * The addresses of one backward call; 0 stands for an absent tensor. One object serves many calls.
 */
final class BackwardCall {

  private static final long F4 = Float.BYTES;

  NormPlan plan = Partition.NO_PLAN;
  long x;
  long dx;

  /** Whether dx goes past the caches. */
  boolean streams;

  /**
   * Whether the kernels themselves take dz for dy behind a ReLU, in both sweeps, so that nobody has
   * to store it in between.
   */
  boolean gated;

  final Parameters parameters = new Parameters();

  private long dweight;
  private long dbias;
  private long residual;
  private long dy;
  private long dsum;
  private long dresidual;
  private long mean;
  private long meanLow;
  private long rstd;
  private long givenVariance;

  void bind(
      NormPlan newPlan,
      Tensor input,
      @Nullable Tensor second,
      Affine affine,
      Tensor upstream,
      @Nullable Tensor upstreamOfSum,
      @Nullable Tensor toInput,
      @Nullable Tensor toResidual,
      Affine toAffine) {
    plan = newPlan;
    x = input.readAddress();
    residual = Addresses.read(second);
    dy = upstream.readAddress();
    dsum = Addresses.read(upstreamOfSum);
    dx = Addresses.write(toInput);
    dresidual = Addresses.write(toResidual);
    boolean mayStream =
        dx != 0 && dx != x && dx != dy && dsum == 0 && Streaming.serves(input.shape().elements());
    gated = mayStream && Streaming.gates(plan) && dresidual == 0;
    streams = mayStream && dx != dz(0, 0);
    dweight = Addresses.write(toAffine.weight());
    dbias = Addresses.write(toAffine.bias());
    parameters.bind(affine, plan.channels());
  }

  void bindSaved(NormStats saved) {
    mean = Addresses.read(saved.mean());
    meanLow = Addresses.read(saved.meanLow());
    rstd = saved.rstd().readAddress();
    givenVariance = 0;
  }

  void bindGiven(Tensor givenMean, Tensor variance) {
    mean = givenMean.readAddress();
    meanLow = 0;
    rstd = 0;
    gated = false;
    streams = streams && !activated();
    givenVariance = variance.readAddress();
  }

  /** Returns whether the statistics are constants. */
  boolean frozen() {
    return givenVariance != 0;
  }

  float high(long set) {
    return mean == 0 ? 0 : Lanes.get(mean + set * F4);
  }

  float low(long set) {
    return meanLow == 0 ? 0 : Lanes.get(meanLow + set * F4);
  }

  float rstd(long set) {
    return frozen()
        ? (float) plan.rstd(Lanes.get(givenVariance + set * F4))
        : Lanes.get(rstd + set * F4);
  }

  /** Returns whether gradients of weight or bias are wanted. */
  boolean wantsParameters() {
    return dweight != 0 || dbias != 0;
  }

  /** Returns the address of a set's mean, 0 where it is 0. */
  long mean(long set) {
    return mean == 0 ? 0 : mean + set * F4;
  }

  /** Returns the address of what the rounding of a set's mean lost, 0 where it is 0. */
  long meanLow(long set) {
    return meanLow == 0 ? 0 : meanLow + set * F4;
  }

  /** Returns the address of a set's saved rstd. */
  long savedRstd(long set) {
    return rstd + set * F4;
  }

  /** Returns whether dx and nothing else is wanted for x. */
  boolean bare() {
    return dx != 0 && dsum == 0 && dresidual == 0 && !activated() && !gated;
  }

  /** Stores what the gradients of one channel's weight and bias add up to. */
  void storeGradient(long channel, double toWeight, double toBias) {
    if (dweight != 0) {
      Lanes.set(dweight + channel * F4, (float) toWeight);
    }
    if (dbias != 0) {
      Lanes.set(dbias + channel * F4, (float) toBias);
    }
  }

  /** Returns whether an activation makes dz differ from dy, outside the kernels. */
  boolean activated() {
    return plan.activation() != Activation.IDENTITY && !gated;
  }

  /** Returns whether dz of all elements can be kept. */
  boolean keepsDz() {
    return !activated() || dresidual != 0 || dx != 0;
  }

  /**
   * Returns the address of dz for elements that {@link #differentiate} has seen.
   *
   * @param spare where dz went if no output could hold it
   */
  long dz(long offset, long spare) {
    if (!activated()) {
      return dy + offset;
    }
    return dresidual != 0 ? dresidual + offset : dx != 0 ? dx + offset : spare;
  }

  /**
   * dz = dy · activation'(z), stored where {@link #dz} says.
   *
   * @param z the norm's result, without the residual; overwritten
   */
  void differentiate(long offset, long z, long spare, int length) {
    if (residual != 0) {
      BlockKernels.add(z, residual + offset, z, length);
    }
    BlockKernels.gradient(plan.activation(), dy + offset, z, dz(offset, spare), length);
  }

  /** Does what is left once dz has been used: passes it on to the residual. */
  void passOn(long offset, int length) {
    if (dresidual != 0 && !activated()) {
      BlockKernels.copy(dy + offset, dresidual + offset, length);
    }
  }

  /** Adds the gradient of the sum to dx. */
  void finish(long offset, int length) {
    if (dsum != 0) {
      BlockKernels.add(dx + offset, dsum + offset, dx + offset, length);
    }
  }

  /** Ends a part: lets other threads see what streamed. */
  void endPart() {
    if (streams) {
      StreamingKernels.fence();
    }
  }

  void release() {
    parameters.release();
  }
}
