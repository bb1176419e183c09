package dev.panorm.ffi.clblast;

import dev.panorm.ffi.Downcalls;
import dev.panorm.ffi.LoadedLibrary;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/**
 * C = alpha · op(A) · op(B) + beta · C on an OpenCL device, by CLBlast's tuned kernels.
 *
 * <p>Calls enqueue and return; the first call of a kind compiles. Buffers and queue are the
 * caller's and belong to one context. Nothing is checked here but by CLBlast itself, whose sizes
 * are 32-bit: no matrix may reach beyond element 2³¹ − 1 of its buffer.
 */
public final class ClBlast {

  /** System property: the file to load. */
  public static final String PATH_PROPERTY = "panorm.clblast.path";

  /** What a user can do where the library is missing. */
  public static final String REMEDY =
      "install CLBlast (Debian and Ubuntu: libclblast1; Fedora: clblast), or name a file with -D"
          + PATH_PROPERTY;

  private static final int ROW_MAJOR = 101;
  private static final int PLAIN = 111;
  private static final int TRANSPOSED = 112;

  private ClBlast() {}

  /** {@return whether the library can be called here} */
  public static boolean isAvailable() {
    return ClBlastLibrary.ONCE.library() != null;
  }

  /** {@return every place that was tried and why it did not serve, empty where one did} */
  public static String refusal() {
    return ClBlastLibrary.ONCE.refusal();
  }

  /** {@return where the library came from} */
  public static String location() {
    LoadedLibrary library = Objects.requireNonNull(ClBlastLibrary.ONCE.library());
    return library.source().label() + " " + library.location();
  }

  /**
   * Enqueues one product, or one for each matrix of a batch.
   *
   * @param wide whether the data is float64, else float32
   * @param transposeA whether A is stored as k x m
   * @param transposeB whether B is stored as n x k
   * @param batch number of matrices, 1 or more
   * @param m rows of C, 1 or more
   * @param n columns of C, 1 or more
   * @param k columns of op(A), 1 or more
   * @param alpha factor of the product
   * @param a the matrices A
   * @param b the matrices B
   * @param beta factor of the old C; where it is 0, C is not read
   * @param c the matrices C
   * @param queue the native {@code cl_command_queue}
   * @return CLBlast's status, 0 for success; {@link #describe} explains it
   */
  public static int gemm(
      boolean wide,
      boolean transposeA,
      boolean transposeB,
      long batch,
      long m,
      long n,
      long k,
      double alpha,
      ClMatrices a,
      ClMatrices b,
      double beta,
      ClMatrices c,
      long queue) {
    int left = transposeA ? TRANSPOSED : PLAIN;
    int right = transposeB ? TRANSPOSED : PLAIN;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment queues = arena.allocateFrom(ValueLayout.JAVA_LONG, queue);
      if (batch == 1) {
        return single(wide, left, right, m, n, k, alpha, a, b, beta, c, queues);
      }
      return batch(wide, left, right, batch, m, n, k, alpha, a, b, beta, c, queues);
    } catch (Throwable thrown) {
      throw Downcalls.unexpected(thrown);
    }
  }

  private static int single(
      boolean wide,
      int left,
      int right,
      long m,
      long n,
      long k,
      double alpha,
      ClMatrices a,
      ClMatrices b,
      double beta,
      ClMatrices c,
      MemorySegment queues)
      throws Throwable {
    if (wide) {
      return (int)
          ClBlastHandles.DGEMM.invokeExact(
              ROW_MAJOR,
              left,
              right,
              m,
              n,
              k,
              alpha,
              a.buffer(),
              a.offset(),
              a.pitch(),
              b.buffer(),
              b.offset(),
              b.pitch(),
              beta,
              c.buffer(),
              c.offset(),
              c.pitch(),
              queues,
              MemorySegment.NULL);
    }
    return (int)
        ClBlastHandles.SGEMM.invokeExact(
            ROW_MAJOR,
            left,
            right,
            m,
            n,
            k,
            (float) alpha,
            a.buffer(),
            a.offset(),
            a.pitch(),
            b.buffer(),
            b.offset(),
            b.pitch(),
            (float) beta,
            c.buffer(),
            c.offset(),
            c.pitch(),
            queues,
            MemorySegment.NULL);
  }

  private static int batch(
      boolean wide,
      int left,
      int right,
      long batch,
      long m,
      long n,
      long k,
      double alpha,
      ClMatrices a,
      ClMatrices b,
      double beta,
      ClMatrices c,
      MemorySegment queues)
      throws Throwable {
    if (wide) {
      return (int)
          ClBlastHandles.DGEMM_BATCH.invokeExact(
              ROW_MAJOR,
              left,
              right,
              m,
              n,
              k,
              alpha,
              a.buffer(),
              a.offset(),
              a.pitch(),
              a.stride(),
              b.buffer(),
              b.offset(),
              b.pitch(),
              b.stride(),
              beta,
              c.buffer(),
              c.offset(),
              c.pitch(),
              c.stride(),
              batch,
              queues,
              MemorySegment.NULL);
    }
    return (int)
        ClBlastHandles.SGEMM_BATCH.invokeExact(
            ROW_MAJOR,
            left,
            right,
            m,
            n,
            k,
            (float) alpha,
            a.buffer(),
            a.offset(),
            a.pitch(),
            a.stride(),
            b.buffer(),
            b.offset(),
            b.pitch(),
            b.stride(),
            (float) beta,
            c.buffer(),
            c.offset(),
            c.pitch(),
            c.stride(),
            batch,
            queues,
            MemorySegment.NULL);
  }

  /**
   * Explains a status.
   *
   * @param status what {@link #gemm} returned
   * @return text for a message
   */
  public static String describe(int status) {
    String meaning =
        switch (status) {
          case 0 -> "success";
          case -4 -> "no room for its temporary memory";
          case -5 -> "the device is out of resources";
          case -6 -> "the host is out of memory";
          case -11 -> "its kernels do not compile on this device";
          case -1011, -1010, -1009 -> "a buffer is too small for its matrix";
          case -2046 -> "the device has too little local memory";
          case -2044 -> "the device has no double precision";
          case -2041 -> "it has no parameters for this device";
          default -> "see CLBlastStatusCode in clblast_c.h";
        };
    return status + " (" + meaning + ")";
  }
}
