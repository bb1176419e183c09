package dev.panorm.backend;

import dev.panorm.DType;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One way of doing the work: a rung of the ladder that {@link Backends} walks.
 *
 * <p>Implementations are public classes with a public constructor without parameters, registered
 * with {@link java.util.ServiceLoader}. The constructor must not fail: what is missing on this
 * machine is the answer of {@link #available()}. All methods may be called from any thread, and
 * answers do not change while the process runs.
 */
public interface Backend {

  /** Returns the name that users force it by: {@code vector}. */
  String name();

  /** Returns where it stands: lower numbers are asked first; {@code reference} is last. */
  int rank();

  /** Returns whether this machine and this process can run it at all. */
  Support available();

  /**
   * Returns whether it serves a request; asked only where it is available. It must not allocate,
   * since every call of an operation asks.
   *
   * @param elements size of the operation's largest operand
   */
  Support supports(Operation operation, DType dtype, long elements);

  /**
   * Returns whether the automatic choice should take it for a request, if it supports that: false
   * where a later rung is faster. A backend that the user named is taken all the same.
   *
   * @param elements size of the operation's largest operand
   * @param shortest smallest of the three sizes of a matrix product, 0 where it is not known and
   *     for other operations
   */
  default boolean worthwhile(Operation operation, DType dtype, long elements, long shortest) {
    return true;
  }

  /**
   * Returns what a report shows of it, such as SIMD width, library, version, devices; in display
   * order.
   */
  Map<String, String> details();

  /** Returns the clock of the device that it works on, null where that is the processor's own. */
  default @Nullable DeviceClock deviceClock() {
    return null;
  }

  /** Returns the kernels of {@link Operation#NORM}. */
  default NormKernels norms() {
    throw new UnsupportedOperationException(name() + " has no norm kernels");
  }

  /** Returns the kernels of {@link Operation#RESPONSE}. */
  default ResponseKernels responses() {
    throw new UnsupportedOperationException(name() + " has no response kernels");
  }

  /** Returns the kernels of {@link Operation#GEMM}. */
  default GemmKernels gemm() {
    throw new UnsupportedOperationException(name() + " has no gemm kernels");
  }

  /** Returns the kernels of {@link Operation#EIGEN}. */
  default EigenKernels eigen() {
    throw new UnsupportedOperationException(name() + " has no eigen kernels");
  }

  /** Returns the kernels of {@link Operation#ELEMENTWISE}. */
  default ElementwiseKernels elementwise() {
    throw new UnsupportedOperationException(name() + " has no elementwise kernels");
  }

  /** Returns the kernels of {@link Operation#REDUCTION}. */
  default ReductionKernels reductions() {
    throw new UnsupportedOperationException(name() + " has no reduction kernels");
  }

  /** Returns the kernels of {@link Operation#SOFTMAX}. */
  default SoftmaxKernels softmax() {
    throw new UnsupportedOperationException(name() + " has no softmax kernels");
  }

  /** Returns the kernels of {@link Operation#LOSS}. */
  default LossKernels losses() {
    throw new UnsupportedOperationException(name() + " has no loss kernels");
  }

  /** Returns the kernels of {@link Operation#CONVOLUTION}. */
  default ConvolutionKernels convolutions() {
    throw new UnsupportedOperationException(name() + " has no convolution kernels");
  }

  /** Returns the kernels of {@link Operation#POOLING}. */
  default PoolingKernels pooling() {
    throw new UnsupportedOperationException(name() + " has no pooling kernels");
  }

  /** Returns the kernels of {@link Operation#COPY}. */
  default CopyKernels copies() {
    throw new UnsupportedOperationException(name() + " has no copy kernels");
  }

  /** Returns the kernels of {@link Operation#UPDATE}. */
  default UpdateKernels updates() {
    throw new UnsupportedOperationException(name() + " has no update kernels");
  }

  /** Returns the kernels of {@link Operation#DROPOUT}. */
  default DropKernels dropout() {
    throw new UnsupportedOperationException(name() + " has no dropout kernels");
  }
}
