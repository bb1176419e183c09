package dev.panorm.internal.backend.vector;

import static dev.panorm.internal.backend.vector.FloatMath.ONE;
import static dev.panorm.internal.backend.vector.FloatMath.ZERO;
import static dev.panorm.internal.backend.vector.FloatMath.expOfMinusMagnitude;
import static dev.panorm.internal.backend.vector.FloatMath.sigmoid;
import static dev.panorm.internal.backend.vector.FloatMath.sigmoidSlope;
import static dev.panorm.internal.backend.vector.Lanes.broadcast;

import dev.panorm.Activation;
import dev.panorm.internal.backend.cpu.ActivationMath;
import dev.panorm.internal.backend.vector.MapFunction.Inner;
import dev.panorm.internal.backend.vector.MapFunction.Stages;
import java.util.Map;
import java.util.Objects;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import org.jspecify.annotations.Nullable;

/** A loop for each {@link Activation} and one for its gradient. */
final class ActivationLoops {

  private static final FloatVector GELU_TWO_SCALE =
      broadcast((float) (2 * ActivationMath.GELU_SCALE));
  private static final FloatVector GELU_CUBE = broadcast((float) ActivationMath.GELU_CUBE);
  private static final FloatVector GELU_3_CUBE = broadcast((float) (3 * ActivationMath.GELU_CUBE));

  /** Beyond, the tanh of GELU is flat in float32, while the square of x might overflow. */
  private static final FloatVector GELU_FLAT = broadcast(16);

  private static final Map<Activation, MapLoop> VALUES =
      MapLoop.table(
          Activation.class, (name, f) -> MapLoop.of(name, new Stages(inner(f), value(f))));

  private static final Map<Activation, MapLoop> GRADIENTS =
      MapLoop.table(
          Activation.class,
          (name, f) -> MapLoop.of(name + "_gradient", new Stages(inner(f), gradient(f))));

  private ActivationLoops() {}

  /** Returns the loop of y = f(x). */
  static MapLoop ofValue(Activation function) {
    return Objects.requireNonNull(VALUES.get(function));
  }

  /** Returns the loop of dx = dy · f′(x), of the operands x and dy. */
  static MapLoop ofGradient(Activation function) {
    return Objects.requireNonNull(GRADIENTS.get(function));
  }

  private static @Nullable Inner inner(Activation function) {
    return switch (function) {
      case IDENTITY, RELU -> null;
      case GELU -> NormalMath::halfExp;
      case GELU_TANH -> x -> expOfMinusMagnitude(geluArgument(x));
      case SILU, SIGMOID -> FloatMath::expOfMinusMagnitude;
      case TANH -> FloatMath::tanh;
    };
  }

  private static MapFunction value(Activation function) {
    return switch (function) {
      case IDENTITY -> (x, same, p, q) -> x;
      case RELU -> (x, same, p, q) -> x.blend(ZERO, x.compare(VectorOperators.LE, ZERO));
      case GELU -> (x, same, e, q) -> x.mul(NormalMath.cdf(x, e));
      case GELU_TANH, SILU -> (x, same, e, q) -> x.mul(sigmoid(x, e));
      case SIGMOID -> (x, same, e, q) -> sigmoid(x, e);
      case TANH -> (x, same, t, q) -> t;
    };
  }

  private static MapFunction gradient(Activation function) {
    return switch (function) {
      case IDENTITY -> (x, dy, p, q) -> dy;
      case RELU -> (x, dy, p, q) -> dy.blend(ZERO, x.compare(VectorOperators.LE, ZERO));
      case GELU -> (x, dy, e, q) -> dy.mul(x.fma(NormalMath.density(e), NormalMath.cdf(x, e)));
      case GELU_TANH -> (x, dy, e, q) -> dy.mul(geluTanhSlope(x, e));
      case SILU -> (x, dy, e, q) -> dy.mul(x.fma(sigmoidSlope(e), sigmoid(x, e)));
      case SIGMOID -> (x, dy, e, q) -> dy.mul(sigmoidSlope(e));
      case TANH -> (x, dy, t, q) -> dy.mul(ONE.sub(t).mul(t.add(ONE)));
    };
  }

  /** z = 2 √(2/π) · (x + 0.044715 x³), since (1 + tanh(z / 2)) / 2 = σ(z). */
  private static FloatVector geluArgument(FloatVector x) {
    return x.mul(GELU_TWO_SCALE).mul(x.mul(x).fma(GELU_CUBE, ONE));
  }

  /** σ(z) + x · σ′(z) · dz/dx; z has the sign of x. */
  private static FloatVector geluTanhSlope(FloatVector x, FloatVector e) {
    FloatVector near = x.abs().min(GELU_FLAT);
    FloatVector inner = near.mul(near).fma(GELU_3_CUBE, ONE).mul(GELU_TWO_SCALE);
    FloatVector r = ONE.div(e.add(ONE));
    FloatVector re = r.mul(e);
    return x.mul(re.mul(r)).fma(inner, r.blend(re, x.lt(ZERO)));
  }
}
