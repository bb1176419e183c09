package dev.panorm.ops;

import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.backend.Backends;
import dev.panorm.backend.Binary;
import dev.panorm.backend.BroadcastPlan;
import dev.panorm.backend.ElementwiseKernels;
import dev.panorm.backend.Operation;
import dev.panorm.backend.Unary;
import dev.panorm.internal.check.Check;
import dev.panorm.internal.check.Hold;

/**
 * Functions of each element by itself.
 *
 * <p>All tensors of a call have one type, float32 or float64. The output y is given by the caller
 * and overwritten; it may be the very memory of an input of its shape, and overlaps no other. Where
 * two inputs come, their shapes broadcast as NumPy's do, and y has the shape that {@link
 * #broadcast} returns. Where the dimensions along which only one of them repeats fall into more
 * than three groups, an operand is repeated in memory first. Nothing is allocated on the Java heap.
 */
public final class Elementwise {

  private static final PlanCache<BroadcastPlan> PLANS = new PlanCache<>(Runs::broadcast);

  private Elementwise() {}

  /** Returns the shape of a function of two inputs. */
  public static Shape broadcast(Shape a, Shape b) {
    return Runs.shape("broadcast", a, b);
  }

  // ------------------------------------------------------------------------------- one input

  /** y = −x. */
  public static void neg(Tensor x, Tensor y) {
    unary("neg", Unary.AFFINE, -1, 0, x, y);
  }

  /** y = scale · x + shift. */
  public static void affine(Tensor x, double scale, double shift, Tensor y) {
    unary("affine", Unary.AFFINE, scale, shift, x, y);
  }

  /** y = e^x. */
  public static void exp(Tensor x, Tensor y) {
    unary("exp", Unary.EXP, 0, 0, x, y);
  }

  /** y = ln x; NaN below 0, −∞ at 0. */
  public static void log(Tensor x, Tensor y) {
    unary("log", Unary.LOG, 0, 0, x, y);
  }

  /** y = erf x = 2/√π · ∫ exp(−t²) dt from 0 to x. */
  public static void erf(Tensor x, Tensor y) {
    unary("erf", Unary.ERF, 0, 0, x, y);
  }

  /** y = √x; NaN below 0. */
  public static void sqrt(Tensor x, Tensor y) {
    unary("sqrt", Unary.SQRT, 0, 0, x, y);
  }

  /** y = 1 / √x. */
  public static void rsqrt(Tensor x, Tensor y) {
    unary("rsqrt", Unary.RSQRT, 0, 0, x, y);
  }

  /** y = 1 / x. */
  public static void reciprocal(Tensor x, Tensor y) {
    unary("reciprocal", Unary.RECIPROCAL, 0, 0, x, y);
  }

  /** y = x². */
  public static void square(Tensor x, Tensor y) {
    unary("square", Unary.SQUARE, 0, 0, x, y);
  }

  /** y = |x|. */
  public static void abs(Tensor x, Tensor y) {
    unary("abs", Unary.ABS, 0, 0, x, y);
  }

  /** y = −1, 0 or 1, as the sign of x is; NaN stays NaN. */
  public static void sign(Tensor x, Tensor y) {
    unary("sign", Unary.SIGN, 0, 0, x, y);
  }

  /** y = x^exponent, as {@link Math#pow} defines it. */
  public static void pow(Tensor x, double exponent, Tensor y) {
    unary("pow", Unary.POW, exponent, 0, x, y);
  }

  /**
   * y = min(max(x, low), high); NaN stays NaN.
   *
   * @param low lower limit, −∞ for none
   * @param high upper limit, not below {@code low}, +∞ for none
   */
  public static void clamp(Tensor x, double low, double high, Tensor y) {
    if (!(low <= high)) {
      throw new IllegalArgumentException(
          "clamp: high is " + high + ", expected at least low, " + low);
    }
    unary("clamp", Unary.CLAMP, low, high, x, y);
  }

  // ------------------------------------------------------------------------------ two inputs

  /** y = a + b. */
  public static void add(Tensor a, Tensor b, Tensor y) {
    binary("add", Binary.ADD, a, b, y);
  }

  /** y = a − b. */
  public static void sub(Tensor a, Tensor b, Tensor y) {
    binary("sub", Binary.SUB, a, b, y);
  }

  /** y = a · b. */
  public static void mul(Tensor a, Tensor b, Tensor y) {
    binary("mul", Binary.MUL, a, b, y);
  }

  /** y = a / b. */
  public static void div(Tensor a, Tensor b, Tensor y) {
    binary("div", Binary.DIV, a, b, y);
  }

  /** y = the larger of a and b; NaN if one is NaN. */
  public static void maximum(Tensor a, Tensor b, Tensor y) {
    binary("maximum", Binary.MAX, a, b, y);
  }

  /** y = the smaller of a and b; NaN if one is NaN. */
  public static void minimum(Tensor a, Tensor b, Tensor y) {
    binary("minimum", Binary.MIN, a, b, y);
  }

  /** y = 1 where a &gt; b, else 0. */
  public static void greater(Tensor a, Tensor b, Tensor y) {
    binary("greater", Binary.GREATER, a, b, y);
  }

  /** y = 1 where a = b, else 0. */
  public static void equal(Tensor a, Tensor b, Tensor y) {
    binary("equal", Binary.EQUAL, a, b, y);
  }

  /** y = x where the mask is not 0, else 0, whatever x is there: NaN and infinity do not stay. */
  public static void mask(Tensor x, Tensor mask, Tensor y) {
    binary("mask", Binary.MASK, x, mask, y);
  }

  // --------------------------------------------------------------------------------- updates

  /** y := y + alpha · x. */
  public static void axpy(double alpha, Tensor x, Tensor y) {
    axpby("axpy", alpha, x, 1, y);
  }

  /** y := alpha · x + beta · y. Where beta is 0, y is not read. */
  public static void axpby(double alpha, Tensor x, double beta, Tensor y) {
    axpby("axpby", alpha, x, beta, y);
  }

  /** y := y + weight · (x − y), the step of a running average. */
  public static void lerp(double weight, Tensor x, Tensor y) {
    axpby("lerp", weight, x, 1 - weight, y);
  }

  // ------------------------------------------------------------------------------------ work

  private static void unary(String op, Unary function, double p, double q, Tensor x, Tensor y) {
    Check.floating(op, "x", x);
    Check.like(op, "y", y, x.dtype(), x.shape());
    Check.writable(op, "y", y);
    Check.apartOrSame(op, "y", y, "x", x);
    Hold.retain(x, y);
    try {
      if (x.elements() > 0) {
        kernels(x).unary(function, p, q, x, y);
      }
    } finally {
      Hold.release(x, y);
    }
  }

  private static void binary(String op, Binary function, Tensor a, Tensor b, Tensor y) {
    Check.floating(op, "a", a);
    Check.dtype(op, "b", b, a.dtype());
    Check.like(op, "y", y, a.dtype(), Runs.shape(op, a.shape(), b.shape()));
    Check.writable(op, "y", y);
    Check.apartOrSame(op, "y", y, "a", a);
    Check.apartOrSame(op, "y", y, "b", b);
    BroadcastPlan plan = PLANS.get(op, a.shape(), b.shape());
    if (plan == null) {
      repeated(op, function, a, b, y);
      return;
    }
    Hold.retain(a, b, y, null);
    try {
      if (plan.elements() > 0) {
        kernels(y).binary(function, plan, a, b, y);
      }
    } finally {
      Hold.release(a, b, y, null);
    }
  }

  private static void repeated(String op, Binary function, Tensor a, Tensor b, Tensor y) {
    try (Scope scope = Scope.open()) {
      binary(op, function, repeated(scope, a, y), repeated(scope, b, y), y);
    }
  }

  private static Tensor repeated(Scope scope, Tensor x, Tensor y) {
    if (x.shape().equals(y.shape())) {
      return x;
    }
    Tensor full = scope.emptyLike(y);
    Copies.expand(x, full);
    return full;
  }

  private static void axpby(String op, double alpha, Tensor x, double beta, Tensor y) {
    Check.floating(op, "x", x);
    Check.like(op, "y", y, x.dtype(), x.shape());
    Check.writable(op, "y", y);
    Check.apartOrSame(op, "y", y, "x", x);
    Hold.retain(x, y);
    try {
      if (x.elements() > 0) {
        kernels(x).axpby(alpha, x, beta, y);
      }
    } finally {
      Hold.release(x, y);
    }
  }

  private static ElementwiseKernels kernels(Tensor y) {
    return Backends.select(Operation.ELEMENTWISE, y.dtype(), y.elements()).elementwise();
  }
}
