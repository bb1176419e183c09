package dev.panorm.backend;

/** The families of operations that a backend may serve; each has one kernel interface. */
public enum Operation {
  /** Norms, forward and backward: {@link NormKernels}. */
  NORM,
  /** Local response normalization: {@link ResponseKernels}. */
  RESPONSE,
  /** Matrix products: {@link GemmKernels}. */
  GEMM,
  /** Eigenvalues and eigenvectors: {@link EigenKernels}. */
  EIGEN,
  /** Functions of each element by itself, with broadcasting: {@link ElementwiseKernels}. */
  ELEMENTWISE,
  /** Sums, means and extrema over some dimensions: {@link ReductionKernels}. */
  REDUCTION,
  /** Softmax and its logarithm: {@link SoftmaxKernels}. */
  SOFTMAX,
  /** Losses: {@link LossKernels}. */
  LOSS,
  /** Convolutions, forward and backward: {@link ConvolutionKernels}. */
  CONVOLUTION,
  /** Pooling, forward and backward: {@link PoolingKernels}. */
  POOLING,
  /** Copies into another order: {@link CopyKernels}. */
  COPY,
  /** Optimizer steps: {@link UpdateKernels}. */
  UPDATE,
  /** Dropout: {@link DropKernels}. */
  DROPOUT;

  /** Returns the name that reports use: {@code norm}. */
  @Override
  public String toString() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}
