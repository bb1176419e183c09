package dev.panorm.internal.backend.vector;

import dev.panorm.internal.memory.Memory;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The machine's preferred SIMD shape, and loads and stores at absolute addresses.
 *
 * <p>Sums over lanes are taken in a fixed order here: {@code reduceLanes} leaves the order open,
 * and it differs between interpreted and compiled code.
 */
final class Lanes {

  /** The species of every float32 kernel. */
  static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;

  /** The species of float64 sums, of the same number of bits. */
  static final VectorSpecies<Double> D = DoubleVector.SPECIES_PREFERRED;

  /** Number of float32 lanes. */
  static final int FLOATS = F.length();

  /** Number of float64 lanes. */
  static final int DOUBLES = D.length();

  /** Bytes of a vector. */
  static final int BYTES = F.vectorByteSize();

  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private Lanes() {}

  static FloatVector load(long address) {
    return FloatVector.fromMemorySegment(F, Memory.ALL, address, ORDER);
  }

  static FloatVector load(long address, VectorMask<Float> mask) {
    return FloatVector.fromMemorySegment(F, Memory.ALL, address, ORDER, mask);
  }

  static void store(FloatVector v, long address) {
    v.intoMemorySegment(Memory.ALL, address, ORDER);
  }

  static void store(FloatVector v, long address, VectorMask<Float> mask) {
    v.intoMemorySegment(Memory.ALL, address, ORDER, mask);
  }

  static DoubleVector loadWide(long address) {
    return DoubleVector.fromMemorySegment(D, Memory.ALL, address, ORDER);
  }

  static void store(DoubleVector v, long address) {
    v.intoMemorySegment(Memory.ALL, address, ORDER);
  }

  static FloatVector broadcast(float value) {
    return FloatVector.broadcast(F, value);
  }

  static FloatVector zero() {
    return FloatVector.zero(F);
  }

  /** Returns the mask of the first {@code count} lanes. */
  static VectorMask<Float> first(int count) {
    return F.indexInRange(0, count);
  }

  /** Returns the largest multiple of the lane count up to {@code length}. */
  static int bound(int length) {
    return length & -FLOATS;
  }

  static float get(long address) {
    return Memory.ALL.get(ValueLayout.JAVA_FLOAT, address);
  }

  static void set(long address, float value) {
    Memory.ALL.set(ValueLayout.JAVA_FLOAT, address, value);
  }

  static double getWide(long address) {
    return Memory.ALL.get(ValueLayout.JAVA_DOUBLE, address);
  }

  static void setWide(long address, double value) {
    Memory.ALL.set(ValueLayout.JAVA_DOUBLE, address, value);
  }

  /** Adds the sum of the lanes to the float64 at {@code sum}; {@code scratch} takes a vector. */
  static void addSum(FloatVector v, long sum, long scratch) {
    store(v, scratch);
    double total = 0;
    for (int i = 0; i < FLOATS; i++) {
      total += get(scratch + i * (long) Float.BYTES);
    }
    setWide(sum, getWide(sum) + total);
  }

  /** Adds each lane to the float64 of its own, from {@code sums} on. */
  static void addEach(FloatVector v, long sums) {
    long second = sums + BYTES;
    store(loadWide(sums).add(v.convertShape(VectorOperators.F2D, D, 0)), sums);
    store(loadWide(second).add(v.convertShape(VectorOperators.F2D, D, 1)), second);
  }
}
