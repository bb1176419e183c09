package dev.panorm.internal.backend.vector;

import dev.panorm.Activation;
import dev.panorm.EpsMode;
import dev.panorm.Layout;
import dev.panorm.backend.NormPlan;

/** How work is cut into parts: from its shape alone. */
final class Partition {

  /** What a task holds between calls. */
  static final NormPlan NO_PLAN =
      new NormPlan(
          NormPlan.Family.SLAB,
          true,
          0,
          0,
          0,
          1,
          Layout.NCHW,
          0,
          EpsMode.INSIDE_SQRT,
          NormPlan.Residual.NONE,
          Activation.IDENTITY);

  /** Elements that make a part worth handing to another thread. */
  static final long GRAIN = 1 << 15;

  /** Longest run that one kernel call takes, so that its length is an int. */
  static final int PIECE = 1 << 16;

  private Partition() {}

  /** Returns how many items of {@code size} elements a part has. */
  static long itemsPerPart(long size) {
    return Math.max(1, GRAIN / size);
  }

  static int parts(long items, long perPart) {
    return Math.toIntExact((items + perPart - 1) / perPart);
  }
}
