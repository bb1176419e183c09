package dev.panorm.internal.backend.vector;

import dev.panorm.backend.Binary;
import dev.panorm.backend.ResponsePlan;
import dev.panorm.backend.Unary;
import dev.panorm.internal.memory.Block;
import dev.panorm.internal.memory.SegmentPool;
import dev.panorm.internal.parallel.WorkerPool;

/**
 * One local response normalization, forward or backward. Where channels go last, a unit is a
 * position, whose channels are copied between zeros; else it is a piece of each channel of a
 * sample, short enough that a neighbourhood of pieces stays in the first-level cache. The object
 * serves the next call of its thread.
 */
final class ResponseTask implements WorkerPool.PartTask {

  private static final long F4 = Float.BYTES;

  /** Elements of a piece. */
  private static final int PIECE = 512;

  private static final MapLoop BY_ROOT = MapLoop.of("by_root", (g, s, p, q) -> g.div(s.sqrt()));
  private static final MapLoop BY_THREE_QUARTERS =
      MapLoop.of(
          "by_three_quarters",
          (g, s, p, q) -> {
            var root = s.sqrt();
            return g.div(root.mul(root.sqrt()));
          });
  private static final MapLoop DIVIDE = BinaryLoops.of(Binary.DIV);
  private static final MapLoop MULTIPLY = BinaryLoops.of(Binary.MUL);
  private static final MapLoop POWER = UnaryLoops.of(Unary.POW);

  private ResponsePlan plan = new ResponsePlan(0, 1, 1, 0, 0, 0, 0, 1);
  private boolean backward;
  private long x;
  private long dy;
  private long result;
  private int before;
  private int after;
  private int neighbours;
  private int channels;
  private long step;
  private long piecesPerSample;
  private long units;
  private long unitsPerPart;

  /** y from x. */
  void forward(ResponsePlan shape, long from, long to) {
    backward = false;
    run(shape, from, from, to);
  }

  /** dx from x and dy. */
  void backward(ResponsePlan shape, long from, long upstream, long to) {
    backward = true;
    run(shape, from, upstream, to);
  }

  private void run(ResponsePlan shape, long from, long upstream, long to) {
    plan = shape;
    x = from;
    dy = upstream;
    result = to;
    before = (int) shape.before();
    after = (int) shape.after();
    neighbours = before + after + 1;
    channels = Math.toIntExact(shape.channels());
    step = shape.inner() * F4;
    piecesPerSample = Math.ceilDiv(shape.inner(), PIECE);
    units = shape.outer() * piecesPerSample;
    unitsPerPart = Partition.itemsPerPart(channels * Math.min(PIECE, shape.inner()));
    WorkerPool.shared().run(Partition.parts(units, unitsPerPart), this);
  }

  @Override
  public void run(int part) {
    boolean last = plan.inner() == 1;
    long row = last ? roundUp(channels + neighbours) : PIECE;
    Block block = SegmentPool.shared().take((4 + (last ? 0 : neighbours)) * row * F4);
    try {
      long to = Math.min(units, (part + 1) * unitsPerPart);
      if (last) {
        clear(block.address(), 2 * row);
      }
      for (long unit = part * unitsPerPart; unit < to; unit++) {
        if (last) {
          position(unit * channels * F4, block.address(), row * F4);
        } else {
          long first = unit % piecesPerSample * PIECE;
          long at = (unit / piecesPerSample * channels * plan.inner() + first) * F4;
          piece(at, block.address(), (int) Math.min(PIECE, plan.inner() - first));
        }
      }
    } finally {
      SegmentPool.shared().give(block);
    }
  }

  private static long roundUp(long elements) {
    return (elements + Lanes.FLOATS - 1) & -Lanes.FLOATS;
  }

  private static void clear(long at, long elements) {
    for (long i = 0; i < elements * F4; i += F4) {
      Lanes.set(at + i, 0);
    }
  }

  /** The channels of one position; the first two rows of room have zeros around them. */
  private void position(long at, long room, long rowBytes) {
    long bases = room + 2 * rowBytes;
    long other = room + 3 * rowBytes;
    float alpha = (float) plan.alpha();
    Runs.copy(x + at, room + before * F4, channels);
    ResponseLoops.bases(room, F4, neighbours, alpha, (float) plan.k(), bases, channels);
    scale(dy + at, bases, other, result + at, channels);
    if (backward) {
      long ratios = room + rowBytes;
      ResponseLoops.ratios(result + at, x + at, bases, ratios + after * F4, channels);
      ResponseLoops.sums(ratios, F4, neighbours, false, other, channels);
      ResponseLoops.gradient(result + at, x + at, other, factor(), result + at, channels);
    }
  }

  /** The same piece of each channel of a sample. */
  private void piece(long at, long room, int length) {
    long other = room + PIECE * F4;
    for (int c = 0; c < channels; c++) {
      int low = Math.max(0, c - before);
      int count = Math.min(channels - 1, c + after) - low + 1;
      long here = at + c * step;
      long from = x + at + low * step;
      ResponseLoops.bases(from, step, count, (float) plan.alpha(), (float) plan.k(), room, length);
      scale(dy + here, room, other, result + here, length);
      if (backward) {
        ResponseLoops.ratios(result + here, x + here, room, ratios(room, c), length);
        if (c >= before) {
          correct(at, c - before, room, length);
        }
      }
    }
    for (int c = Math.max(0, channels - before); backward && c < channels; c++) {
      correct(at, c, room, length);
    }
  }

  /** Where the ratios of a channel stand, in a ring of as many as a neighbourhood has. */
  private long ratios(long room, int channel) {
    return room + (2L + channel % neighbours) * PIECE * F4;
  }

  /** Takes from a channel's gradient what comes by way of its neighbours. */
  private void correct(long at, int channel, long room, int length) {
    int low = Math.max(0, channel - after);
    int count = Math.min(channels - 1, channel + before) - low + 1;
    int upToEnd = Math.min(count, neighbours - low % neighbours);
    long sums = room + PIECE * F4;
    ResponseLoops.sums(ratios(room, low), PIECE * F4, upToEnd, false, sums, length);
    if (upToEnd < count) {
      ResponseLoops.sums(ratios(room, 0), PIECE * F4, count - upToEnd, true, sums, length);
    }
    long here = at + channel * step;
    ResponseLoops.gradient(result + here, x + here, sums, factor(), result + here, length);
  }

  private float factor() {
    return (float) (-2 * plan.alpha() * plan.beta());
  }

  /** to = g · s^−beta; room is for as many elements. */
  private void scale(long g, long s, long room, long to, int length) {
    double beta = plan.beta();
    if (beta == 0.75) {
      BY_THREE_QUARTERS.two(g, s, to, length, 0, 0);
    } else if (beta == 0.5) {
      BY_ROOT.two(g, s, to, length, 0, 0);
    } else if (beta == 1) {
      DIVIDE.two(g, s, to, length, 0, 0);
    } else {
      POWER.one(s, room, length, (float) -beta, 0);
      MULTIPLY.two(g, room, to, length, 0, 0);
    }
  }
}
