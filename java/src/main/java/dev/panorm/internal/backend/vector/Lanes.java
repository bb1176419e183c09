package dev.panorm.internal.backend.vector;

import dev.panorm.internal.memory.Memory;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
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

  /** As many float32 as {@link #D} has lanes. */
  static final VectorSpecies<Float> HALF =
      VectorSpecies.of(float.class, VectorShape.forBitSize(D.length() * Float.SIZE));

  /** Number of float32 lanes. */
  static final int FLOATS = F.length();

  /** Number of float64 lanes. */
  static final int DOUBLES = D.length();

  /** Bytes of a vector. */
  static final long BYTES = F.vectorByteSize();

  /** The byte order of memory. */
  static final ByteOrder ORDER = ByteOrder.nativeOrder();

  /**
   * The masks of {@link #first}: {@code indexInRange} returns masks that it makes beside constants,
   * and where the two meet the JIT puts both on the Java heap.
   */
  private static final VectorMask<Float>[] FIRST = masks();

  private Lanes() {}

  @SuppressWarnings({
    "unchecked",
    "rawtypes"
  }) // an array of a generic type cannot be created otherwise
  private static VectorMask<Float>[] masks() {
    VectorMask<Float>[] masks = new VectorMask[FLOATS + 1];
    for (int count = 0; count <= FLOATS; count++) {
      masks[count] = F.indexInRange(0, count);
    }
    return masks;
  }

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

  /** Returns float32 elements as float64. */
  static DoubleVector loadWidened(long address) {
    FloatVector v = FloatVector.fromMemorySegment(HALF, Memory.ALL, address, ORDER);
    return (DoubleVector) v.convertShape(VectorOperators.F2D, D, 0);
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

  /** Returns the mask of the first {@code count} lanes, of all where there are fewer. */
  static VectorMask<Float> first(int count) {
    return FIRST[Math.clamp(count, 0, FLOATS)];
  }

  /** Returns the bytes of {@code length} elements that whole steps of some vectors cover. */
  static long fullBytes(int length, int vectors) {
    return (length & -(vectors * FLOATS)) * (long) Float.BYTES;
  }

  /** Returns where the last whole vector of at least {@link #FLOATS} elements begins. */
  static long lastBytes(int length) {
    return (length - FLOATS) * (long) Float.BYTES;
  }

  /** Returns the lanes of the last whole vector that whole steps from the beginning cover too. */
  static VectorMask<Float> counted(int length) {
    return first(FLOATS - length % FLOATS);
  }

  /** Returns how many of {@code length} elements are left behind {@code bytes} bytes. */
  static int rest(int length, long bytes) {
    return length - (int) (bytes / Float.BYTES);
  }

  static float get(long address) {
    return Memory.ALL.get(ValueLayout.JAVA_FLOAT, address);
  }

  static void set(long address, float value) {
    Memory.ALL.set(ValueLayout.JAVA_FLOAT, address, value);
  }

  /** Copies elements of less than a vector. */
  static void copyFew(long from, long to, int count) {
    for (int i = 0; i < count; i++) {
      set(to + i * (long) Float.BYTES, get(from + i * (long) Float.BYTES));
    }
  }

  static double getWide(long address) {
    return Memory.ALL.get(ValueLayout.JAVA_DOUBLE, address);
  }

  static void setWide(long address, double value) {
    Memory.ALL.set(ValueLayout.JAVA_DOUBLE, address, value);
  }

  /** Adds the sum of the lanes that were stored at {@code lanes} to the float64 at {@code sum}. */
  static void addLanes(long lanes, long sum) {
    double t0 = 0;
    double t1 = 0;
    for (int i = 0; i < FLOATS; i += 2) {
      t0 += get(lanes + i * (long) Float.BYTES);
      t1 += get(lanes + (i + 1) * (long) Float.BYTES);
    }
    setWide(sum, getWide(sum) + (t0 + t1));
  }
}
