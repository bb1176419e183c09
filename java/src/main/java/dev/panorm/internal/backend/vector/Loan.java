package dev.panorm.internal.backend.vector;

import dev.panorm.internal.memory.Block;
import dev.panorm.internal.memory.SegmentPool;
import org.jspecify.annotations.Nullable;

/** A block of the pool that a task borrows for one call; the object serves many. */
final class Loan {

  private @Nullable Block block;

  /** Borrows room and returns its address. */
  long take(long bytes) {
    Block taken = SegmentPool.shared().take(bytes);
    block = taken;
    return taken.address();
  }

  /** Gives the room back, if there is any. */
  void end() {
    Block taken = block;
    if (taken != null) {
      block = null;
      SegmentPool.shared().give(taken);
    }
  }
}
