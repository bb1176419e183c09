package dev.panorm.bench.suite;

import java.util.Locale;

/** Whom Panorm can be measured beside. */
enum Peer {
  /** PyTorch's library. */
  TORCH,
  /** Intel's primitives. */
  ONEDNN,
  /** Deep Java Library. */
  DJL,
  /** Deeplearning4j's arrays. */
  ND4J,
  /** OpenBLAS called from C. */
  C;

  /** Returns the name as users write it. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
