package dev.panorm.ffi.openblas;

import dev.panorm.ffi.Downcalls;
import dev.panorm.ffi.NativeLibraryException;
import java.lang.foreign.MemorySegment;

/**
 * OpenBLAS, one method per C function. Matrices are row-major, in native memory, given as a segment
 * and a byte offset; a leading dimension is the distance of two rows in elements.
 *
 * <p><b>Checks.</b> Every size is checked against its segment before C sees an address, and a
 * mistake is an {@link IllegalArgumentException} that names the argument. The segments must stay
 * open until the call returns: a call passes raw addresses and does not hold them.
 *
 * <p><b>Threads.</b> All methods may be called from any number of threads at once; each call runs
 * on its caller alone. OpenBLAS's own threads stay off for two reasons. Its results depend on their
 * number: on a Zen core 208 of 296 float32 products of various shapes differed in their last bits
 * between one thread and two. And up to 0.3.33 two of its threaded products can corrupt each other
 * if their transposes differ (OpenBLAS issue 5836). Who wants more threads splits the product.
 */
public final class OpenBlas {

  private static final int ROW_MAJOR = 101;
  private static final int NO_TRANSPOSE = 111;
  private static final int TRANSPOSE = 112;

  private final OpenBlasInfo info;

  private OpenBlas(OpenBlasInfo info) {
    this.info = info;
  }

  /**
   * Opens OpenBLAS, once per JVM.
   *
   * @return the library
   * @throws NativeLibraryException if no place provides it
   */
  public static OpenBlas load() {
    // Opened first: what follows calls into it while its classes are initialized.
    OpenBlasLibrary.open();
    return Once.INSTANCE;
  }

  /** {@return which build runs and what its speed depends on} */
  public OpenBlasInfo info() {
    return info;
  }

  /**
   * {@code c = alpha * op(a) * op(b) + beta * c} in float32, where op(a) is m x k, op(b) is k x n
   * and c is m x n. With {@code beta} 0 the old content of {@code c} is not read.
   *
   * @param transposeA whether {@code a} is stored as k x m
   * @param transposeB whether {@code b} is stored as n x k
   * @param m rows of {@code c}
   * @param n columns of {@code c}
   * @param k columns of op(a)
   * @param alpha factor of the product
   * @param a left factor
   * @param aOffset byte offset of its first element
   * @param lda its leading dimension
   * @param b right factor
   * @param bOffset byte offset of its first element
   * @param ldb its leading dimension
   * @param beta factor of the old content of {@code c}
   * @param c the result, which must not overlap {@code a} or {@code b}
   * @param cOffset byte offset of its first element
   * @param ldc its leading dimension
   * @throws IllegalArgumentException if a size is negative or a matrix leaves its segment
   */
  public void sgemm(
      boolean transposeA,
      boolean transposeB,
      int m,
      int n,
      int k,
      float alpha,
      MemorySegment a,
      long aOffset,
      int lda,
      MemorySegment b,
      long bOffset,
      int ldb,
      float beta,
      MemorySegment c,
      long cOffset,
      int ldc) {
    requireDimensions("sgemm", m, n, k);
    long aStart = factor("sgemm", "a", a, aOffset, transposeA, m, k, lda, Float.BYTES);
    long bStart = factor("sgemm", "b", b, bOffset, transposeB, k, n, ldb, Float.BYTES);
    long cStart = result("sgemm", c, cOffset, m, n, ldc, Float.BYTES);
    try {
      OpenBlasHandles.SGEMM.invokeExact(
          ROW_MAJOR,
          code(transposeA),
          code(transposeB),
          m,
          n,
          k,
          alpha,
          aStart,
          lda,
          bStart,
          ldb,
          beta,
          cStart,
          ldc);
    } catch (Throwable thrown) {
      throw Downcalls.unexpected(thrown);
    }
  }

  /**
   * The float64 form of {@link #sgemm}.
   *
   * @param transposeA whether {@code a} is stored as k x m
   * @param transposeB whether {@code b} is stored as n x k
   * @param m rows of {@code c}
   * @param n columns of {@code c}
   * @param k columns of op(a)
   * @param alpha factor of the product
   * @param a left factor
   * @param aOffset byte offset of its first element
   * @param lda its leading dimension
   * @param b right factor
   * @param bOffset byte offset of its first element
   * @param ldb its leading dimension
   * @param beta factor of the old content of {@code c}
   * @param c the result, which must not overlap {@code a} or {@code b}
   * @param cOffset byte offset of its first element
   * @param ldc its leading dimension
   * @throws IllegalArgumentException if a size is negative or a matrix leaves its segment
   */
  public void dgemm(
      boolean transposeA,
      boolean transposeB,
      int m,
      int n,
      int k,
      double alpha,
      MemorySegment a,
      long aOffset,
      int lda,
      MemorySegment b,
      long bOffset,
      int ldb,
      double beta,
      MemorySegment c,
      long cOffset,
      int ldc) {
    requireDimensions("dgemm", m, n, k);
    long aStart = factor("dgemm", "a", a, aOffset, transposeA, m, k, lda, Double.BYTES);
    long bStart = factor("dgemm", "b", b, bOffset, transposeB, k, n, ldb, Double.BYTES);
    long cStart = result("dgemm", c, cOffset, m, n, ldc, Double.BYTES);
    try {
      OpenBlasHandles.DGEMM.invokeExact(
          ROW_MAJOR,
          code(transposeA),
          code(transposeB),
          m,
          n,
          k,
          alpha,
          aStart,
          lda,
          bStart,
          ldb,
          beta,
          cStart,
          ldc);
    } catch (Throwable thrown) {
      throw Downcalls.unexpected(thrown);
    }
  }

  /**
   * {@code y = alpha * op(a) * x + beta * y} in float32, where {@code a} is m x n as stored. With
   * {@code beta} 0 the old content of {@code y} is not read.
   *
   * @param transpose whether op transposes {@code a}
   * @param m rows of {@code a}
   * @param n columns of {@code a}
   * @param alpha factor of the product
   * @param a the matrix
   * @param aOffset byte offset of its first element
   * @param lda its leading dimension
   * @param x the vector, of n elements, or m if transposed
   * @param xOffset byte offset of its first element
   * @param incx distance of its elements, at least 1
   * @param beta factor of the old content of {@code y}
   * @param y the result, of m elements, or n if transposed
   * @param yOffset byte offset of its first element
   * @param incy distance of its elements, at least 1
   * @throws IllegalArgumentException if a size is negative or an argument leaves its segment
   */
  public void sgemv(
      boolean transpose,
      int m,
      int n,
      float alpha,
      MemorySegment a,
      long aOffset,
      int lda,
      MemorySegment x,
      long xOffset,
      int incx,
      float beta,
      MemorySegment y,
      long yOffset,
      int incy) {
    requireDimensions("sgemv", m, n, 0);
    long aStart = BlasArguments.matrix("sgemv", "a", a, aOffset, m, n, lda, Float.BYTES);
    long xStart =
        BlasArguments.vector("sgemv", "x", x, xOffset, transpose ? m : n, incx, Float.BYTES);
    long yStart =
        BlasArguments.vector("sgemv", "y", y, yOffset, transpose ? n : m, incy, Float.BYTES);
    BlasArguments.requireWritable("sgemv", "y", y);
    try {
      OpenBlasHandles.SGEMV.invokeExact(
          ROW_MAJOR, code(transpose), m, n, alpha, aStart, lda, xStart, incx, beta, yStart, incy);
    } catch (Throwable thrown) {
      throw Downcalls.unexpected(thrown);
    }
  }

  /**
   * The float64 form of {@link #sgemv}.
   *
   * @param transpose whether op transposes {@code a}
   * @param m rows of {@code a}
   * @param n columns of {@code a}
   * @param alpha factor of the product
   * @param a the matrix
   * @param aOffset byte offset of its first element
   * @param lda its leading dimension
   * @param x the vector, of n elements, or m if transposed
   * @param xOffset byte offset of its first element
   * @param incx distance of its elements, at least 1
   * @param beta factor of the old content of {@code y}
   * @param y the result, of m elements, or n if transposed
   * @param yOffset byte offset of its first element
   * @param incy distance of its elements, at least 1
   * @throws IllegalArgumentException if a size is negative or an argument leaves its segment
   */
  public void dgemv(
      boolean transpose,
      int m,
      int n,
      double alpha,
      MemorySegment a,
      long aOffset,
      int lda,
      MemorySegment x,
      long xOffset,
      int incx,
      double beta,
      MemorySegment y,
      long yOffset,
      int incy) {
    requireDimensions("dgemv", m, n, 0);
    long aStart = BlasArguments.matrix("dgemv", "a", a, aOffset, m, n, lda, Double.BYTES);
    long xStart =
        BlasArguments.vector("dgemv", "x", x, xOffset, transpose ? m : n, incx, Double.BYTES);
    long yStart =
        BlasArguments.vector("dgemv", "y", y, yOffset, transpose ? n : m, incy, Double.BYTES);
    BlasArguments.requireWritable("dgemv", "y", y);
    try {
      OpenBlasHandles.DGEMV.invokeExact(
          ROW_MAJOR, code(transpose), m, n, alpha, aStart, lda, xStart, incx, beta, yStart, incy);
    } catch (Throwable thrown) {
      throw Downcalls.unexpected(thrown);
    }
  }

  /**
   * Eigenvalues and eigenvectors of a symmetric float32 matrix: {@code a = Vᵀ diag(w) V}, where the
   * rows of V are the eigenvectors. Allocates a native workspace of about 2n² elements.
   *
   * @param n rows and columns, at most 32,766
   * @param a the matrix, of which the upper triangle is read; on return the eigenvectors, one a row
   * @param aOffset byte offset of its first element
   * @param lda its leading dimension
   * @param w the n eigenvalues, ascending
   * @param wOffset byte offset of the first one
   * @throws IllegalArgumentException if a size is wrong or an argument leaves its segment
   * @throws ArithmeticException if LAPACK does not converge, for which infinities or NaNs in {@code
   *     a} suffice
   */
  public void ssyevd(int n, MemorySegment a, long aOffset, int lda, MemorySegment w, long wOffset) {
    OpenBlasHandles.SSYEVD.solve(n, a, aOffset, lda, w, wOffset);
  }

  /**
   * The float64 form of {@link #ssyevd}.
   *
   * @param n rows and columns, at most 32,766
   * @param a the matrix, of which the upper triangle is read; on return the eigenvectors, one a row
   * @param aOffset byte offset of its first element
   * @param lda its leading dimension
   * @param w the n eigenvalues, ascending
   * @param wOffset byte offset of the first one
   * @throws IllegalArgumentException if a size is wrong or an argument leaves its segment
   * @throws ArithmeticException if LAPACK does not converge, for which infinities or NaNs in {@code
   *     a} suffice
   */
  public void dsyevd(int n, MemorySegment a, long aOffset, int lda, MemorySegment w, long wOffset) {
    OpenBlasHandles.DSYEVD.solve(n, a, aOffset, lda, w, wOffset);
  }

  private static int code(boolean transpose) {
    return transpose ? TRANSPOSE : NO_TRANSPOSE;
  }

  private static void requireDimensions(String function, int m, int n, int k) {
    if ((m | n | k) < 0) {
      BlasArguments.requireDimension(function, "m", m);
      BlasArguments.requireDimension(function, "n", n);
      BlasArguments.requireDimension(function, "k", k);
    }
  }

  /** Checks a factor that is rows x columns after its transposition. */
  private static long factor(
      String function,
      String name,
      MemorySegment segment,
      long offset,
      boolean transposed,
      int rows,
      int columns,
      int leading,
      int elementBytes) {
    return transposed
        ? BlasArguments.matrix(
            function, name, segment, offset, columns, rows, leading, elementBytes)
        : BlasArguments.matrix(
            function, name, segment, offset, rows, columns, leading, elementBytes);
  }

  private static long result(
      String function, MemorySegment c, long offset, int m, int n, int ldc, int elementBytes) {
    BlasArguments.requireWritable(function, "c", c);
    return BlasArguments.matrix(function, "c", c, offset, m, n, ldc, elementBytes);
  }

  private static final class Once {

    static final OpenBlas INSTANCE = new OpenBlas(OpenBlasSetup.run());
  }
}
