package dev.panorm.internal.backend.vector;

import static dev.panorm.internal.backend.vector.FloatMath.HALF;
import static dev.panorm.internal.backend.vector.FloatMath.ONE;
import static dev.panorm.internal.backend.vector.FloatMath.ZERO;
import static dev.panorm.internal.backend.vector.Lanes.broadcast;

import jdk.incubator.vector.FloatVector;

/**
 * The error function and the normal distribution on float32 vectors, in two stages: each takes what
 * {@link #expOfMinusSquare} or {@link #halfExp} returned. NaN stays NaN.
 */
final class NormalMath {

  private static final FloatVector SQRT_HALF = broadcast((float) Math.sqrt(0.5));
  private static final FloatVector INV_SQRT_TWO_PI =
      broadcast((float) (1 / Math.sqrt(2 * Math.PI)));

  /**
   * erfc(z) = e^−z² · t · P(t) with t = 1 / (1 + 0.4 z), for z of 0 or more. P was fitted to e^z² ·
   * erfc(z) / t for z to 10.5, beyond which erfc rounds to 0; its relative error is 2e-9.
   */
  private static final FloatVector STRETCH = broadcast(0.4f);

  private static final FloatVector P0 = broadcast(0.22568463f);
  private static final FloatVector P1 = broadcast(0.22546352f);
  private static final FloatVector P2 = broadcast(0.20982756f);
  private static final FloatVector P3 = broadcast(0.15863423f);
  private static final FloatVector P4 = broadcast(0.16781396f);
  private static final FloatVector P5 = broadcast(-0.035749234f);
  private static final FloatVector P6 = broadcast(0.14914785f);
  private static final FloatVector P7 = broadcast(-0.07485174f);
  private static final FloatVector P8 = broadcast(-0.08948005f);
  private static final FloatVector P9 = broadcast(0.08276089f);
  private static final FloatVector P10 = broadcast(-0.019251622f);

  /** erf(x) = x · Q(x²) for |x| below 1, fitted to a relative error of 4e-11. */
  private static final FloatVector Q0 = broadcast(1.1283792f);

  private static final FloatVector Q1 = broadcast(-0.37612638f);
  private static final FloatVector Q2 = broadcast(0.11283782f);
  private static final FloatVector Q3 = broadcast(-0.0268654f);
  private static final FloatVector Q4 = broadcast(0.0052209455f);
  private static final FloatVector Q5 = broadcast(-8.482829e-4f);
  private static final FloatVector Q6 = broadcast(1.1256948e-4f);
  private static final FloatVector Q7 = broadcast(-9.641518e-6f);

  private NormalMath() {}

  /** e^−z²; the rounding of z² is made good. */
  static FloatVector expOfMinusSquare(FloatVector z) {
    FloatVector square = z.mul(z);
    FloatVector e = FloatMath.expOfNegative(square.neg());
    // An infinite square has no rounding; e is 0 there.
    FloatVector rounding = z.fma(z, square.neg());
    return e.sub(e.mul(rounding), square.lt(Float.POSITIVE_INFINITY));
  }

  /** e^(−x²/2). */
  static FloatVector halfExp(FloatVector x) {
    return expOfMinusSquare(x.mul(SQRT_HALF));
  }

  /** erf(x) from e^−x²: its series near 0, else 1 − erfc(|x|) with the sign of x. */
  static FloatVector erf(FloatVector x, FloatVector expOfMinusSquare) {
    FloatVector far = ONE.sub(erfc(x.abs(), expOfMinusSquare));
    far = far.blend(far.neg(), x.lt(ZERO));
    return far.blend(erfNearZero(x), x.abs().lt(ONE));
  }

  private static FloatVector erfNearZero(FloatVector x) {
    FloatVector u = x.mul(x);
    return u.fma(Q7, Q6).fma(u, Q5).fma(u, Q4).fma(u, Q3).fma(u, Q2).fma(u, Q1).fma(u, Q0).mul(x);
  }

  /** Φ(x), the normal distribution function, from e^(−x²/2); no cancellation in its lower tail. */
  static FloatVector cdf(FloatVector x, FloatVector halfExp) {
    FloatVector tail = erfc(x.mul(SQRT_HALF).abs(), halfExp).mul(HALF);
    return ONE.sub(tail).blend(tail, x.lt(ZERO));
  }

  /** φ(x), the normal density, from e^(−x²/2). */
  static FloatVector density(FloatVector halfExp) {
    return halfExp.mul(INV_SQRT_TWO_PI);
  }

  private static FloatVector erfc(FloatVector z, FloatVector expOfMinusSquare) {
    FloatVector t = ONE.div(z.fma(STRETCH, ONE));
    return t.fma(P10, P9)
        .fma(t, P8)
        .fma(t, P7)
        .fma(t, P6)
        .fma(t, P5)
        .fma(t, P4)
        .fma(t, P3)
        .fma(t, P2)
        .fma(t, P1)
        .fma(t, P0)
        .mul(t)
        .mul(expOfMinusSquare);
  }
}
