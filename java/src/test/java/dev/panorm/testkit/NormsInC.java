package dev.panorm.testkit;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.panorm.ffi.streaming.StreamingKernels;

/** For tests of the norms in C. */
public final class NormsInC {

  private NormsInC() {}

  /** Fails where they are required and absent, and skips where they may be absent. */
  public static void require() {
    if (StreamingKernels.isAvailable()) {
      return;
    }
    String why = "no norms in C: " + StreamingKernels.refusal();
    if (Boolean.getBoolean("panorm.requireStreaming")) {
      fail(why);
    }
    abort(why);
  }
}
