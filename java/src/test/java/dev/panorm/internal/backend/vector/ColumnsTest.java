package dev.panorm.internal.backend.vector;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.panorm.Activation;
import dev.panorm.ffi.streaming.StreamingKernels;
import dev.panorm.testkit.NormsInC;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The loops over columns in C give the bits of those on the Vector API. */
class ColumnsTest {

  private static final long SEED = 20_261_121;

  /** Terms of a column: centre, weight, offset, slope, rstd. */
  private static final int TERMS = 5;

  private final Random random = new Random(SEED);

  @BeforeAll
  static void thereAreNormsInC() {
    NormsInC.require();
  }

  @ParameterizedTest
  @CsvSource({"1,1,1", "3,7,7", "4,8,11", "9,100,100", "64,33,40", "13,1027,1027"})
  void sameBits(int rows, int columns, int stride) {
    try (Arena arena = Arena.ofConfined()) {
      int size = (rows - 1) * stride + columns;
      long x = values(arena, size);
      long dz = values(arena, size);
      long terms = values(arena, TERMS * columns);
      long gap = (long) columns * Float.BYTES;
      long step = (long) stride * Float.BYTES;
      for (boolean large : new boolean[] {false, true}) {
        compare(
            2 * columns,
            to -> Columns.moments(x, step, rows, columns, terms, to, to + gap, large),
            to -> ColumnKernels.moments(x, step, rows, columns, terms, to, to + gap));
        compare(
            2 * columns,
            to ->
                Columns.gradientSums(x, dz, step, rows, columns, terms, 0, 0, to, to + gap, large),
            to -> ColumnKernels.gradientSums(x, dz, step, rows, columns, terms, to, to + gap));
        compare(
            size,
            to ->
                Columns.normalize(
                    x,
                    to,
                    step,
                    rows,
                    columns,
                    terms,
                    terms + gap,
                    terms + 2 * gap,
                    0,
                    Activation.IDENTITY,
                    large),
            to ->
                ColumnKernels.normalize(
                    x, to, step, rows, columns, terms, terms + gap, terms + 2 * gap));
        compare(
            size,
            to -> Columns.gradient(x, dz, to, step, rows, columns, terms, gap, false, large),
            to -> ColumnKernels.gradient(x, dz, to, step, rows, columns, terms, gap));
      }
    }
  }

  private static void compare(int size, LongConsumer inC, LongConsumer inJava) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment got = arena.allocate(size * (long) Float.BYTES, 64);
      MemorySegment expected = arena.allocate(size * (long) Float.BYTES, 64);
      inC.accept(got.address());
      StreamingKernels.fence();
      inJava.accept(expected.address());
      assertEquals(-1, expected.mismatch(got), () -> "first byte that differs, seed " + SEED);
    }
  }

  private long values(Arena arena, int size) {
    MemorySegment memory = arena.allocate(size * (long) Float.BYTES, 64);
    for (long i = 0; i < size; i++) {
      memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, 0.5f + 1.5f * random.nextFloat());
    }
    return memory.address();
  }
}
