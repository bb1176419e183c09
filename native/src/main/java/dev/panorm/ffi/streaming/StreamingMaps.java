package dev.panorm.ffi.streaming;

import dev.panorm.ffi.Downcalls;
import java.lang.foreign.MemorySegment;

/**
 * Functions of each element by itself in C, in one loop each. On the Vector API the second compiler
 * now and then keeps the vectors of such a loop as objects on the Java heap, a hundred times as
 * slow, and which loop it is changes from run to run; these have no such state.
 *
 * <p>Addresses, lengths and safepoints are as for {@link StreamingKernels}, and so are the bits.
 */
public final class StreamingMaps {

  /** Both operands have as many elements as the result. */
  public static final int NEITHER = 0;

  /** The first operand is one number for all elements. */
  public static final int FIRST = 1;

  /** The second operand is one number for all elements. */
  public static final int SECOND = 2;

  private StreamingMaps() {}

  /**
   * {@return the function of this name}
   *
   * @param name the name in {@code maps.h}
   * @throws UnsatisfiedLinkError if there is none
   */
  public static MemorySegment function(String name) {
    return StreamingHandles.address("map_" + name);
  }

  /**
   * y = f(a, b).
   *
   * @param f the function
   * @param a address of the first operand
   * @param b address of the second operand; the first again where the function has only one
   * @param y address of the result; may be a or b if it does not stream
   * @param n number of elements
   * @param repeats {@link #NEITHER}, {@link #FIRST} or {@link #SECOND}
   * @param p first constant of the function, if it has any
   * @param q second constant
   * @param streams whether the result goes past the caches
   */
  public static void apply(
      MemorySegment f,
      long a,
      long b,
      long y,
      long n,
      int repeats,
      float p,
      float q,
      boolean streams) {
    try {
      StreamingHandles.MAP.invokeExact(f, a, b, y, n, repeats, p, q, streams);
    } catch (Throwable thrown) {
      throw Downcalls.unexpected(thrown);
    }
  }
}
