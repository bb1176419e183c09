package dev.panorm.internal.backend.vector;

import dev.panorm.Activation;
import dev.panorm.Tensor;
import dev.panorm.backend.Affine;
import dev.panorm.backend.NormPlan;
import dev.panorm.backend.NormStats;
import org.jspecify.annotations.Nullable;

/**
 * The addresses of one backward call; 0 stands for an absent tensor. One object serves many calls.
 */
final class BackwardCall {

  private static final long F4 = Float.BYTES;

  /** Elements of z that {@link #prepare} has at once. */
  private static final int ROOM = 4096;

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

  /** Whether one kernel in C takes rows, or a set of planes, from dy to dx. */
  boolean compiled;

  final Parameters parameters = new Parameters();

  private final Loan kept = new Loan();
  private boolean copies;
  private long dz;
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
    dweight = Addresses.write(toAffine.weight());
    dbias = Addresses.write(toAffine.bias());
    parameters.bind(affine, plan.channels());
  }

  void bindSaved(NormStats saved) {
    mean = Addresses.read(saved.mean());
    meanLow = Addresses.read(saved.meanLow());
    rstd = saved.rstd().readAddress();
    givenVariance = 0;
    place();
  }

  void bindGiven(Tensor givenMean, Tensor variance) {
    mean = givenMean.readAddress();
    meanLow = 0;
    rstd = 0;
    givenVariance = variance.readAddress();
    place();
  }

  /** Decides where dz stands, and whether dx streams. */
  private void place() {
    compiled = compiles();
    boolean mayStream =
        dx != 0
            && dx != x
            && dx != dy
            && (dsum == 0 || compiled)
            && Streaming.servesGradient(plan.elements());
    gated = dx != 0 && !frozen() && residual == 0 && dresidual == 0 && Streaming.gates(plan);
    dz = activated() ? dresidual : dy;
    if (dz == 0 && !VectorNorms.rows(plan) && !(compiled && PlaneBackward.hasRoom(plan))) {
      dz = dx != 0 ? dx : kept.take(plan.elements() * F4);
    }
    streams = mayStream && dx != dz;
    boolean near = !VectorNorms.rows(plan) && PlaneBackward.hasRoom(plan);
    copies = streams && compiled && near && activated() && dresidual != 0;
  }

  private boolean compiles() {
    if (VectorNorms.rows(plan)) {
      return dx != 0 && wantsParameters() && Streaming.hasRows(plan);
    }
    boolean planes = VectorNorms.planes(plan) && !Strips.serve(this);
    return planes && dx != 0 && !frozen() && Streaming.hasSets(plan);
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

  /** Returns the address of the upstream gradient of an element. */
  long dy(long offset) {
    return dy + offset;
  }

  /** Returns the address of what is added to dx of an element, 0 where there is nothing. */
  long dsum(long offset) {
    return dsum == 0 ? 0 : dsum + offset;
  }

  /** Returns where dz of an element stands, once {@link #differentiate} has seen it. */
  long dz(long offset) {
    return dz + offset;
  }

  /**
   * Returns whether dz of all elements is kept: not that of rows or small sets of planes, unless it
   * is a result.
   */
  boolean keepsDz() {
    return dz != 0;
  }

  /**
   * Returns whether dz of an element is worked out in a room that stays in a cache, and streams
   * from there to where it is kept.
   */
  boolean copiesDz() {
    return copies;
  }

  /** Returns the address of the residual behind the norm, 0 where there is none. */
  long after(long offset) {
    return residual == 0 ? 0 : residual + offset;
  }

  /**
   * dz = dy · activation'(z).
   *
   * @param z what was activated
   * @param to where dz goes; may be z
   */
  void differentiate(long offset, long z, long to, int length) {
    BlockKernels.gradient(plan.activation(), dy + offset, z, to, length);
  }

  /**
   * Returns how many rows of a matrix to {@link #prepare} at once: all, or where z is needed so few
   * that it stays in the first-level cache, but four or more, since sums take so many together.
   */
  int rowsAtOnce(int all, int columns) {
    return activated() ? Math.clamp(ROOM / columns & -4, 4, all) : all;
  }

  /** Returns whether {@link #prepare} has anything to do. */
  boolean prepares() {
    return activated() || dresidual != 0;
  }

  /**
   * Readies dz of rows of a matrix that stand {@code stride} bytes apart, an activation's by way of
   * z = c · scale + shift, and passes it on to the residual.
   *
   * @param room where z goes, {@link #ROOM} elements
   */
  void prepare(
      long offset,
      int rows,
      long stride,
      int columns,
      long centre,
      long scale,
      long shift,
      long room) {
    boolean adjacent = stride == columns * F4;
    int some = adjacent ? Math.clamp(ROOM / columns, 1, rows) : 1;
    for (int r = 0; r < rows && prepares(); r += some) {
      int now = Math.min(some, rows - r);
      long at = offset + r * stride;
      if (activated()) {
        Columns.normalize(
            x + at,
            room,
            stride,
            now,
            columns,
            centre,
            scale,
            shift,
            after(at),
            Activation.IDENTITY,
            false);
        differentiate(at, room, dz(at), now * columns);
      } else {
        passOn(at, now * (long) columns);
      }
    }
  }

  /** Does what is left once dz has been used: passes it on to the residual. */
  void passOn(long offset, long length) {
    if (dresidual != 0 && dz != dresidual) {
      BlockKernels.copy(dy + offset, dresidual + offset, length);
    }
  }

  /** Adds the gradient of the sum to dx. */
  void finish(long offset, long length) {
    if (dsum != 0 && dx != 0) {
      BlockKernels.add(dx + offset, dsum + offset, dx + offset, length);
    }
  }

  /** {@link #finish} for rows of a matrix that stand {@code stride} bytes apart. */
  void finish(long offset, int rows, long stride, int columns) {
    for (int r = 0; r < rows && dsum != 0; r++) {
      finish(offset + r * stride, columns);
    }
  }

  void release() {
    kept.end();
    parameters.release();
  }
}
