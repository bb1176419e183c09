package dev.panorm.internal.backend.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** The machine's preferred SIMD shape. */
final class Lanes {

  /** The species of every float32 kernel. */
  static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;

  /** Number of float32 lanes. */
  static final int FLOATS = F.length();

  /** Width of a vector register. */
  static final int BITS = F.vectorBitSize();

  private Lanes() {}
}
