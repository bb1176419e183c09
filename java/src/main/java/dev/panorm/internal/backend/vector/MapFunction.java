package dev.panorm.internal.backend.vector;

import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/** A function of each element by itself, of one or two operands and two constants. */
@FunctionalInterface
interface MapFunction {

  /**
   * Returns the results.
   *
   * @param a first operand
   * @param b second operand; the first again where there is only one
   * @param p first constant in every lane, or what the {@link Inner} function made of a
   * @param q second constant in every lane
   */
  FloatVector of(FloatVector a, FloatVector b, FloatVector p, FloatVector q);

  /**
   * What a function starts with, where it is too long to be compiled in one piece: HotSpot inlines
   * no method that it has compiled before into more than 2,500 bytes.
   */
  @FunctionalInterface
  interface Inner {
    /** Returns an intermediate result from the first operand. */
    FloatVector of(FloatVector a);
  }

  /**
   * A function and what it starts with.
   *
   * @param inner makes the outer function's p; null where there is none
   * @param outer the function
   */
  record Stages(@Nullable Inner inner, MapFunction outer) {}
}
