package dev.panorm.internal.backend.vector;

import static dev.panorm.internal.backend.vector.Lanes.broadcast;
import static dev.panorm.internal.backend.vector.Lanes.load;

import dev.panorm.internal.memory.Memory;
import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/**
 * The loops of {@link MapLoop} over whole vectors, loaded once for each function by {@link
 * Specialized}: the function is a constant of the copy, so that it is compiled into the loop.
 * Functions in two stages have one dense operand or two.
 *
 * <p>Results are stored by the Vector API's own method: behind a long function the JIT inlines
 * nothing of ours any more, and a vector that crosses a call goes to the Java heap.
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
    for (long i = 0; i < length * F4; i += Lanes.BYTES) {
      FloatVector v = load(x + i);
      OUTER
          .of(v, v, INNER == null ? ps : INNER.of(v), qs)
          .intoMemorySegment(Memory.ALL, y + i, Lanes.ORDER);
    }
  }

  @Override
  public void two(long a, long b, long y, int length, float p, float q) {
    FloatVector ps = broadcast(p);
    FloatVector qs = broadcast(q);
    for (long i = 0; i < length * F4; i += Lanes.BYTES) {
      FloatVector v = load(a + i);
      FloatVector w = load(b + i);
      OUTER
          .of(v, w, INNER == null ? ps : INNER.of(v), qs)
          .intoMemorySegment(Memory.ALL, y + i, Lanes.ORDER);
    }
  }

  @Override
  public void firstRepeats(long a, long b, long y, int length, float p, float q) {
    FloatVector as = broadcast(Lanes.get(a));
    FloatVector ps = broadcast(p);
    FloatVector qs = broadcast(q);
    for (long i = 0; i < length * F4; i += Lanes.BYTES) {
      OUTER.of(as, load(b + i), ps, qs).intoMemorySegment(Memory.ALL, y + i, Lanes.ORDER);
    }
  }

  @Override
  public void secondRepeats(long a, long b, long y, int length, float p, float q) {
    FloatVector bs = broadcast(Lanes.get(b));
    FloatVector ps = broadcast(p);
    FloatVector qs = broadcast(q);
    for (long i = 0; i < length * F4; i += Lanes.BYTES) {
      OUTER.of(load(a + i), bs, ps, qs).intoMemorySegment(Memory.ALL, y + i, Lanes.ORDER);
    }
  }
}
