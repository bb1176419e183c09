package dev.panorm.ffi.clblast;

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

/** The C functions that Panorm calls, with their signatures. Handles of OpenCL are addresses. */
enum ClBlastFunction {
  SGEMM("CLBlastSgemm", gemm(JAVA_FLOAT)),
  DGEMM("CLBlastDgemm", gemm(JAVA_DOUBLE)),
  SGEMM_BATCH("CLBlastSgemmStridedBatched", batch(JAVA_FLOAT)),
  DGEMM_BATCH("CLBlastDgemmStridedBatched", batch(JAVA_DOUBLE));

  private final String symbol;

  // Value-based and unmodifiable, which Error Prone does not know.
  @SuppressWarnings("ImmutableEnumChecker")
  private final FunctionDescriptor descriptor;

  ClBlastFunction(String symbol, FunctionDescriptor descriptor) {
    this.symbol = symbol;
    this.descriptor = descriptor;
  }

  String symbol() {
    return symbol;
  }

  MethodHandle bind(SymbolLookup library) {
    return Downcalls.bind(library, symbol, descriptor);
  }

  /** Layout, transposes; m, n, k; alpha; a, offset, ld; b, ...; beta; c, ...; queue, event. */
  private static FunctionDescriptor gemm(MemoryLayout scalar) {
    return FunctionDescriptor.of(
        JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, scalar, JAVA_LONG,
        JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, scalar, JAVA_LONG, JAVA_LONG,
        JAVA_LONG, ADDRESS, ADDRESS);
  }

  /** The same with a stride behind each ld, and the number of matrices before the queue. */
  private static FunctionDescriptor batch(MemoryLayout scalar) {
    return FunctionDescriptor.of(
        JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, scalar, JAVA_LONG,
        JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, scalar,
        JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, ADDRESS, ADDRESS);
  }
}
