package dev.panorm.internal.backend.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** PoCL numbers processors from 0, so a process that may not use them all is left alone. */
final class PoclThreadsTest {

  @ParameterizedTest
  @CsvSource({
    "0-1,   0-1,   true",
    "0,     0,     true",
    "0-63,  0-63,  true",
    "0-3,   2-3,   false",
    "0-3,   0-1,   false",
    "'0,2', '0,2', false",
    "2-3,   2-3,   false",
    "0-1,   '',    false"
  })
  void threadsAreBoundWhereEveryProcessorIsAllowed(String online, String allowed, boolean bound) {
    assertEquals(bound, PoclThreads.mayUseAll(online + "\n", "\t" + allowed));
  }
}
