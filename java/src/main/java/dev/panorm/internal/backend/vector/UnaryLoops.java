package dev.panorm.internal.backend.vector;

import static dev.panorm.internal.backend.vector.FloatMath.ONE;
import static dev.panorm.internal.backend.vector.FloatMath.ZERO;

import dev.panorm.backend.Unary;
import java.util.Map;
import java.util.Objects;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** A loop for each {@link Unary}. */
final class UnaryLoops {

  private static final FloatVector MINUS_ONE = ONE.neg();

  private static final Map<Unary, MapLoop> LOOPS = MapLoop.table(Unary.class, UnaryLoops::loop);

  private UnaryLoops() {}

  static MapLoop of(Unary function) {
    return Objects.requireNonNull(LOOPS.get(function));
  }

  private static MapLoop loop(String name, Unary function) {
    return switch (function) {
      case AFFINE -> MapLoop.of(name, (x, same, p, q) -> x.fma(p, q));
      case EXP -> MapLoop.of(name, (x, same, p, q) -> FloatMath.exp(x));
      case LOG -> MapLoop.of(name, (x, same, p, q) -> FloatMath.log(x));
      case ERF ->
          MapLoop.of(
              name,
              () ->
                  new ChainedLoop(
                      onVectors((x, same, p, q) -> NormalMath.expOfMinusSquare(x)),
                      onVectors((x, exp, p, q) -> NormalMath.erf(x, exp))));
      case SQRT -> MapLoop.of(name, (x, same, p, q) -> x.sqrt());
      case RSQRT -> MapLoop.of(name, (x, same, p, q) -> ONE.div(x.sqrt()));
      case RECIPROCAL -> MapLoop.of(name, (x, same, p, q) -> ONE.div(x));
      case SQUARE -> MapLoop.of(name, (x, same, p, q) -> x.mul(x));
      case ABS -> MapLoop.of(name, (x, same, p, q) -> x.abs());
      case SIGN -> MapLoop.of(name, (x, same, p, q) -> sign(x));
      case POW -> new PowLoop();
      case CLAMP -> MapLoop.of(name, (x, same, p, q) -> x.max(p).min(q));
    };
  }

  private static MapLoop onVectors(MapFunction function) {
    return MapLoop.onVectors(new MapFunction.Stages(null, function));
  }

  private static FloatVector sign(FloatVector x) {
    return x.blend(ONE, x.compare(VectorOperators.GT, ZERO))
        .blend(MINUS_ONE, x.compare(VectorOperators.LT, ZERO));
  }
}
