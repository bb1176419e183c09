package dev.panorm.ffi.openblas;

import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** One constant handle per function. Initialized after the library was opened, never before. */
final class OpenBlasHandles {

  private static final SymbolLookup LIBRARY = OpenBlasLibrary.open().symbols();

  static final MethodHandle SGEMM = OpenBlasFunction.SGEMM.bind(LIBRARY);
  static final MethodHandle DGEMM = OpenBlasFunction.DGEMM.bind(LIBRARY);
  static final MethodHandle SGEMV = OpenBlasFunction.SGEMV.bind(LIBRARY);
  static final MethodHandle DGEMV = OpenBlasFunction.DGEMV.bind(LIBRARY);
  static final SymmetricEigenproblem SSYEVD =
      new SymmetricEigenproblem(
          "ssyevd", ValueLayout.JAVA_FLOAT, OpenBlasFunction.SSYEVD.bind(LIBRARY));
  static final SymmetricEigenproblem DSYEVD =
      new SymmetricEigenproblem(
          "dsyevd", ValueLayout.JAVA_DOUBLE, OpenBlasFunction.DSYEVD.bind(LIBRARY));
  static final MethodHandle GET_CORENAME = OpenBlasFunction.GET_CORENAME.bind(LIBRARY);
  static final MethodHandle GET_NUM_THREADS = OpenBlasFunction.GET_NUM_THREADS.bind(LIBRARY);
  static final MethodHandle GET_PARALLEL = OpenBlasFunction.GET_PARALLEL.bind(LIBRARY);
  static final MethodHandle SET_NUM_THREADS = OpenBlasFunction.SET_NUM_THREADS.bind(LIBRARY);

  private OpenBlasHandles() {}
}
