package dev.panorm.internal.backend.cpu;

import dev.panorm.DType;
import dev.panorm.Panorm;
import dev.panorm.internal.memory.Block;
import dev.panorm.internal.memory.Memory;
import dev.panorm.internal.memory.SegmentPool;
import dev.panorm.internal.parallel.WorkerPool;
import java.lang.foreign.ValueLayout;

/**
 * One product, cut into parts along one of its three dimensions so that every element of C has the
 * same bits for any number of threads.
 *
 * <ul>
 *   <li><b>Rows</b> of C, where there are enough. Kernels whose rows are independent get one part a
 *       thread, since the cuts do not show in the result; others get parts of a fixed height.
 *   <li><b>Columns</b> of C, where it is low and wide; parts of a fixed width. Kernels whose
 *       columns are independent too get one part a thread wherever there are more columns than
 *       rows.
 *   <li><b>Depth</b>, where k is far larger than both, as in the gradients of weights: parts of a
 *       fixed depth, whose partial results are added in order.
 * </ul>
 *
 * <p>Objects are used again and again, so that a product costs no Java heap.
 */
final class GemmTask implements WorkerPool.PartTask {

  /**
   * Rows are cut at multiples of this: a common multiple of the row blocks of OpenBLAS's kernels
   * (12 in the first sweep of a panel, 24 after it).
   */
  static final int ROW_GRANULE = 24;

  /**
   * Multiplications that a part has at least. From here on, OpenBLAS's special kernels for small
   * products are out of play (28 · 512² is the limit of the last of them), so a part takes the same
   * route as the whole; and it takes some 0.05 ms, far more than the hand-over to another thread.
   */
  static final long LEAST_WORK = 28 * 512 * 512;

  /** Below OpenBLAS's own row panel on every processor, whose ends are no multiple of 24. */
  private static final long MOST_ROWS = 341 * ROW_GRANULE;

  private static final long FEWEST_ROWS = 2 * ROW_GRANULE;
  private static final long FEWEST_ROWS_TO_CUT = 5 * ROW_GRANULE;
  private static final long FIXED_ROWS = 21 * ROW_GRANULE;
  private static final long FIXED_COLUMNS = 512;
  private static final long COLUMN_GRANULE = 16;
  private static final long FIXED_DEPTH = 1024;
  private static final long MOST_DEPTH_PARTS = 16;

  /** A part of the depth needs a C of its own; beyond this size that costs more than it brings. */
  private static final long LARGEST_PARTIAL = 1 << 18;

  private enum Direction {
    ROWS,
    COLUMNS,
    DEPTH
  }

  private final SerialGemm kernel;

  private DType dtype = DType.FLOAT32;
  private boolean transposeA;
  private boolean transposeB;
  private long m;
  private long n;
  private long k;
  private double alpha;
  private long a;
  private long lda;
  private long b;
  private long ldb;
  private double beta;
  private long c;
  private long ldc;

  private Direction direction = Direction.ROWS;
  private long step;
  private long partials;

  GemmTask(SerialGemm kernel) {
    this.kernel = kernel;
  }

  /** Returns whether a product has enough work for two parts. */
  static boolean worthCutting(long m, long n, long k) {
    return (double) m * n * k >= 2.0 * LEAST_WORK;
  }

  void multiply(
      DType dtype,
      boolean transposeA,
      boolean transposeB,
      long m,
      long n,
      long k,
      double alpha,
      long a,
      long lda,
      long b,
      long ldb,
      double beta,
      long c,
      long ldc) {
    this.dtype = dtype;
    this.transposeA = transposeA;
    this.transposeB = transposeB;
    this.m = m;
    this.n = n;
    this.k = k;
    this.alpha = alpha;
    this.a = a;
    this.lda = lda;
    this.b = b;
    this.ldb = ldb;
    this.beta = beta;
    this.c = c;
    this.ldc = ldc;
    cut();
    if (direction == Direction.DEPTH) {
      runDepth();
    } else {
      WorkerPool.shared().run(parts(), this);
    }
  }

  @Override
  public void run(int part) {
    long from = part * step;
    switch (direction) {
      case ROWS -> rows(from, length(part, m));
      case COLUMNS -> columns(from, length(part, n));
      case DEPTH -> depth(part, from, length(part, k));
    }
  }

  private void cut() {
    if (k >= 2 * FIXED_DEPTH && k >= 8 * m && m * n <= LARGEST_PARTIAL) {
      direction = Direction.DEPTH;
      long depth = Math.max(FIXED_DEPTH, k / MOST_DEPTH_PARTS);
      step = roundUp(Math.max(depth, LEAST_WORK / (m * n)), 64);
    } else if (n >= 2 * FIXED_COLUMNS && m < FEWEST_ROWS_TO_CUT) {
      direction = Direction.COLUMNS;
      step = roundUp(Math.max(FIXED_COLUMNS, LEAST_WORK / (m * k)), 64);
    } else if (n >= m && kernel.columnsAreIndependent(dtype)) {
      direction = Direction.COLUMNS;
      long wanted = n / Panorm.threads() / COLUMN_GRANULE * COLUMN_GRANULE;
      step = Math.max(wanted, roundUp(Math.ceilDiv(LEAST_WORK, m * k), COLUMN_GRANULE));
    } else {
      direction = Direction.ROWS;
      step = rowStep();
    }
  }

  private long rowStep() {
    long wanted = kernel.rowsAreIndependent(dtype) ? m / Panorm.threads() : FIXED_ROWS;
    long least = Math.max(FEWEST_ROWS, Math.ceilDiv(LEAST_WORK, n * k));
    long height = Math.min(wanted, MOST_ROWS) / ROW_GRANULE * ROW_GRANULE;
    return Math.max(height, roundUp(least, ROW_GRANULE));
  }

  /** The last part takes what is left, which is less than another step. */
  private int parts() {
    long total =
        switch (direction) {
          case ROWS -> m;
          case COLUMNS -> n;
          case DEPTH -> k;
        };
    return (int) Math.max(1, total / step);
  }

  private long length(int part, long total) {
    return part == parts() - 1 ? total - part * step : step;
  }

  private void rows(long from, long length) {
    kernel.multiply(
        dtype,
        transposeA,
        transposeB,
        length,
        n,
        k,
        alpha,
        rowOf(a, transposeA, lda, from),
        lda,
        b,
        ldb,
        beta,
        c + from * ldc * dtype.byteSize(),
        ldc);
  }

  private void columns(long from, long length) {
    kernel.multiply(
        dtype,
        transposeA,
        transposeB,
        m,
        length,
        k,
        alpha,
        a,
        lda,
        columnOf(b, transposeB, ldb, from),
        ldb,
        beta,
        c + from * dtype.byteSize(),
        ldc);
  }

  /** The first part works in C itself, every other one in a partial result of its own. */
  private void depth(int part, long from, long length) {
    kernel.multiply(
        dtype,
        transposeA,
        transposeB,
        m,
        n,
        length,
        alpha,
        columnOf(a, transposeA, lda, from),
        lda,
        rowOf(b, transposeB, ldb, from),
        ldb,
        part == 0 ? beta : 0,
        part == 0 ? c : partial(part),
        part == 0 ? ldc : n);
  }

  private void runDepth() {
    int parts = parts();
    Block block = SegmentPool.shared().take((parts - 1) * m * n * dtype.byteSize());
    try {
      partials = block.address();
      WorkerPool.shared().run(parts, this);
      for (int part = 1; part < parts; part++) {
        addPartial(partial(part));
      }
    } finally {
      SegmentPool.shared().give(block);
    }
  }

  private long partial(int part) {
    return partials + (part - 1) * m * n * dtype.byteSize();
  }

  private void addPartial(long from) {
    for (long i = 0; i < m; i++) {
      long target = c + i * ldc * dtype.byteSize();
      long source = from + i * n * dtype.byteSize();
      if (dtype == DType.FLOAT64) {
        addDoubles(target, source, n);
      } else {
        addFloats(target, source, n);
      }
    }
  }

  private static void addFloats(long target, long source, long count) {
    for (int j = 0; j < count; j++) {
      long at = target + j * 4L;
      float sum =
          Memory.ALL.get(ValueLayout.JAVA_FLOAT, at)
              + Memory.ALL.get(ValueLayout.JAVA_FLOAT, source + j * 4L);
      Memory.ALL.set(ValueLayout.JAVA_FLOAT, at, sum);
    }
  }

  private static void addDoubles(long target, long source, long count) {
    for (int j = 0; j < count; j++) {
      long at = target + j * 8L;
      double sum =
          Memory.ALL.get(ValueLayout.JAVA_DOUBLE, at)
              + Memory.ALL.get(ValueLayout.JAVA_DOUBLE, source + j * 8L);
      Memory.ALL.set(ValueLayout.JAVA_DOUBLE, at, sum);
    }
  }

  private long rowOf(long matrix, boolean transposed, long leading, long row) {
    return matrix + (transposed ? row : row * leading) * dtype.byteSize();
  }

  private long columnOf(long matrix, boolean transposed, long leading, long column) {
    return matrix + (transposed ? column * leading : column) * dtype.byteSize();
  }

  private static long roundUp(long value, long multiple) {
    return (value + multiple - 1) / multiple * multiple;
  }
}
