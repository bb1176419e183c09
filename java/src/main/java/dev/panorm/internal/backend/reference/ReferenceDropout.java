package dev.panorm.internal.backend.reference;

import dev.panorm.RandomStream;
import dev.panorm.Tensor;
import dev.panorm.backend.DropKernels;
import dev.panorm.backend.DropPlan;
import dev.panorm.internal.parallel.WorkerPool;

/** {@link DropKernels}, one element after the other, in parts of whole rows. */
final class ReferenceDropout implements DropKernels {

  private static final long PART = 1 << 14;

  @Override
  public void drop(DropPlan plan, RandomStream stream, Tensor x, Tensor y) {
    Elements from = Elements.read(x);
    Elements to = Elements.write(y);
    long units = x.elements() / plan.unit();
    long row = Math.max(1, plan.counted());
    long step = Math.ceilDiv(Math.ceilDiv(PART, plan.unit()), row) * row;
    WorkerPool.shared()
        .run(
            Math.toIntExact(Math.ceilDiv(units, step)),
            part -> part(plan, stream, from, to, part * step, Math.min(units, (part + 1) * step)));
  }

  private static void part(
      DropPlan plan, RandomStream stream, Elements from, Elements to, long first, long end) {
    long row = plan.counted() == 0 ? end - first : plan.counted();
    for (long start = first; start < end; start += row) {
      double scale =
          plan.counted() == 0
              ? plan.scale()
              : row / (double) Math.max(1, kept(plan, stream, start, row));
      for (long unit = start; unit < start + row; unit++) {
        boolean kept = isKept(plan, stream, unit);
        for (long i = unit * plan.unit(); i < (unit + 1) * plan.unit(); i++) {
          to.set(i, kept ? scale * from.get(i) + plan.shift() : plan.dropped());
        }
      }
    }
  }

  private static long kept(DropPlan plan, RandomStream stream, long start, long row) {
    long kept = 0;
    for (long unit = start; unit < start + row; unit++) {
      kept += isKept(plan, stream, unit) ? 1 : 0;
    }
    return kept;
  }

  private static boolean isKept(DropPlan plan, RandomStream stream, long unit) {
    return stream.word(unit) >= plan.threshold();
  }
}
