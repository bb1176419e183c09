package dev.panorm.internal.backend.vector;

import static dev.panorm.internal.backend.vector.Lanes.FLOATS;
import static dev.panorm.internal.backend.vector.Lanes.broadcast;
import static dev.panorm.internal.backend.vector.Lanes.first;
import static dev.panorm.internal.backend.vector.Lanes.load;
import static dev.panorm.internal.backend.vector.Lanes.store;

import dev.panorm.internal.memory.Memory;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Largest elements of several windows at once, one in each lane, with their positions: the first of
 * equal ones, the last NaN before all. Addresses are absolute.
 */
final class MaxLoops {

  private static final long F4 = Float.BYTES;
  private static final VectorSpecies<Integer> I =
      VectorSpecies.of(int.class, Lanes.F.vectorShape());
  private static final VectorSpecies<Long> L = VectorSpecies.of(long.class, Lanes.F.vectorShape());
  private static final VectorShuffle<Float> EVEN = VectorShuffle.makeUnzip(Lanes.F, 0);
  private static final IntVector LANE = IntVector.zero(I).addIndex(1);

  private MaxLoops() {}

  /**
   * Windows side by side, one or two columns apart.
   *
   * @param x address of row 0, column {@code left} of the plane
   * @param left first column of the first window
   * @param windows number of windows, at most one vector of them
   * @param stride columns from window to window, 1 or 2
   * @param row first row
   * @param after row after the last
   * @param rowStep rows from element to element
   * @param columns elements of a row of a window
   * @param columnStep columns from element to element
   * @param width columns of the plane
   * @param y receives the largest
   * @param indices receives the positions, 0 for none
   */
  static void sideBySide(
      long x,
      int left,
      int windows,
      int stride,
      int row,
      int after,
      int rowStep,
      int columns,
      int columnStep,
      int width,
      long y,
      long indices) {
    FloatVector best = broadcast(Float.NEGATIVE_INFINITY);
    IntVector position = IntVector.broadcast(I, row * width);
    VectorMask<Float> mask = first(windows);
    VectorMask<Float> low = first(2 * windows - 1);
    VectorMask<Float> high = first(2 * windows - 1 - FLOATS);
    for (int h = row; h < after; h += rowStep) {
      for (int j = 0; j < columns; j++) {
        int offset = h * width + j * columnStep;
        long at = x + offset * F4;
        FloatVector v =
            stride == 1
                ? load(at, mask)
                : load(at, low).rearrange(EVEN, load(at + Lanes.BYTES, high));
        VectorMask<Float> taken = taken(v, best);
        best = best.blend(v, taken);
        position = position.blend(offset, taken.cast(I));
      }
    }
    store(best, y, mask);
    if (indices != 0) {
      storeIndices(position.add(LANE.mul(stride)).add(left), indices, windows);
    }
  }

  /**
   * The same window of neighbouring channels.
   *
   * @param x address of row 0, column 0 of the first channel
   * @param channels number of channels, at most one vector of them
   * @param pixel bytes from column to column
   * @param row first row
   * @param afterRow row after the last
   * @param rowStep rows from element to element
   * @param column first column
   * @param afterColumn column after the last
   * @param columnStep columns from element to element
   * @param width columns of the plane
   * @param y receives the largest
   * @param indices receives the positions, 0 for none
   */
  static void channels(
      long x,
      int channels,
      long pixel,
      int row,
      int afterRow,
      int rowStep,
      int column,
      int afterColumn,
      int columnStep,
      int width,
      long y,
      long indices) {
    FloatVector best = broadcast(Float.NEGATIVE_INFINITY);
    IntVector position = IntVector.broadcast(I, row * width + column);
    VectorMask<Float> mask = first(channels);
    for (int h = row; h < afterRow; h += rowStep) {
      for (int w = column; w < afterColumn; w += columnStep) {
        int offset = h * width + w;
        FloatVector v = load(x + offset * pixel, mask);
        VectorMask<Float> taken = taken(v, best);
        best = best.blend(v, taken);
        position = position.blend(offset, taken.cast(I));
      }
    }
    store(best, y, mask);
    if (indices != 0) {
      storeIndices(position, indices, channels);
    }
  }

  private static VectorMask<Float> taken(FloatVector v, FloatVector best) {
    return v.compare(VectorOperators.GT, best).or(v.compare(VectorOperators.NE, v));
  }

  private static void storeIndices(IntVector position, long to, int count) {
    int half = L.length();
    LongVector low = (LongVector) position.convertShape(VectorOperators.I2L, L, 0);
    low.intoMemorySegment(Memory.ALL, to, ByteOrder.nativeOrder(), L.indexInRange(0, count));
    if (count > half) {
      LongVector high = (LongVector) position.convertShape(VectorOperators.I2L, L, 1);
      high.intoMemorySegment(
          Memory.ALL, to + Lanes.BYTES, ByteOrder.nativeOrder(), L.indexInRange(0, count - half));
    }
  }
}
