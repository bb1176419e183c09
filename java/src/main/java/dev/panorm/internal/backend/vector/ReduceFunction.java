package dev.panorm.internal.backend.vector;

import jdk.incubator.vector.DoubleVector;

/** What a set of elements is reduced to, in float64. */
interface ReduceFunction {

  /** The result over no elements. */
  float identity();

  /** Takes in one more element in each lane. */
  DoubleVector step(DoubleVector sum, DoubleVector x);

  /** Puts two results together. */
  double merge(double a, double b);
}
