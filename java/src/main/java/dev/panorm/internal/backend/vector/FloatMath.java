package dev.panorm.internal.backend.vector;

import static dev.panorm.internal.backend.vector.Lanes.broadcast;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Exponentials and logarithms of float32 vectors, good to a few units in the last place. NaN stays
 * NaN.
 *
 * <p>They are written out here, since {@link VectorOperators#EXP} and its like are fast only where
 * the JDK has assembler for the processor. Each lane's result depends on that lane alone, so that
 * it is the same wherever an element falls. Constants are vectors already: a call that makes one
 * costs the JIT more of its limits on inlining than the arithmetic does.
 */
final class FloatMath {

  static final FloatVector ZERO = broadcast(0);
  static final FloatVector ONE = broadcast(1);
  static final FloatVector HALF = broadcast(0.5f);

  private static final FloatVector TWO = broadcast(2);
  private static final FloatVector LOG2_E = broadcast((float) (1 / Math.log(2)));

  /** ln 2 in two pieces; the first has 11 zero bits at its end, so that n · LN2_HIGH is exact. */
  private static final float LN2_HIGH = 0x1.63p-1f;

  private static final float LN2_LOW = (float) (Math.log(2) - LN2_HIGH);
  private static final FloatVector PLUS_LN2_HIGH = broadcast(LN2_HIGH);
  private static final FloatVector PLUS_LN2_LOW = broadcast(LN2_LOW);
  private static final FloatVector MINUS_LN2_HIGH = broadcast(-LN2_HIGH);
  private static final FloatVector MINUS_LN2_LOW = broadcast(-LN2_LOW);

  /** Adding 1.5 · 2^23 leaves a float32 rounded to an integer, which stands in its low bits. */
  private static final FloatVector ROUNDER = broadcast(0x1.8p23f);

  private static final IntVector ROUNDER_BITS = ROUNDER.reinterpretAsInts();

  /** Below, e^x rounds to 0. */
  private static final FloatVector EXP_LOWEST = broadcast(-105);

  /** Above, e^x is beyond float32. */
  private static final FloatVector EXP_HIGHEST = broadcast(89);

  /** Above, tanh is 1 in float32. */
  private static final FloatVector TANH_FLAT = broadcast(20);

  private static final FloatVector THIRD = broadcast(1f / 3);
  private static final FloatVector FIFTH = broadcast(1f / 5);
  private static final FloatVector SIXTH = broadcast(1f / 6);
  private static final FloatVector SEVENTH = broadcast(1f / 7);
  private static final FloatVector NINTH = broadcast(1f / 9);
  private static final FloatVector INVERSE_4_FACTORIAL = broadcast(1f / 24);
  private static final FloatVector INVERSE_5_FACTORIAL = broadcast(1f / 120);
  private static final FloatVector INVERSE_6_FACTORIAL = broadcast(1f / 720);
  private static final FloatVector INVERSE_7_FACTORIAL = broadcast(1f / 5040);

  private static final int MANTISSA_BITS = 23;
  private static final IntVector EXPONENT_BIAS =
      ONE.reinterpretAsInts().lanewise(VectorOperators.LSHR, MANTISSA_BITS);

  /** Turns the bits of a rounder with n in them, shifted to the exponent, into 2^(n + 64). */
  private static final IntVector TO_RAISED_POWER =
      EXPONENT_BIAS.add(64).sub(ROUNDER_BITS).lanewise(VectorOperators.LSHL, MANTISSA_BITS);

  private static final FloatVector LOWER = broadcast(0x1p-64f);
  private static final IntVector SQRT_HALF_BITS =
      broadcast((float) Math.sqrt(0.5)).reinterpretAsInts();

  private FloatMath() {}

  /** e^x: with x = n · ln 2 + r and |r| at most ln 2 / 2, it is 2^n · e^r. */
  static FloatVector exp(FloatVector x) {
    FloatVector inside = x.max(EXP_LOWEST).min(EXP_HIGHEST);
    FloatVector shifted = inside.fma(LOG2_E, ROUNDER);
    FloatVector minusOne = expMinusOne(inside, shifted.sub(ROUNDER));
    // In two steps, since 2^n alone may be beyond float32 on either side.
    IntVector n = shifted.reinterpretAsInts().sub(ROUNDER_BITS);
    IntVector half = n.lanewise(VectorOperators.ASHR, 1);
    FloatVector scale = powerOfTwo(half);
    return minusOne.fma(scale, scale).mul(powerOfTwo(n.sub(half)));
  }

  /**
   * e^x for x of 0 or less, where one factor is in range if it is 2^64 times too large at first.
   */
  static FloatVector expOfNegative(FloatVector x) {
    FloatVector inside = x.max(EXP_LOWEST);
    FloatVector shifted = inside.fma(LOG2_E, ROUNDER);
    FloatVector minusOne = expMinusOne(inside, shifted.sub(ROUNDER));
    FloatVector scale =
        shifted
            .reinterpretAsInts()
            .lanewise(VectorOperators.LSHL, MANTISSA_BITS)
            .add(TO_RAISED_POWER)
            .reinterpretAsFloats();
    return minusOne.fma(scale, scale).mul(LOWER);
  }

  /** e^x − 1 for x from 0 to 80, without cancellation near 0. */
  private static FloatVector expm1(FloatVector x) {
    FloatVector shifted = x.fma(LOG2_E, ROUNDER);
    FloatVector minusOne = expMinusOne(x, shifted.sub(ROUNDER));
    FloatVector scale = powerOfTwo(shifted.reinterpretAsInts().sub(ROUNDER_BITS));
    return minusOne.fma(scale, scale.sub(ONE));
  }

  /** e^r − 1 for r = x − n · ln 2, by its Taylor series to r^7; the rest is below 2^-27 of r. */
  private static FloatVector expMinusOne(FloatVector x, FloatVector n) {
    FloatVector r = n.fma(MINUS_LN2_LOW, n.fma(MINUS_LN2_HIGH, x));
    FloatVector s =
        r.fma(INVERSE_7_FACTORIAL, INVERSE_6_FACTORIAL)
            .fma(r, INVERSE_5_FACTORIAL)
            .fma(r, INVERSE_4_FACTORIAL)
            .fma(r, SIXTH)
            .fma(r, HALF);
    return s.mul(r).fma(r, r);
  }

  private static FloatVector powerOfTwo(IntVector n) {
    return n.add(EXPONENT_BIAS).lanewise(VectorOperators.LSHL, MANTISSA_BITS).reinterpretAsFloats();
  }

  /** e^−|x|, what the sigmoid and its slope are made of. */
  static FloatVector expOfMinusMagnitude(FloatVector x) {
    return expOfNegative(x.abs().neg());
  }

  /** σ(x) = 1 / (1 + e^−x) from e = e^−|x|: for negative x it is e / (1 + e). */
  static FloatVector sigmoid(FloatVector x, FloatVector e) {
    FloatVector r = ONE.div(e.add(ONE));
    return r.blend(r.mul(e), x.lt(ZERO));
  }

  /** σ′ = σ(x) · σ(−x) from e = e^−|x|, without cancellation on either side. */
  static FloatVector sigmoidSlope(FloatVector e) {
    FloatVector r = ONE.div(e.add(ONE));
    return e.mul(r).mul(r);
  }

  /** tanh(x) = (e^2|x| − 1) / (e^2|x| + 1) with the sign of x. */
  static FloatVector tanh(FloatVector x) {
    FloatVector e = expm1(x.abs().min(TANH_FLAT).mul(TWO));
    FloatVector magnitude = e.div(e.add(TWO));
    return magnitude.blend(magnitude.neg(), x.lt(ZERO));
  }

  /** ln x: with x = 2^k · m and m from √½ to √2, it is k · ln 2 + 2 · atanh((m − 1) / (m + 1)). */
  static FloatVector log(FloatVector x) {
    VectorMask<Float> subnormal = x.lt(Float.MIN_NORMAL);
    IntVector bits = x.mul(0x1p24f, subnormal).reinterpretAsInts();
    IntVector k = bits.sub(SQRT_HALF_BITS).lanewise(VectorOperators.ASHR, MANTISSA_BITS);
    FloatVector m = bits.sub(k.lanewise(VectorOperators.LSHL, MANTISSA_BITS)).reinterpretAsFloats();
    FloatVector exponent = ((FloatVector) k.convert(VectorOperators.I2F, 0)).sub(24, subnormal);
    FloatVector s = m.sub(ONE).div(m.add(ONE));
    FloatVector u = s.mul(s);
    FloatVector r = u.fma(NINTH, SEVENTH).fma(u, FIFTH).fma(u, THIRD).mul(u);
    FloatVector twice = s.mul(TWO);
    FloatVector low = r.fma(twice, exponent.mul(PLUS_LN2_LOW));
    return logOfSpecial(x, exponent.fma(PLUS_LN2_HIGH, twice.add(low)));
  }

  /** ln of 0 is −∞, of +∞ itself, of negative numbers and NaN is NaN. */
  private static FloatVector logOfSpecial(FloatVector x, FloatVector log) {
    return log.blend(Float.NEGATIVE_INFINITY, x.eq(0))
        .blend(x, x.eq(Float.POSITIVE_INFINITY))
        .blend(Float.NaN, x.compare(VectorOperators.GE, 0).not());
  }
}
