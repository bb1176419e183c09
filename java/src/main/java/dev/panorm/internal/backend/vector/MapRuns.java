package dev.panorm.internal.backend.vector;

/**
 * {@link MapLoop}s on runs of any length: what is left behind the whole vectors goes through them
 * as one vector in scratch memory. No loop needs a mask then, for which the JIT takes longer, and
 * which it may put on the Java heap.
 */
final class MapRuns {

  private static final long F4 = Float.BYTES;

  private MapRuns() {}

  /** y = f(x); y may be x. */
  static void one(MapLoop loop, long x, long y, int length, float p, float q) {
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

  /** y = f(a, b); y may be either. */
  static void two(MapLoop loop, long a, long b, long y, int length, float p, float q) {
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

  /** y = f(a, b) with the same a for all. */
  static void firstRepeats(MapLoop loop, float a, long b, long y, int length, float p, float q) {
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

  /** y = f(a, b) with the same b for all. */
  static void secondRepeats(MapLoop loop, long a, float b, long y, int length, float p, float q) {
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
