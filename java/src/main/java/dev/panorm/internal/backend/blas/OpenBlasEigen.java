package dev.panorm.internal.backend.blas;

import dev.panorm.DType;
import dev.panorm.Tensor;
import dev.panorm.backend.EigenKernels;
import dev.panorm.ffi.openblas.OpenBlas;
import dev.panorm.internal.memory.Memory;

/** {@link EigenKernels} by the LAPACK that comes with OpenBLAS: divide and conquer, syevd. */
final class OpenBlasEigen implements EigenKernels {

  private final OpenBlas blas;

  OpenBlasEigen(OpenBlas blas) {
    this.blas = blas;
  }

  @Override
  public void symmetric(Tensor a, Tensor values) {
    int n = Math.toIntExact(values.elements());
    long matrix = a.updateAddress();
    long eigenvalues = values.writeAddress();
    if (a.dtype() == DType.FLOAT64) {
      blas.dsyevd(n, Memory.ALL, matrix, n, Memory.ALL, eigenvalues);
    } else {
      blas.ssyevd(n, Memory.ALL, matrix, n, Memory.ALL, eigenvalues);
    }
  }
}
