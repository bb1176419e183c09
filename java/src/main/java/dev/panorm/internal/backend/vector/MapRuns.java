package dev.panorm.internal.backend.vector;

/**
 * Loops over whole vectors on runs of any length: what is left behind them goes through the loop as
 * one vector in scratch memory. No loop needs a mask then, for which the JIT takes longer, and
 * which it may put on the Java heap.
 *
 * @param loop the loops over whole vectors
 */
record MapRuns(MapLoop loop) implements MapLoop {

  private static final long F4 = Float.BYTES;

  @Override
  public void one(long x, long y, int length, float p, float q) {
    int whole = whole(length);
    loop.one(x, y, whole, p, q);
    if (whole < length) {
      long at = whole * F4;
      long room = Scratch.get().tail();
      Lanes.copyFew(x + at, room, length - whole);
      loop.one(room, room, Lanes.FLOATS, p, q);
      Lanes.copyFew(room, y + at, length - whole);
    }
  }

  @Override
  public void two(long a, long b, long y, int length, float p, float q) {
    int whole = whole(length);
    loop.two(a, b, y, whole, p, q);
    if (whole < length) {
      long at = whole * F4;
      long room = Scratch.get().tail();
      long second = room + Lanes.BYTES;
      Lanes.copyFew(a + at, room, length - whole);
      Lanes.copyFew(b + at, second, length - whole);
      loop.two(room, second, room, Lanes.FLOATS, p, q);
      Lanes.copyFew(room, y + at, length - whole);
    }
  }

  @Override
  public void firstRepeats(long a, long b, long y, int length, float p, float q) {
    int whole = whole(length);
    loop.firstRepeats(a, b, y, whole, p, q);
    if (whole < length) {
      long at = whole * F4;
      long room = Scratch.get().tail();
      Lanes.copyFew(b + at, room, length - whole);
      loop.firstRepeats(a, room, room, Lanes.FLOATS, p, q);
      Lanes.copyFew(room, y + at, length - whole);
    }
  }

  @Override
  public void secondRepeats(long a, long b, long y, int length, float p, float q) {
    int whole = whole(length);
    loop.secondRepeats(a, b, y, whole, p, q);
    if (whole < length) {
      long at = whole * F4;
      long room = Scratch.get().tail();
      Lanes.copyFew(a + at, room, length - whole);
      loop.secondRepeats(room, b, room, Lanes.FLOATS, p, q);
      Lanes.copyFew(room, y + at, length - whole);
    }
  }

  private static int whole(int length) {
    return length & -Lanes.FLOATS;
  }
}
