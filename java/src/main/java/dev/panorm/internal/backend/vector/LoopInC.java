package dev.panorm.internal.backend.vector;

import dev.panorm.ffi.streaming.StreamingMaps;
import java.lang.foreign.MemorySegment;

/** A function's loop in C. */
final class LoopInC implements MapLoop {

  private final MemorySegment function;
  private final boolean streams;
  private final MapLoop pastCaches;

  /** Finds the loop by its name in C. */
  LoopInC(String name) {
    function = StreamingMaps.function(name);
    streams = false;
    pastCaches = new LoopInC(function);
  }

  private LoopInC(MemorySegment function) {
    this.function = function;
    streams = true;
    pastCaches = this;
  }

  @Override
  public void one(long x, long y, int length, float p, float q) {
    StreamingMaps.apply(function, x, x, y, length, StreamingMaps.NEITHER, p, q, streams);
  }

  @Override
  public void two(long a, long b, long y, int length, float p, float q) {
    StreamingMaps.apply(function, a, b, y, length, StreamingMaps.NEITHER, p, q, streams);
  }

  @Override
  public void firstRepeats(long a, long b, long y, int length, float p, float q) {
    StreamingMaps.apply(function, a, b, y, length, StreamingMaps.FIRST, p, q, streams);
  }

  @Override
  public void secondRepeats(long a, long b, long y, int length, float p, float q) {
    StreamingMaps.apply(function, a, b, y, length, StreamingMaps.SECOND, p, q, streams);
  }

  @Override
  public MapLoop pastCaches() {
    return pastCaches;
  }
}
