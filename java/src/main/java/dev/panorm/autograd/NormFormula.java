package dev.panorm.autograd;

import static dev.panorm.autograd.Arithmetic.add;
import static dev.panorm.autograd.Arithmetic.mul;
import static dev.panorm.autograd.Arithmetic.reciprocal;
import static dev.panorm.autograd.Arithmetic.rsqrt;
import static dev.panorm.autograd.Arithmetic.sqrt;
import static dev.panorm.autograd.Arithmetic.square;
import static dev.panorm.autograd.Arithmetic.sub;

import dev.panorm.EpsMode;
import dev.panorm.Layout;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.backend.NormPlan;
import dev.panorm.backend.NormPlan.Family;
import dev.panorm.ops.NormSpec;
import java.util.function.DoubleUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The norms written out in functions that can be differentiated any number of times. Data is seen
 * as [outer, groups, channels of a group, positions]; where channels are last, it is transposed
 * before and after.
 */
final class NormFormula {

  private static final int OUTER = 0;
  private static final int CHANNELS = 2;
  private static final int POSITIONS = 3;

  private final NormPlan plan;
  private final boolean channelsLast;
  private final long width;

  private NormFormula(NormPlan plan) {
    this.plan = plan;
    channelsLast = plan.layout() == Layout.NHWC;
    width = plan.channels() / plan.groups();
  }

  static Variable of(
      NormSpec spec, Variable x, @Nullable Variable weight, @Nullable Variable bias) {
    NormFormula formula = new NormFormula(spec.plan(x.shape()));
    Variable data = formula.enter(x);
    Variable centred = formula.plan.centred() ? sub(data, formula.mean(data)) : data;
    Variable normalized = mul(centred, formula.rstd(formula.mean(square(centred))));
    return formula.leave(formula.affine(normalized, weight, bias), x.shape());
  }

  static Variable frozen(
      NormSpec spec,
      Variable x,
      @Nullable Variable weight,
      @Nullable Variable bias,
      Tensor mean,
      Tensor variance) {
    NormFormula formula = new NormFormula(spec.plan(x.shape()));
    Variable centred = sub(formula.enter(x), formula.perChannel(Variable.of(mean)));
    Variable normalized = mul(centred, formula.rstd(formula.perChannel(Variable.of(variance))));
    return formula.leave(formula.affine(normalized, weight, bias), x.shape());
  }

  private Variable enter(Variable x) {
    Variable channelsFirst =
        channelsLast
            ? Shapes.transpose(Shapes.reshape(x, plan.outer(), plan.inner(), plan.channels()))
            : x;
    return Shapes.reshape(channelsFirst, plan.outer(), plan.groups(), width, plan.inner());
  }

  private Variable leave(Variable y, Shape shape) {
    Variable back =
        channelsLast
            ? Shapes.transpose(Shapes.reshape(y, plan.outer(), plan.channels(), plan.inner()))
            : y;
    return Activate.apply(plan.activation(), Shapes.reshape(back, shape));
  }

  /** One dimension after the other: they need not be neighbours, and all have the same weight. */
  private Variable mean(Variable x) {
    int other = plan.family() == Family.SLAB ? CHANNELS : OUTER;
    return Sums.mean(Sums.mean(x, POSITIONS), other);
  }

  private Variable rstd(Variable variance) {
    return rstd(variance, plan.epsMode(), plan.eps());
  }

  private static Variable rstd(Variable variance, EpsMode mode, double eps) {
    return mode == EpsMode.OUTSIDE
        ? reciprocal(Arithmetic.affine(sqrt(variance), 1, eps))
        : rsqrt(Arithmetic.affine(variance, 1, eps));
  }

  /** The second centring takes away what the rounding of a large mean left behind. */
  static Variable overAxes(Variable x, EpsMode mode, double eps, int... axes) {
    Variable roughly = sub(x, Sums.mean(x, axes));
    Variable centred = sub(roughly, Sums.mean(roughly, axes));
    return mul(centred, rstd(Sums.mean(square(centred), axes), mode, eps));
  }

  /** Every masked step leaves zeros where the mask is 0, so that sums are over the rest. */
  static Variable overAxes(Variable x, Tensor mask, EpsMode mode, double eps, int... axes) {
    Variable kept = Arithmetic.mask(x, mask);
    Variable count = Sums.sum(kept(kept.shape(), mask), axes);
    Variable share = Variable.of(perSet(count, n -> 1 / Math.max(1, n)));
    Variable spare = Variable.of(perSet(count, n -> n > 0 ? 0 : 1)); // 0 · r where nothing is kept
    Variable roughly = Arithmetic.mask(sub(kept, mul(Sums.sum(kept, axes), share)), mask);
    Variable centred = Arithmetic.mask(sub(roughly, mul(Sums.sum(roughly, axes), share)), mask);
    Variable variance = add(mul(Sums.sum(square(centred), axes), share), spare);
    return mul(centred, rstd(variance, mode, eps));
  }

  /** 1 where the mask is not 0, else 0. */
  private static Variable kept(Shape shape, Tensor mask) {
    Tensor ones = Tape.memory().full(1, mask.dtype(), shape);
    return Arithmetic.mask(Variable.of(ones), mask);
  }

  private static Tensor perSet(Variable count, DoubleUnaryOperator value) {
    Tensor tensor = Arithmetic.like(count);
    tensor.fill(i -> value.applyAsDouble(count.value().get(i)));
    return tensor;
  }

  private Variable affine(Variable normalized, @Nullable Variable weight, @Nullable Variable bias) {
    Variable y = weight == null ? normalized : mul(normalized, perChannel(weight));
    return bias == null ? y : add(y, perChannel(bias));
  }

  private Variable perChannel(Variable parameter) {
    return Shapes.reshape(parameter, 1, plan.groups(), width, 1);
  }
}
