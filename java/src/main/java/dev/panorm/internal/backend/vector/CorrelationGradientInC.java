package dev.panorm.internal.backend.vector;

import static dev.panorm.internal.backend.vector.CorrelationTask.F4;
import static dev.panorm.internal.backend.vector.CorrelationTask.aligned;

import dev.panorm.backend.ReducePlan;
import dev.panorm.backend.Reduction;
import dev.panorm.ffi.streaming.StreamingConvolutions;
import dev.panorm.internal.parallel.WorkerPool;

/**
 * The gradient of the weight of a {@link Correlation} in C: sums over positions in the lanes of
 * vectors, without windows laid out.
 *
 * <p>A part takes some samples. Chains of at most {@value #CHAIN} vectors or one row of positions
 * are added up in float32 within a part, and the parts in float64.
 */
final class CorrelationGradientInC implements WorkerPool.PartTask {

  /** Vectors of positions that are added up before their lanes are. */
  private static final int CHAIN = 256;

  private static final long MOST_PARTS = 16;

  /** Elements of all parts' sums together. */
  private static final long MOST_SUMS = 1 << 23;

  /** Bytes of the source's copies and of what meets them: they stay in a second-level cache. */
  private static final long MOST_BYTES = 1 << 20;

  private static final long VECTOR = StreamingConvolutions.LANES * F4;

  private final Loan loan = new Loan();
  private final ReduceTask overParts = new ReduceTask();
  private final Correlation c;

  /** Rows of positions and samples that one call takes. */
  private final int blockRows;

  private final int blockSamples;
  private final long blocks;
  private final long units;
  private final int parts;

  /** Elements of the gradient of one group, and bytes of that of all. */
  private final long groupSize;

  private final long sumBytes;

  /** Bytes of a sample's copies, and of a part's room. */
  private final long copyBytes;

  private final long packedBytes;
  private final long roomBytes;
  private long source;
  private long upstream;
  private long sums;
  private long rooms;

  CorrelationGradientInC(Correlation correlation) {
    c = correlation;
    int vectors = Math.ceilDiv(c.outWidth(), StreamingConvolutions.LANES);
    blockRows = Math.clamp((long) CHAIN / vectors, 1, c.outHeight());
    copyBytes = CorrelationInC.copyBytes(c, blockRows);
    packedBytes = (long) vectors * blockRows * StreamingConvolutions.CHANNELS * VECTOR;
    long upstreamBytes = (long) vectors * blockRows * c.outChannels() * VECTOR;
    long samples =
        Math.min(CHAIN / ((long) vectors * blockRows), MOST_BYTES / (copyBytes + upstreamBytes));
    blockSamples = (int) Math.clamp(samples, 1, Math.max(1, c.batch()));
    blocks = Math.ceilDiv((long) c.outHeight(), blockRows);
    units = Math.ceilDiv(c.batch(), blockSamples) * blocks;
    groupSize = (long) c.outChannels() * c.depth();
    sumBytes = aligned(c.groups() * groupSize * F4);
    long fitting = Math.min(MOST_PARTS, MOST_SUMS / (sumBytes / F4));
    parts = (int) Math.max(1, Math.min(units, fitting));
    roomBytes = StreamingConvolutions.SHAPE_BYTES + blockSamples * (copyBytes + packedBytes);
  }

  /** Returns whether a correlation's gradient is computed here: channels for a whole tile. */
  static boolean serves(Correlation correlation) {
    return CorrelationInC.AVAILABLE && correlation.outChannels() >= StreamingConvolutions.CHANNELS;
  }

  /** Computes the gradient of a weight [O, C / groups, kernelH, kernelW]. */
  void run(long from, long dy, long dweight) {
    source = from;
    upstream = dy;
    sums = loan.take((parts + 1) * sumBytes + parts * roomBytes);
    rooms = sums + (parts + 1) * sumBytes;
    try {
      WorkerPool.shared().run(parts, this);
      ReducePlan plan = new ReducePlan(1, parts, sumBytes / F4, false);
      long total = sums + parts * sumBytes;
      overParts.run(Reduction.SUM, plan, sums, total);
      Runs.copy(total, dweight, Math.toIntExact(c.groups() * groupSize));
    } finally {
      loan.end();
    }
  }

  @Override
  public void run(int part) {
    long room = rooms + part * roomBytes;
    long sum = sums + part * sumBytes;
    Runs.fill(0, sum, sumBytes / F4);
    CorrelationInC.describe(c, room);
    long to = (part + 1) * units / parts;
    for (long unit = part * units / parts; unit < to; unit++) {
      long sample = unit / blocks * blockSamples;
      int row = (int) (unit % blocks) * blockRows;
      for (long group = 0; group < c.groups(); group++) {
        block(sample, row, group, room, sum + group * groupSize * F4);
      }
    }
  }

  /** Adds what some rows of some samples give to the sums of a group. */
  private void block(long sample, int row, long group, long room, long sum) {
    long inPlanes = (long) c.channels() * c.height() * c.width();
    long outPlanes = (long) c.outChannels() * c.outHeight() * c.outWidth();
    long set = sample * c.groups() + group;
    long copy = room + StreamingConvolutions.SHAPE_BYTES;
    StreamingConvolutions.correlateGradient(
        room,
        source + set * inPlanes * F4,
        c.groups() * inPlanes,
        upstream + set * outPlanes * F4,
        c.groups() * outPlanes,
        Math.min(blockSamples, c.batch() - sample),
        row,
        Math.min(blockRows, c.outHeight() - row),
        sum,
        copy,
        copy + blockSamples * copyBytes);
  }
}
