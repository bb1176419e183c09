package dev.panorm.internal.backend.vector;

import static dev.panorm.internal.backend.vector.Lanes.broadcast;
import static dev.panorm.internal.backend.vector.Lanes.first;
import static dev.panorm.internal.backend.vector.Lanes.load;
import static dev.panorm.internal.backend.vector.Lanes.store;

import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import org.jspecify.annotations.Nullable;

/**
 * The loops of {@link MapLoop}, loaded once for each function by {@link Specialized}: the function
 * is a constant of the copy, so that it is compiled into the loop. Functions in two stages have one
 * dense operand or two.
 */
final class MapLoopTemplate implements MapLoop {

  private static final MapFunction.Stages STAGES =
      Specialized.constant(MethodHandles.lookup(), MapFunction.Stages.class);
  private static final MapFunction.@Nullable Inner INNER = STAGES.inner();
  private static final MapFunction OUTER = STAGES.outer();

  private static final long F4 = Float.BYTES;

  @Override
  public void one(long x, long y, int length, float p, float q) {
    FloatVector ps = broadcast(p);
    FloatVector qs = broadcast(q);
    long full = Lanes.fullBytes(length, 1);
    for (long i = 0; i < full; i += Lanes.BYTES) {
      FloatVector v = load(x + i);
      store(OUTER.of(v, v, INNER == null ? ps : INNER.of(v), qs), y + i);
    }
    if (full < length * F4) {
      tail(x + full, x + full, y + full, Lanes.rest(length, full), p, q);
    }
  }

  @Override
  public void two(long a, long b, long y, int length, float p, float q) {
    FloatVector ps = broadcast(p);
    FloatVector qs = broadcast(q);
    long full = Lanes.fullBytes(length, 1);
    for (long i = 0; i < full; i += Lanes.BYTES) {
      FloatVector v = load(a + i);
      FloatVector w = load(b + i);
      store(OUTER.of(v, w, INNER == null ? ps : INNER.of(v), qs), y + i);
    }
    if (full < length * F4) {
      tail(a + full, b + full, y + full, Lanes.rest(length, full), p, q);
    }
  }

  /** Apart, so that the loops above stay within the JIT's limits on inlining. */
  private static void tail(long a, long b, long y, int length, float p, float q) {
    VectorMask<Float> m = first(length);
    FloatVector v = load(a, m);
    FloatVector w = load(b, m);
    FloatVector inner = INNER == null ? broadcast(p) : INNER.of(v);
    store(OUTER.of(v, w, inner, broadcast(q)), y, m);
  }

  @Override
  public void firstRepeats(float a, long b, long y, int length, float p, float q) {
    FloatVector as = broadcast(a);
    FloatVector ps = broadcast(p);
    FloatVector qs = broadcast(q);
    long full = Lanes.fullBytes(length, 1);
    for (long i = 0; i < full; i += Lanes.BYTES) {
      store(OUTER.of(as, load(b + i), ps, qs), y + i);
    }
    if (full < length * F4) {
      VectorMask<Float> m = first(Lanes.rest(length, full));
      store(OUTER.of(as, load(b + full, m), ps, qs), y + full, m);
    }
  }

  @Override
  public void secondRepeats(long a, float b, long y, int length, float p, float q) {
    FloatVector bs = broadcast(b);
    FloatVector ps = broadcast(p);
    FloatVector qs = broadcast(q);
    long full = Lanes.fullBytes(length, 1);
    for (long i = 0; i < full; i += Lanes.BYTES) {
      store(OUTER.of(load(a + i), bs, ps, qs), y + i);
    }
    if (full < length * F4) {
      VectorMask<Float> m = first(Lanes.rest(length, full));
      store(OUTER.of(load(a + full, m), bs, ps, qs), y + full, m);
    }
  }
}
