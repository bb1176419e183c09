package dev.panorm.internal.backend.vector;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.panorm.Activation;
import dev.panorm.ffi.streaming.StreamingColumns;
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

  /** Terms of a column: centre, weight, offset, slope, rstd, and scale and shift of a ReLU. */
  private static final int TERMS = 7;

  private final Random random = new Random(SEED);

  @BeforeAll
  static void thereAreNormsInC() {
    NormsInC.require();
  }

  @ParameterizedTest
  @CsvSource({
    "1,1,1",
    "3,7,7",
    "4,8,11",
    "9,100,100",
    "64,33,40",
    "13,1027,1027",
    "5,16,16",
    "31,64,64",
    "7,208,208"
  })
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

  /** Sums of a part, in one call of C, have the bits of those of its blocks. */
  @ParameterizedTest
  @CsvSource({"1,3,3", "128,7,9", "133,64,64", "300,100,100", "517,33,40", "259,2048,2048"})
  void sameBitsOfParts(int rows, int columns, int stride) {
    try (Arena arena = Arena.ofConfined()) {
      int size = (rows - 1) * stride + columns;
      long x = values(arena, size);
      long dz = values(arena, size);
      long centre = values(arena, columns);
      long step = (long) stride * Float.BYTES;
      long gap = (long) columns * Double.BYTES;
      for (boolean far : new boolean[] {false, true}) {
        compare(
            4 * columns,
            to ->
                StreamingColumns.momentsOfPart(x, rows, columns, stride, centre, to, to + gap, far),
            to ->
                inBlocks(
                    rows,
                    columns,
                    to,
                    (r, some, sums, squares) ->
                        ColumnKernels.moments(
                            x + r * step, step, some, columns, centre, sums, squares)));
        compare(
            4 * columns,
            to ->
                StreamingColumns.gradientSumsOfPart(
                    x, dz, rows, columns, stride, centre, 0, 0, to, to + gap, far),
            to ->
                inBlocks(
                    rows,
                    columns,
                    to,
                    (r, some, sums, products) ->
                        ColumnKernels.gradientSums(
                            x + r * step,
                            dz + r * step,
                            step,
                            some,
                            columns,
                            centre,
                            sums,
                            products)));
      }
    }
  }

  /** Float32 sums of some rows. */
  private interface BlockSums {
    void add(int firstRow, int rows, long first, long second);
  }

  private static void inBlocks(int rows, int columns, long totals, BlockSums block) {
    long narrow = (long) columns * Float.BYTES;
    try (Arena arena = Arena.ofConfined()) {
      for (int r = 0; r < rows; r += ColumnSplit.BLOCK) {
        long sums = arena.allocate(2 * narrow, 64).address();
        block.add(r, Math.min(ColumnSplit.BLOCK, rows - r), sums, sums + narrow);
        BlockKernels.addNarrow(sums, totals, 2L * columns);
      }
    }
  }

  /** What follows a norm, and a ReLU's gradient. */
  @ParameterizedTest
  @CsvSource({
    "1,1,1",
    "3,7,7",
    "4,8,11",
    "9,100,100",
    "64,33,40",
    "13,1027,1027",
    "2,4101,4101",
    "31,64,64",
    "7,208,208"
  })
  void sameBitsBehindTheNorm(int rows, int columns, int stride) {
    try (Arena arena = Arena.ofConfined()) {
      int size = (rows - 1) * stride + columns;
      long x = values(arena, size);
      long dy = values(arena, size);
      long terms = values(arena, TERMS * columns);
      long gap = (long) columns * Float.BYTES;
      long step = (long) stride * Float.BYTES;
      long shift = terms + 2 * gap;
      long dz = values(arena, size);
      gate(x, dy, dz, step, rows, columns, terms, gap);
      for (boolean large : new boolean[] {false, true}) {
        for (Activation activation : Activation.values()) {
          compare(
              size,
              to ->
                  Columns.normalize(
                      x, to, step, rows, columns, terms, terms + gap, shift, dy, activation, large),
              to -> {
                ColumnKernels.normalize(x, to, step, rows, columns, terms, terms + gap, shift);
                for (int r = 0; r < rows; r++) {
                  BlockKernels.end(to + r * step, dy + r * step, activation, columns);
                }
              });
        }
        compare(
            2 * columns,
            to ->
                Columns.gradientSums(
                    x,
                    dy,
                    step,
                    rows,
                    columns,
                    terms,
                    terms + 5 * gap,
                    terms + 6 * gap,
                    to,
                    to + gap,
                    large),
            to -> ColumnKernels.gradientSums(x, dz, step, rows, columns, terms, to, to + gap));
        compare(
            size,
            to -> Columns.gradient(x, dy, to, step, rows, columns, terms, gap, true, large),
            to -> ColumnKernels.gradient(x, dz, to, step, rows, columns, terms, gap));
      }
    }
  }

  /** dz behind a ReLU by the loops on the Vector API. */
  private static void gate(
      long x, long dy, long dz, long step, int rows, int columns, long terms, long gap) {
    ColumnKernels.normalize(x, dz, step, rows, columns, terms, terms + 5 * gap, terms + 6 * gap);
    for (int r = 0; r < rows; r++) {
      BlockKernels.gradient(Activation.RELU, dy + r * step, dz + r * step, dz + r * step, columns);
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
      memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, 3 * random.nextFloat() - 1);
    }
    return memory.address();
  }
}
