package dev.panorm.internal.backend.vector;

/**
 * y = outer(x, inner(x)) of one operand, chunk by chunk, for a function that is too long for the
 * JIT to compile in one piece.
 *
 * @param inner a function of one operand
 * @param outer a function of x and what the inner one gave
 */
record ChainedLoop(MapLoop inner, MapLoop outer) implements MapLoop {

  private static final long F4 = Float.BYTES;

  @Override
  public void one(long x, long y, int length, float p, float q) {
    long between = Scratch.get().first();
    for (int i = 0; i < length; i += Scratch.CHUNK) {
      int some = Math.min(Scratch.CHUNK, length - i);
      inner.one(x + i * F4, between, some, p, q);
      outer.two(x + i * F4, between, y + i * F4, some, p, q);
    }
  }

  @Override
  public void two(long a, long b, long y, int length, float p, float q) {
    one(a, y, length, p, q);
  }

  @Override
  public void firstRepeats(long a, long b, long y, int length, float p, float q) {
    Runs.fill(Lanes.get(a), y, length);
    one(y, y, length, p, q);
  }

  @Override
  public void secondRepeats(long a, long b, long y, int length, float p, float q) {
    one(a, y, length, p, q);
  }
}
