package dev.panorm.internal.random;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

final class PhiloxTest {

  private static int[] block(long seed, long stream, long block) {
    return IntStream.range(0, 4).map(word -> Philox.bits(seed, stream, 4 * block + word)).toArray();
  }

  /** The generator's published known answers. */
  @Test
  void knownAnswers() {
    assertArrayEquals(new int[] {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}, block(0, 0, 0));
    long seed = 0x299f31d0a4093822L;
    long stream = 0x0370734413198a2eL;
    long block = 0x85a308d3243f6a88L;
    assertEquals(0x94fdcceb_d16cfe09L, Philox.pair(seed, stream, block, 0));
    assertEquals(0x24126ea1_5001e420L, Philox.pair(seed, stream, block, 1));
  }

  @Test
  void uniformNumbersHaveTheirMomentsAndStayBelowOne() {
    double[] drawn =
        LongStream.range(0, 100_000).mapToDouble(i -> Philox.uniform(7, 3, i)).toArray();
    double mean =
        LongStream.range(0, drawn.length).mapToDouble(i -> drawn[(int) i]).average().orElseThrow();
    // The deviation of the mean is sqrt(1/12 / 1e5) = 9.1e-4; five of them.
    assertEquals(0.5, mean, 4.6e-3);
    for (double u : drawn) {
      assertTrue(u >= 0 && u < 1, () -> "uniform " + u);
    }
    assertTrue(Philox.uniformFloat(7, 3, 12) < 1f);
  }

  @Test
  void normalNumbersHaveTheirMoments() {
    double[] drawn =
        LongStream.range(0, 100_000).mapToDouble(i -> Philox.normal(7, 4, i)).toArray();
    double mean = java.util.Arrays.stream(drawn).average().orElseThrow();
    double square = java.util.Arrays.stream(drawn).map(z -> z * z).average().orElseThrow();
    // Deviations: 1 / sqrt(1e5) = 3.2e-3 of the mean, sqrt(2 / 1e5) = 4.5e-3 of the mean square;
    // five of them.
    assertEquals(0, mean, 1.6e-2);
    assertEquals(1, square, 2.3e-2);
  }

  @Test
  void wholeNumbersStayBelowTheirBoundAndStreamsDiffer() {
    for (long i = 0; i < 1000; i++) {
      long drawn = Philox.below(10, 1, 1, i);
      assertTrue(drawn >= 0 && drawn < 10, () -> "drew " + drawn);
    }
    assertTrue(Philox.bits(1, 1, 0) != Philox.bits(1, 2, 0));
    assertTrue(Philox.bits(1, 1, 0) != Philox.bits(2, 1, 0));
  }
}
