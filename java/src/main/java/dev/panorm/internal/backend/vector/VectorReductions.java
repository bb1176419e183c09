package dev.panorm.internal.backend.vector;

import dev.panorm.Tensor;
import dev.panorm.backend.ReducePlan;
import dev.panorm.backend.Reduction;
import dev.panorm.backend.ReductionKernels;
import dev.panorm.internal.memory.Memory;
import java.lang.foreign.ValueLayout;

/** {@link ReductionKernels} on float32 vectors, summed up in float64. */
final class VectorReductions implements ReductionKernels {

  private static final long F4 = Float.BYTES;

  private final ThreadLocal<ReduceTask> tasks = ThreadLocal.withInitial(ReduceTask::new);

  @Override
  public void reduce(Reduction function, ReducePlan plan, Tensor x, Tensor y) {
    tasks.get().run(function, plan, x.readAddress(), y.writeAddress());
  }

  @Override
  public void argmax(long outer, long mid, long inner, Tensor x, Tensor indices) {
    long from = x.readAddress();
    long to = indices.writeAddress();
    for (long result = 0; result < outer * inner; result++) {
      long first = from + (result / inner * mid * inner + result % inner) * F4;
      Memory.ALL.set(
          ValueLayout.JAVA_LONG, to + result * Long.BYTES, argmax(first, mid, inner * F4));
    }
  }

  private static long argmax(long first, long count, long stepBytes) {
    float best = Lanes.get(first);
    long position = 0;
    for (long m = 1; m < count && !Float.isNaN(best); m++) {
      float value = Lanes.get(first + m * stepBytes);
      if (value > best || Float.isNaN(value)) {
        best = value;
        position = m;
      }
    }
    return position;
  }
}
