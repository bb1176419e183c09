package dev.panorm.internal.backend.vector;

import static dev.panorm.internal.backend.vector.FloatMath.ONE;
import static dev.panorm.internal.backend.vector.FloatMath.ZERO;

import dev.panorm.backend.Binary;
import java.util.Map;
import java.util.Objects;
import jdk.incubator.vector.VectorOperators;

/** A loop for each {@link Binary}, and those of the updates y := alpha · x + beta · y. */
final class BinaryLoops {

  /** p · a + q · b. */
  static final MapLoop AXPBY = MapLoop.of("axpby", (a, b, p, q) -> a.fma(p, b.mul(q)));

  /** p · a + b. */
  static final MapLoop AXPY = MapLoop.of("axpy", (a, b, p, q) -> a.fma(p, b));

  private static final Map<Binary, MapLoop> LOOPS =
      MapLoop.table(Binary.class, (name, f) -> MapLoop.of(name, function(f)));

  private BinaryLoops() {}

  static MapLoop of(Binary function) {
    return Objects.requireNonNull(LOOPS.get(function));
  }

  private static MapFunction function(Binary function) {
    return switch (function) {
      case ADD -> (a, b, p, q) -> a.add(b);
      case SUB -> (a, b, p, q) -> a.sub(b);
      case MUL -> (a, b, p, q) -> a.mul(b);
      case DIV -> (a, b, p, q) -> a.div(b);
      case MAX -> (a, b, p, q) -> a.max(b);
      case MIN -> (a, b, p, q) -> a.min(b);
      case GREATER -> (a, b, p, q) -> ZERO.blend(ONE, a.compare(VectorOperators.GT, b));
      case EQUAL -> (a, b, p, q) -> ZERO.blend(ONE, a.compare(VectorOperators.EQ, b));
      case MASK -> (a, b, p, q) -> ZERO.blend(a, b.compare(VectorOperators.NE, ZERO));
    };
  }
}
