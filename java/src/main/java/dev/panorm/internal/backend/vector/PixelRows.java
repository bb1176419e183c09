package dev.panorm.internal.backend.vector;

import dev.panorm.internal.memory.Memory;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/** Rows of planes into rows of pixels, whose channels stand side by side: transposes of 4x4. */
final class PixelRows {

  /** Planes and columns that are transposed at once; neither may be fewer. */
  static final int SIDE = 4;

  private static final long F4 = Float.BYTES;
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_128;
  private static final VectorShuffle<Float> PAIRS = VectorShuffle.fromOp(S, i -> i ^ 1);
  private static final VectorShuffle<Float> HALVES = VectorShuffle.fromOp(S, i -> i ^ 2);
  private static final VectorMask<Float> ODD = VectorMask.fromLong(S, 0b1010);
  private static final VectorMask<Float> UPPER = VectorMask.fromLong(S, 0b1100);

  private PixelRows() {}

  /**
   * Writes one row of some planes as pixels.
   *
   * @param from the row in the first plane
   * @param plane bytes from plane to plane
   * @param planes how many
   * @param width elements of the row
   * @param to the first pixel
   * @param pixel bytes from pixel to pixel
   */
  static void transpose(long from, long plane, int planes, int width, long to, long pixel) {
    for (int s = 0; s < planes; s += SIDE) {
      int first = Math.min(s, planes - SIDE);
      transposeFour(from + first * plane, plane, width, to + first * F4, pixel);
    }
  }

  /** Four planes, a compile unit of its own; the last columns overlap the ones before. */
  private static void transposeFour(long from, long plane, int width, long to, long pixel) {
    for (int k = 0; k < width; k += SIDE) {
      int column = Math.min(k, width - SIDE);
      long source = from + column * F4;
      FloatVector a = load(source);
      FloatVector b = load(source + plane);
      FloatVector c = load(source + 2 * plane);
      FloatVector d = load(source + 3 * plane);
      FloatVector evenAb = a.blend(b.rearrange(PAIRS), ODD);
      FloatVector oddAb = a.rearrange(PAIRS).blend(b, ODD);
      FloatVector evenCd = c.blend(d.rearrange(PAIRS), ODD);
      FloatVector oddCd = c.rearrange(PAIRS).blend(d, ODD);
      long target = to + column * pixel;
      evenAb
          .blend(evenCd.rearrange(HALVES), UPPER)
          .intoMemorySegment(Memory.ALL, target, Lanes.ORDER);
      oddAb
          .blend(oddCd.rearrange(HALVES), UPPER)
          .intoMemorySegment(Memory.ALL, target + pixel, Lanes.ORDER);
      evenAb
          .rearrange(HALVES)
          .blend(evenCd, UPPER)
          .intoMemorySegment(Memory.ALL, target + 2 * pixel, Lanes.ORDER);
      oddAb
          .rearrange(HALVES)
          .blend(oddCd, UPPER)
          .intoMemorySegment(Memory.ALL, target + 3 * pixel, Lanes.ORDER);
    }
  }

  private static FloatVector load(long address) {
    return FloatVector.fromMemorySegment(S, Memory.ALL, address, Lanes.ORDER);
  }
}
