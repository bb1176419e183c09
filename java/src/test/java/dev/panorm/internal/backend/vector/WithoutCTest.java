package dev.panorm.internal.backend.vector;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.panorm.ffi.streaming.StreamingKernels;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The norms' tests in the same process would otherwise show what the first run of them did. */
@Tag("without-c")
class WithoutCTest {

  @Test
  void normsInCAreSwitchedOff() {
    assertFalse(StreamingKernels.isAvailable());
    assertTrue(Streaming.describe().contains("switched off"), Streaming.describe());
  }
}
