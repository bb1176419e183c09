package dev.panorm.ffi.streaming;

import dev.panorm.ffi.Downcalls;
import java.lang.invoke.MethodHandle;

/**
 * Convolutions of stride 1 of float32 planes on vectors of {@value #LANES} lanes, for processors
 * with AVX-512.
 *
 * <p>Any thread may call, each with memory of its own for the copy. No safepoint waits for a call.
 * Addresses are absolute and checked by the caller, results overlap nothing that is read. A row of
 * the target has {@value #LANES} elements at least.
 */
public final class StreamingConvolutions {

  /** The {@link StreamingKernels#lanes()} that a processor must have. */
  public static final int LANES = 16;

  /** Channels of the target that are computed together. */
  public static final int CHANNELS = 8;

  /**
   * Bytes of a shape: 12 numbers of 64 bits and some more. They are channels of the source and of
   * the target, of one group; rows and columns of a plane of the source, of the target and of the
   * kernel; rows of zeros above and columns to the left; rows and columns from element to element
   * of the kernel.
   */
  public static final long SHAPE_BYTES = 128;

  private static final MethodHandle CORRELATE = StreamingHandles.large("correlate", "lllllllll");
  private static final MethodHandle GRADIENT =
      StreamingHandles.large("correlate_gradient", "lllllllllll");

  private StreamingConvolutions() {}

  /**
   * Computes some rows of all planes of the target. The result is a chain of fused multiplications
   * and additions, beginning with 0, over {@code chain} rows of the kernel, its columns and the
   * source's channels, plus the bias, plus the chains of the kernel's other rows.
   *
   * @param shape address of a shape
   * @param source address of the first plane of the source
   * @param row first row of the target
   * @param rows how many
   * @param chain rows of the kernel for one chain
   * @param weights address of panels of {@value #CHANNELS} channels of the target, side by side for
   *     each row and column of the kernel and channel of the source, zeros for those that are not
   * @param bias address of an element for each channel of the target, or 0
   * @param target address of the first plane of the target
   * @param copy address of room for each channel's rows and columns of the source with the zeros
   *     around that {@code rows} are made of, and {@value #LANES} elements more
   */
  public static void correlate(
      long shape,
      long source,
      long row,
      long rows,
      long chain,
      long weights,
      long bias,
      long target,
      long copy) {
    try {
      CORRELATE.invokeExact(shape, source, row, rows, chain, weights, bias, target, copy);
    } catch (Throwable thrown) {
      throw Downcalls.unexpected(thrown);
    }
  }

  /**
   * Adds the gradient of the weight, from some rows of some samples. The target has {@value
   * #CHANNELS} channels at least.
   *
   * @param shape address of a shape
   * @param source address of the first sample's first plane of the source
   * @param sourceSample elements from sample to sample there
   * @param dy address of the first sample's first plane of the target's gradient
   * @param dySample elements from sample to sample there
   * @param samples how many
   * @param row first row of the target
   * @param rows how many
   * @param gradient address of channels of the target x channels of the source x rows x columns of
   *     the kernel
   * @param copy address of room as for {@link #correlate}, for each sample
   * @param packed address of room for {@value #CHANNELS} vectors for each sample, row and vector of
   *     a row of the target
   */
  public static void correlateGradient(
      long shape,
      long source,
      long sourceSample,
      long dy,
      long dySample,
      long samples,
      long row,
      long rows,
      long gradient,
      long copy,
      long packed) {
    try {
      GRADIENT.invokeExact(
          shape, source, sourceSample, dy, dySample, samples, row, rows, gradient, copy, packed);
    } catch (Throwable thrown) {
      throw Downcalls.unexpected(thrown);
    }
  }
}
