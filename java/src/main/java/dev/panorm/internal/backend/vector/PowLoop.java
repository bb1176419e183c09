package dev.panorm.internal.backend.vector;

/**
 * y = x^p, one element after the other: the Vector API has no code for it on most processors, and
 * calls {@link Math#pow} for vectors on the Java heap.
 */
final class PowLoop implements MapLoop {

  private static final long F4 = Float.BYTES;

  @Override
  public void one(long x, long y, int length, float p, float q) {
    for (long i = 0; i < length * F4; i += F4) {
      Lanes.set(y + i, pow(Lanes.get(x + i), p));
    }
  }

  @Override
  public void two(long a, long b, long y, int length, float p, float q) {
    one(a, y, length, p, q);
  }

  @Override
  public void firstRepeats(long a, long b, long y, int length, float p, float q) {
    Runs.fill(pow(Lanes.get(a), p), y, length);
  }

  @Override
  public void secondRepeats(long a, long b, long y, int length, float p, float q) {
    one(a, y, length, p, q);
  }

  private static float pow(float x, float p) {
    return (float) Math.pow(x, p);
  }
}
