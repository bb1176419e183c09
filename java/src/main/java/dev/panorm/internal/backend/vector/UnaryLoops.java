package dev.panorm.internal.backend.vector;

import static dev.panorm.internal.backend.vector.FloatMath.ONE;
import static dev.panorm.internal.backend.vector.FloatMath.ZERO;

import dev.panorm.backend.Unary;
import dev.panorm.internal.backend.vector.MapFunction.Inner;
import dev.panorm.internal.backend.vector.MapFunction.Stages;
import java.util.Map;
import java.util.Objects;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import org.jspecify.annotations.Nullable;

/** A loop for each {@link Unary}. */
final class UnaryLoops {

  private static final FloatVector MINUS_ONE = ONE.neg();

  private static final Map<Unary, MapLoop> LOOPS =
      MapLoop.table(Unary.class, f -> new Stages(inner(f), outer(f)));

  private UnaryLoops() {}

  static MapLoop of(Unary function) {
    return Objects.requireNonNull(LOOPS.get(function));
  }

  private static @Nullable Inner inner(Unary function) {
    return function == Unary.ERF ? NormalMath::expOfMinusSquare : null;
  }

  private static MapFunction outer(Unary function) {
    return switch (function) {
      case AFFINE -> (x, same, p, q) -> x.fma(p, q);
      case EXP -> (x, same, p, q) -> FloatMath.exp(x);
      case LOG -> (x, same, p, q) -> FloatMath.log(x);
      case ERF -> (x, same, exp, q) -> NormalMath.erf(x, exp);
      case SQRT -> (x, same, p, q) -> x.sqrt();
      case RSQRT -> (x, same, p, q) -> ONE.div(x.sqrt());
      case RECIPROCAL -> (x, same, p, q) -> ONE.div(x);
      case SQUARE -> (x, same, p, q) -> x.mul(x);
      case ABS -> (x, same, p, q) -> x.abs();
      case SIGN ->
          (x, same, p, q) ->
              x.blend(ONE, x.compare(VectorOperators.GT, ZERO))
                  .blend(MINUS_ONE, x.compare(VectorOperators.LT, ZERO));
      case POW -> (x, same, p, q) -> x.lanewise(VectorOperators.POW, p);
      case CLAMP -> (x, same, p, q) -> x.max(p).min(q);
    };
  }
}
