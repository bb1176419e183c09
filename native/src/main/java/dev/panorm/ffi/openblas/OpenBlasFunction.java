package dev.panorm.ffi.openblas;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.panorm.ffi.Downcalls;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/**
 * The C functions that Panorm calls, with their signatures. Matrices are passed as raw addresses:
 * they are checked before the call, and passing a segment would add liveness bookkeeping per
 * argument to calls that take 100 ns.
 */
enum OpenBlasFunction {
  SGEMM("cblas_sgemm", gemm(JAVA_FLOAT)),
  DGEMM("cblas_dgemm", gemm(JAVA_DOUBLE)),
  SGEMV("cblas_sgemv", gemv(JAVA_FLOAT)),
  DGEMV("cblas_dgemv", gemv(JAVA_DOUBLE)),
  // The Fortran names, since a system's OpenBLAS often comes without LAPACKE.
  SSYEVD("ssyevd_", syevd()),
  DSYEVD("dsyevd_", syevd()),
  GET_CONFIG("openblas_get_config", FunctionDescriptor.of(ADDRESS)),
  GET_CORENAME("openblas_get_corename", FunctionDescriptor.of(ADDRESS)),
  GET_NUM_THREADS("openblas_get_num_threads", FunctionDescriptor.of(JAVA_INT)),
  GET_PARALLEL("openblas_get_parallel", FunctionDescriptor.of(JAVA_INT)),
  SET_NUM_THREADS("openblas_set_num_threads", FunctionDescriptor.ofVoid(JAVA_INT));

  private final String symbol;

  // Value-based and unmodifiable, which Error Prone does not know.
  @SuppressWarnings("ImmutableEnumChecker")
  private final FunctionDescriptor descriptor;

  OpenBlasFunction(String symbol, FunctionDescriptor descriptor) {
    this.symbol = symbol;
    this.descriptor = descriptor;
  }

  String symbol() {
    return symbol;
  }

  MethodHandle bind(SymbolLookup library) {
    return Downcalls.bind(library, symbol, descriptor);
  }

  /** Order, transposes; m, n, k; alpha; a, lda; b, ldb; beta; c, ldc. */
  private static FunctionDescriptor gemm(MemoryLayout scalar) {
    return FunctionDescriptor.ofVoid(
        JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, scalar, JAVA_LONG, JAVA_INT,
        JAVA_LONG, JAVA_INT, scalar, JAVA_LONG, JAVA_INT);
  }

  /** Order, transpose; m, n; alpha; a, lda; x, incx; beta; y, incy. */
  private static FunctionDescriptor gemv(MemoryLayout scalar) {
    return FunctionDescriptor.ofVoid(
        JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, scalar, JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT,
        scalar, JAVA_LONG, JAVA_INT);
  }

  /** Everything by reference, then the hidden lengths of the two strings. */
  private static FunctionDescriptor syevd() {
    return FunctionDescriptor.ofVoid(
        ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS, ADDRESS, ADDRESS,
        ADDRESS, ADDRESS, JAVA_LONG, JAVA_LONG);
  }
}
