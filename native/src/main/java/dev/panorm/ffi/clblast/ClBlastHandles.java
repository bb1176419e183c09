package dev.panorm.ffi.clblast;

import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Objects;

/** One constant handle per function. Initialized only where the library serves. */
final class ClBlastHandles {

  private static final SymbolLookup LIBRARY =
      Objects.requireNonNull(ClBlastLibrary.ONCE.library()).symbols();

  static final MethodHandle SGEMM = ClBlastFunction.SGEMM.bind(LIBRARY);
  static final MethodHandle DGEMM = ClBlastFunction.DGEMM.bind(LIBRARY);
  static final MethodHandle SGEMM_BATCH = ClBlastFunction.SGEMM_BATCH.bind(LIBRARY);
  static final MethodHandle DGEMM_BATCH = ClBlastFunction.DGEMM_BATCH.bind(LIBRARY);

  private ClBlastHandles() {}
}
