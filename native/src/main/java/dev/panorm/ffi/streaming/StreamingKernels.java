package dev.panorm.ffi.streaming;

import dev.panorm.ffi.Downcalls;

/**
 * Norms in C: what the Vector API cannot do where a result is larger than the caches, a last pass
 * with non-temporal stores, since a plain store reads each line that it overwrites and keeps it
 * where it is of no use, and sums with prefetching; and rows and planes of every size from their
 * statistics to their result, which the JIT compiles into longer code.
 *
 * <p>Addresses are absolute and checked by the caller, lengths in elements, strides in elements,
 * all data float32; c stands for x − centre. Results are rounded as {@code fma(fma(c, rstd, shift),
 * weight, bias)} and so on, and sums are taken in the order of the Vector API's loops, so that the
 * bits are the same with and without these kernels. No thread may read what streamed before the
 * thread that wrote it has called {@link #fence}. A call takes about a microsecond for 8,192
 * elements; but for large sets it delays a safepoint by as much, so callers keep pieces short. Any
 * thread may call.
 */
public final class StreamingKernels {

  /** Elements of the largest set for which a safepoint may wait. */
  private static final long LARGEST_SHORT = 1L << 18;

  private StreamingKernels() {}

  /** {@return whether the kernels can be called here} */
  public static boolean isAvailable() {
    return StreamingLibrary.ONCE.library() != null;
  }

  /** {@return why they cannot be called, empty where they can} */
  public static String refusal() {
    return StreamingLibrary.ONCE.refusal();
  }

  /**
   * {@return the float32 lanes of the kernels that add up, on whose number the bits of a sum
   * depend}
   */
  public static int lanes() {
    return StreamingHandles.LANES;
  }

  /**
   * Adds Σ d and Σ d² to the sums, d = x − shift, in float32.
   *
   * @param x address of n elements
   * @param n number of elements, at least {@link #lanes}
   * @param shift what is subtracted
   * @param sums address of two float64
   */
  public static void moments(long x, long n, float shift, long sums) {
    try {
      StreamingHandles.MOMENTS.invokeExact(x, n, shift, sums);
    } catch (Throwable thrown) {
      throw Downcalls.unexpected(thrown);
    }
  }

  /**
   * Normalizes rows, y = x̂ · weight + bias, then what follows, and saves their statistics, rstd =
   * 1 / √(variance + eps). Ends before a row whose variance one pass about a mean of a few elements
   * cannot give.
   *
   * @param x address of the first row
   * @param y address of the result; may be x if it does not stream
   * @param rows number of rows
   * @param n elements of a row
   * @param weight address of n weights
   * @param bias address of n biases
   * @param eps added to the variance
   * @param centred whether the mean is subtracted
   * @param mean address of the first row's mean, 0 if it is not wanted
   * @param low address of what the rounding of the mean lost, 0 if it is not wanted
   * @param rstd address of the first row's rstd, 0 if it is not wanted
   * @param after address of what is added to the result, as y stands; 0 for nothing
   * @param activation what is applied in the end: 0 nothing, 1 ReLU, 2 GELU, 3 its tanh form, 4
   *     SiLU, 5 the sigmoid, 6 tanh
   * @param streams whether the result goes past the caches
   * @return how many rows were normalized
   */
  public static long normalizeRows(
      long x,
      long y,
      long rows,
      long n,
      long weight,
      long bias,
      double eps,
      boolean centred,
      long mean,
      long low,
      long rstd,
      long after,
      int activation,
      boolean streams) {
    try {
      return (long)
          StreamingHandles.NORMALIZE_ROWS.invokeExact(
              x,
              y,
              rows,
              n,
              weight,
              bias,
              eps,
              centred,
              mean,
              low,
              rstd,
              after,
              activation,
              streams);
    } catch (Throwable thrown) {
      throw Downcalls.unexpected(thrown);
    }
  }

  /**
   * dx of rows whose rstd has eps inside the root, and adds dz · x̂ and dz to float32 sums of each
   * column, row by row.
   *
   * @param x address of the first row
   * @param dy address of the first row's upstream gradient
   * @param room address of dz behind an activation, of a row or of all rows
   * @param step elements from a row's dz to the next, 0 where room has one row
   * @param dx address of the result; may be x or dy or, where it is of all rows, room if it does
   *     not stream
   * @param rows number of rows
   * @param n elements of a row
   * @param weight address of n weights
   * @param bias address of n biases, for the activation
   * @param mean address of the first row's mean, 0 if it is 0
   * @param low address of what the rounding of the mean lost, 0 if it is 0
   * @param rstd address of the first row's rstd
   * @param centred whether the mean was subtracted
   * @param after address of what was added to the result before the activation; 0 for nothing
   * @param activation what was applied in the end, by its number as in {@link #normalizeRows}
   * @param dsum address of what is added to dx; 0 for nothing
   * @param dweight address of n sums
   * @param dbias address of n sums
   * @param streams whether the result goes past the caches
   */
  public static void differentiateRows(
      long x,
      long dy,
      long room,
      long step,
      long dx,
      long rows,
      long n,
      long weight,
      long bias,
      long mean,
      long low,
      long rstd,
      boolean centred,
      long after,
      int activation,
      long dsum,
      long dweight,
      long dbias,
      boolean streams) {
    try {
      StreamingHandles.DIFFERENTIATE_ROWS.invokeExact(
          x,
          dy,
          room,
          step,
          dx,
          rows,
          n,
          weight,
          bias,
          mean,
          low,
          rstd,
          centred,
          after,
          activation,
          dsum,
          dweight,
          dbias,
          streams);
    } catch (Throwable thrown) {
      throw Downcalls.unexpected(thrown);
    }
  }

  /**
   * Normalizes channels that share statistics, y = x̂ · weight + bias, then what follows, unless
   * one pass about a mean of a few elements cannot give their variance.
   *
   * @param x address of the first channel in the first sample
   * @param y address of the result; may be x if it does not stream
   * @param samples number of samples
   * @param stride from sample to sample
   * @param channels number of adjacent channels
   * @param n elements of a channel in a sample
   * @param weight address of the first channel's weight
   * @param bias address of the first channel's bias
   * @param eps added to the variance
   * @param centred whether the mean is subtracted
   * @param moments address of two float64, mean and variance
   * @param after address of what is added to the result, as y stands; 0 for nothing
   * @param activation what is applied in the end: 0 nothing, 1 ReLU, 2 GELU, 3 its tanh form, 4
   *     SiLU, 5 the sigmoid, 6 tanh
   * @param streams whether the result goes past the caches
   * @return whether it was done; otherwise y is as it was
   */
  public static boolean normalizeSet(
      long x,
      long y,
      long samples,
      long stride,
      long channels,
      long n,
      long weight,
      long bias,
      double eps,
      boolean centred,
      long moments,
      long after,
      int activation,
      boolean streams) {
    try {
      if (samples * channels * n > LARGEST_SHORT) {
        return (boolean)
            StreamingHandles.NORMALIZE_LARGE_SET.invokeExact(
                x,
                y,
                samples,
                stride,
                channels,
                n,
                weight,
                bias,
                eps,
                centred,
                moments,
                after,
                activation,
                streams);
      }
      return (boolean)
          StreamingHandles.NORMALIZE_SET.invokeExact(
              x,
              y,
              samples,
              stride,
              channels,
              n,
              weight,
              bias,
              eps,
              centred,
              moments,
              after,
              activation,
              streams);
    } catch (Throwable thrown) {
      throw Downcalls.unexpected(thrown);
    }
  }

  /**
   * dx of channels that share statistics whose rstd has eps inside the root, and the sums for the
   * gradients of weight and bias.
   *
   * @param x address of the first channel in the first sample
   * @param dy address of the upstream gradient
   * @param room address of dz behind an activation; 0 for a ReLU alone, which is taken from the
   *     norm's results in each sweep
   * @param roomStride from sample to sample in the room
   * @param dx address of the result; may be x or dy or, with the same strides, room if it does not
   *     stream
   * @param samples number of samples
   * @param stride from sample to sample
   * @param channels number of adjacent channels
   * @param n elements of a channel in a sample
   * @param weight address of the first channel's weight
   * @param bias address of the first channel's bias, for the activation
   * @param mean the mean
   * @param low what its rounding lost
   * @param rstd its rstd
   * @param centred whether the mean was subtracted
   * @param after address of what was added to the result before the activation; 0 for nothing
   * @param activation what was applied in the end, by its number as in {@link #normalizeRows}
   * @param kept address where dz goes too, which streams as dx does; 0 for nowhere
   * @param dsum address of what is added to dx; 0 for nothing
   * @param sums address of two float64 for each channel, Σ dz and Σ dz · (x − mean)
   * @param streams whether the result goes past the caches
   */
  public static void differentiateSet(
      long x,
      long dy,
      long room,
      long roomStride,
      long dx,
      long samples,
      long stride,
      long channels,
      long n,
      long weight,
      long bias,
      float mean,
      float low,
      float rstd,
      boolean centred,
      long after,
      int activation,
      long kept,
      long dsum,
      long sums,
      boolean streams) {
    try {
      if (samples * channels * n > LARGEST_SHORT) {
        StreamingHandles.DIFFERENTIATE_LARGE_SET.invokeExact(
            x,
            dy,
            room,
            roomStride,
            dx,
            samples,
            stride,
            channels,
            n,
            weight,
            bias,
            mean,
            low,
            rstd,
            centred,
            after,
            activation,
            kept,
            dsum,
            sums,
            streams);
        return;
      }
      StreamingHandles.DIFFERENTIATE_SET.invokeExact(
          x,
          dy,
          room,
          roomStride,
          dx,
          samples,
          stride,
          channels,
          n,
          weight,
          bias,
          mean,
          low,
          rstd,
          centred,
          after,
          activation,
          kept,
          dsum,
          sums,
          streams);
    } catch (Throwable thrown) {
      throw Downcalls.unexpected(thrown);
    }
  }

  /**
   * y = c · scale + shift of adjacent runs, then what follows.
   *
   * @param x address of the first run
   * @param y address of the result; may be x if it does not stream
   * @param runs number of runs
   * @param n elements of a run
   * @param terms address of centre, scale and shift of the first run, before those of the next
   * @param after address of what is added to the result, as y stands; 0 for nothing
   * @param activation what is applied in the end: 0 nothing, 1 ReLU, 2 GELU, 3 its tanh form, 4
   *     SiLU, 5 the sigmoid, 6 tanh
   * @param streams whether the result goes past the caches
   */
  public static void normalizeRuns(
      long x, long y, long runs, long n, long terms, long after, int activation, boolean streams) {
    try {
      StreamingHandles.NORMALIZE_RUNS.invokeExact(x, y, runs, n, terms, after, activation, streams);
    } catch (Throwable thrown) {
      throw Downcalls.unexpected(thrown);
    }
  }

  /** Makes what this thread has streamed visible before anything that it stores from now on. */
  public static void fence() {
    try {
      StreamingHandles.FENCE.invokeExact();
    } catch (Throwable thrown) {
      throw Downcalls.unexpected(thrown);
    }
  }
}
