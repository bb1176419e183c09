package dev.panorm.internal.backend.vector;

import dev.panorm.RandomStream;
import dev.panorm.backend.DropPlan;
import dev.panorm.backend.Unary;
import dev.panorm.internal.memory.Memory;
import dev.panorm.internal.parallel.WorkerPool;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * One call of dropout, cut into parts of whole rows of units. The words of a chunk of units are
 * drawn first, then the elements are selected. The object serves the next call of its thread.
 */
final class DropTask implements WorkerPool.PartTask {

  private static final DropPlan NO_PLAN = DropPlan.inverted(0);
  private static final RandomStream NO_STREAM = new RandomStream(0, 0);
  private static final VectorSpecies<Integer> I = IntVector.SPECIES_PREFERRED;
  private static final MapLoop AFFINE = UnaryLoops.of(Unary.AFFINE);
  private static final ValueLayout.OfInt WORD = ValueLayout.JAVA_INT.withOrder(PhiloxWords.ORDER);
  private static final long F4 = Float.BYTES;

  /** Units whose words fit the scratch room, whatever block they begin in. */
  private static final int CHUNK = Scratch.CHUNK - 2 * PhiloxWords.STEP;

  private DropPlan plan = NO_PLAN;
  private RandomStream stream = NO_STREAM;
  private long units;
  private long perPart;
  private long x;
  private long y;

  void drop(DropPlan rule, RandomStream words, long elements, long from, long to) {
    plan = rule;
    stream = words;
    x = from;
    y = to;
    units = elements / rule.unit();
    long row = Math.max(1, rule.counted());
    perPart = Math.ceilDiv(Partition.itemsPerPart(rule.unit()), row) * row;
    WorkerPool.shared().run(Partition.parts(units, perPart), this);
  }

  @Override
  public void run(int part) {
    long first = part * perPart;
    long end = Math.min(units, first + perPart);
    long row = plan.counted() == 0 ? end - first : plan.counted();
    for (long start = first; start < end; start += row) {
      row(start, start + row, (float) scale(start, row));
    }
  }

  private double scale(long start, long row) {
    return plan.counted() == 0 ? plan.scale() : row / (double) Math.max(1, kept(start, row));
  }

  private long kept(long start, long row) {
    long kept = 0;
    for (long unit = start; unit < start + row; unit += CHUNK) {
      int count = (int) Math.min(CHUNK, start + row - unit);
      long words = words(unit, count);
      for (int i = 0; i < count; i++) {
        kept += isKept(words + i * F4) ? 1 : 0;
      }
    }
    return kept;
  }

  private void row(long start, long end, float scale) {
    for (long unit = start; unit < end; unit += CHUNK) {
      int count = (int) Math.min(CHUNK, end - unit);
      long words = words(unit, count);
      if (plan.unit() == 1) {
        select(words, x + unit * F4, y + unit * F4, count, scale);
      } else {
        for (int i = 0; i < count; i++) {
          unit(isKept(words + i * F4), unit + i, scale);
        }
      }
    }
  }

  /** Draws the words of some units and returns the address of the first. */
  private long words(long unit, int count) {
    int before = (int) (unit & 3);
    long to = Scratch.get().first();
    PhiloxWords.fill(stream, unit >>> 2, before + count, to);
    return to + before * F4;
  }

  private boolean isKept(long word) {
    int bits = Memory.ALL.get(WORD, word);
    return Integer.toUnsignedLong(bits) >= plan.threshold();
  }

  private void select(long words, long from, long to, int length, float scale) {
    long full = Lanes.fullBytes(length, 1);
    selectVectors(words, from, to, full, scale);
    if (full < length * F4) {
      long room = Scratch.get().tail();
      int rest = Lanes.rest(length, full);
      Lanes.copyFew(from + full, room, rest);
      selectVectors(words + full, room, room, Lanes.BYTES, scale);
      Lanes.copyFew(room, to + full, rest);
    }
  }

  private void selectVectors(long words, long from, long to, long bytes, float scale) {
    for (long i = 0; i < bytes; i += Lanes.BYTES) {
      Lanes.store(chosen(words + i, Lanes.load(from + i), scale), to + i);
    }
  }

  private FloatVector chosen(long words, FloatVector v, float scale) {
    FloatVector kept = v.fma(Lanes.broadcast(scale), Lanes.broadcast((float) plan.shift()));
    if (plan.threshold() > 0xFFFFFFFFL) {
      return Lanes.broadcast((float) plan.dropped());
    }
    IntVector bits = IntVector.fromMemorySegment(I, Memory.ALL, words, PhiloxWords.ORDER);
    VectorMask<Integer> falls = bits.compare(VectorOperators.ULT, (int) plan.threshold());
    return kept.blend((float) plan.dropped(), falls.cast(Lanes.F));
  }

  private void unit(boolean kept, long unit, float scale) {
    long end = (unit + 1) * plan.unit();
    for (long at = unit * plan.unit(); at < end; at += Partition.PIECE) {
      int length = (int) Math.min(Partition.PIECE, end - at);
      if (kept) {
        AFFINE.one(x + at * F4, y + at * F4, length, scale, (float) plan.shift());
      } else {
        Runs.fill((float) plan.dropped(), y + at * F4, length);
      }
    }
  }
}
