package dev.panorm.internal.backend.vector;

import dev.panorm.ffi.streaming.StreamingConvolutions;
import dev.panorm.ffi.streaming.StreamingKernels;
import dev.panorm.internal.memory.Memory;
import java.lang.foreign.ValueLayout;

/**
 * A {@link Correlation} in C, which needs no windows laid out and asks for more registers than the
 * JIT gives to vectors: for processors with AVX-512.
 */
final class CorrelationInC extends CorrelationTask {

  /**
   * Whether this machine has it. {@link Correlation#serves} knows the lanes of the Vector API,
   * which a JVM may have been told to make fewer.
   */
  static final boolean AVAILABLE =
      StreamingKernels.isAvailable()
          && StreamingKernels.lanes() == StreamingConvolutions.LANES
          && Lanes.FLOATS == StreamingConvolutions.LANES;

  CorrelationInC(Correlation correlation) {
    super(correlation, StreamingConvolutions.CHANNELS);
  }

  @Override
  long roomBytes() {
    return StreamingConvolutions.SHAPE_BYTES + copyBytes(c, blockRows);
  }

  /** Returns the bytes of the copy of what some rows of the target are made of. */
  static long copyBytes(Correlation c, int rows) {
    return aligned(
        (long) c.channels() * c.sourceRows(rows) * c.paddedWidth() * F4
            + StreamingConvolutions.LANES * F4);
  }

  /** Writes what {@link StreamingConvolutions} calls a shape. */
  static void describe(Correlation c, long to) {
    long at = to;
    at = put(at, c.channels(), c.outChannels());
    at = put(at, c.height(), c.width());
    at = put(at, c.outHeight(), c.outWidth());
    at = put(at, c.kernelH(), c.kernelW());
    at = put(at, c.padH(), c.padW());
    put(at, c.dilationH(), c.dilationW());
  }

  private static long put(long at, long first, long second) {
    Memory.ALL.set(ValueLayout.JAVA_LONG, at, first);
    Memory.ALL.set(ValueLayout.JAVA_LONG, at + Long.BYTES, second);
    return at + 2 * Long.BYTES;
  }

  @Override
  void block(long from, int row, int rows, long weight, long biases, long to, long room) {
    describe(c, room);
    long copy = room + StreamingConvolutions.SHAPE_BYTES;
    StreamingConvolutions.correlate(room, from, row, rows, tapRows, weight, biases, to, copy);
  }
}
