package dev.panorm.autograd;

import dev.panorm.EpsMode;
import dev.panorm.Tensor;
import dev.panorm.backend.Affine;
import dev.panorm.backend.NormStats;
import dev.panorm.backend.RunningStats;
import dev.panorm.internal.check.Check;
import dev.panorm.ops.Elementwise;
import dev.panorm.ops.NormSpec;
import dev.panorm.ops.Norms;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The norm family on variables. Gradients come from one fused kernel; where they are to be
 * differentiated themselves, from {@link NormFormula}.
 *
 * <p>A spec's activation is part of the function; a spec's residual is not offered here.
 */
public final class Normalize {

  private Normalize() {}

  /**
   * Returns norm(x) with statistics of the data.
   *
   * @param weight scale, null for ones
   * @param bias shift, null for zeros
   */
  public static Variable norm(
      NormSpec spec, Variable x, @Nullable Variable weight, @Nullable Variable bias) {
    return norm(spec, x, weight, bias, null, Norms.stats(Tape.memory(), spec, x.value()));
  }

  /**
   * As {@link #norm(NormSpec, Variable, Variable, Variable)}, for callers that want the statistics.
   *
   * @param running running statistics that a BatchNorm updates, null for none
   * @param saved receives the statistics of the data and must live until backward: {@link
   *     Norms#stats}
   */
  public static Variable norm(
      NormSpec spec,
      Variable x,
      @Nullable Variable weight,
      @Nullable Variable bias,
      @Nullable RunningStats running,
      NormStats saved) {
    Tensor y = Arithmetic.like(x);
    Affine affine = affine(weight, bias);
    Norms.forward(spec, x.value(), null, affine, running, y, null, saved);
    return record(
        y,
        x,
        weight,
        bias,
        () -> NormFormula.of(spec, x, weight, bias),
        (dy, dx, dAffine) -> Norms.backward(spec, x.value(), affine, saved, dy, dx, dAffine));
  }

  /**
   * Returns BatchNorm(x) with given statistics, which are constants.
   *
   * @param mean one per channel
   * @param variance one per channel
   */
  public static Variable frozen(
      NormSpec spec,
      Variable x,
      @Nullable Variable weight,
      @Nullable Variable bias,
      Tensor mean,
      Tensor variance) {
    Tensor y = Arithmetic.like(x);
    Affine affine = affine(weight, bias);
    Norms.frozenForward(spec, x.value(), null, affine, mean, variance, y, null);
    return record(
        y,
        x,
        weight,
        bias,
        () -> NormFormula.frozen(spec, x, weight, bias, mean, variance),
        (dy, dx, dAffine) ->
            Norms.frozenBackward(
                spec, x.value(), null, affine, mean, variance, dy, null, dx, null, dAffine));
  }

  /**
   * Returns (x − mean) · r with mean and biased variance over any axes, in place, without a
   * transpose and without a fused kernel.
   *
   * @param axes dimensions that share statistics, each once; negative ones count from the end
   */
  public static Variable overAxes(Variable x, EpsMode mode, double eps, int... axes) {
    return NormFormula.overAxes(x, mode, eps, axes);
  }

  /**
   * As {@link #overAxes(Variable, EpsMode, double, int...)}, where only elements whose mask is not
   * 0 count: mean and variance are theirs alone, and the others come out as 0 and get no gradient,
   * whatever they are. A set without any is all zeros.
   *
   * @param mask constant of x's type, whose shape broadcasts to x's
   */
  public static Variable overAxes(Variable x, Tensor mask, EpsMode mode, double eps, int... axes) {
    Check.that(
        Elementwise.broadcast(x.shape(), mask.shape()).equals(x.shape()),
        "overAxes",
        "mask's shape",
        mask.shape(),
        "one that broadcasts to " + x.shape());
    return NormFormula.overAxes(x, mask, mode, eps, axes);
  }

  /** A fused kernel for the gradients. */
  private interface Kernel {
    void run(Tensor dy, @Nullable Tensor dx, Affine dAffine);
  }

  private static Variable record(
      Tensor y,
      Variable x,
      @Nullable Variable weight,
      @Nullable Variable bias,
      Supplier<Variable> formula,
      Kernel kernel) {
    Inputs inputs = Inputs.of(x, weight, bias);
    return Tape.record(
        y,
        gradients -> {
          if (Tape.isRecording()) {
            gradients.through(formula);
          } else {
            Tensor dx = inputs.room(gradients, x);
            Affine dAffine =
                new Affine(inputs.room(gradients, weight), inputs.room(gradients, bias));
            kernel.run(gradients.upstream().value(), dx, dAffine);
            inputs.give(gradients, x, dx);
            inputs.give(gradients, weight, dAffine.weight());
            inputs.give(gradients, bias, dAffine.bias());
          }
        },
        inputs.present());
  }

  private static Affine affine(@Nullable Variable weight, @Nullable Variable bias) {
    return new Affine(weight == null ? null : weight.value(), bias == null ? null : bias.value());
  }
}
