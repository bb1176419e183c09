package dev.panorm.internal.backend.vector;

import dev.panorm.backend.BroadcastPlan;
import dev.panorm.internal.parallel.WorkerPool;

/**
 * One call of a function of each element. The result is cut into parts of equal length; a part may
 * begin and end inside a row. The object serves the next call of its thread.
 */
final class MapTask implements WorkerPool.PartTask {

  private static final BroadcastPlan NO_PLAN = new BroadcastPlan(1, 1, 1, 0, 0, 1, 0, 0, 1);

  private static final long F4 = Float.BYTES;

  private MapLoop loop = BinaryLoops.AXPY;
  private BroadcastPlan plan = NO_PLAN;

  /** Whether operands and result are one run each; else the plan says how they broadcast. */
  private boolean dense;

  /** Whether the result goes past the caches. */
  private long elements;

  private long a;
  private long b;
  private long y;
  private float p;
  private float q;

  /** y = f(x). */
  void one(MapLoop function, long x, long result, long length, double first, double second) {
    bind(function, x, 0, result, length, first, second);
    dense = true;
    run();
  }

  /** y = f(a, b) of operands of the same shape. */
  void two(
      MapLoop function,
      long left,
      long right,
      long result,
      long length,
      double first,
      double second) {
    bind(function, left, right, result, length, first, second);
    dense = true;
    run();
  }

  /** y = f(a, b) with broadcasting. */
  void broadcast(MapLoop function, BroadcastPlan shape, long left, long right, long result) {
    bind(function, left, right, result, shape.elements(), 0, 0);
    plan = shape;
    dense = false;
    run();
  }

  private void bind(
      MapLoop function,
      long left,
      long right,
      long result,
      long length,
      double first,
      double second) {
    boolean far = Streaming.servesResult(length) && result != left && result != right;
    loop = far ? function.pastCaches() : function;
    a = left;
    b = right;
    y = result;
    elements = length;
    p = (float) first;
    q = (float) second;
  }

  private void run() {
    WorkerPool.shared().run(Partition.parts(elements, Partition.GRAIN), this);
  }

  @Override
  public void run(int part) {
    long from = part * Partition.GRAIN;
    long to = Math.min(elements, from + Partition.GRAIN);
    if (dense) {
      dense(from, (int) (to - from));
    } else {
      rows(from, to);
    }
  }

  private void dense(long from, int length) {
    long at = from * F4;
    if (b == 0) {
      loop.one(a + at, y + at, length, p, q);
    } else {
      loop.two(a + at, b + at, y + at, length, p, q);
    }
  }

  private void rows(long from, long to) {
    long inner = plan.inner();
    for (long at = from; at < to; ) {
      long row = at / inner;
      long column = at - row * inner;
      int length = (int) Math.min(inner - column, to - at);
      piece(row / plan.mid(), row % plan.mid(), column, length, y + at * F4);
      at += length;
    }
  }

  private void piece(long o, long m, long column, int length, long to) {
    long atA = a + (o * plan.aOuter() + m * plan.aMid() + column * plan.aInner()) * F4;
    long atB = b + (o * plan.bOuter() + m * plan.bMid() + column * plan.bInner()) * F4;
    if (plan.aInner() == 0) {
      loop.firstRepeats(atA, atB, to, length, p, q);
    } else if (plan.bInner() == 0) {
      loop.secondRepeats(atA, atB, to, length, p, q);
    } else {
      loop.two(atA, atB, to, length, p, q);
    }
  }
}
