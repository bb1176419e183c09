package dev.panorm.testkit;

import dev.panorm.Activation;
import dev.panorm.DType;
import dev.panorm.EpsMode;
import dev.panorm.Layout;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.backend.Affine;
import dev.panorm.backend.NormKernels;
import dev.panorm.backend.NormPlan;
import dev.panorm.backend.NormPlan.Family;
import dev.panorm.backend.NormPlan.Residual;
import dev.panorm.backend.NormStats;
import dev.panorm.backend.RunningStats;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * One norm on random data, forward and backward, through the kernels' own interface.
 *
 * @param frozen whether the statistics are given
 * @param weight whether there is a weight
 * @param bias whether there is a bias
 */
public record NormCase(
    NormPlan plan,
    DType dtype,
    double mean,
    double deviation,
    boolean frozen,
    boolean weight,
    boolean bias,
    long seed) {

  /** The usual norm of a geometry, to be refined. */
  public static NormCase of(
      Family family, Layout layout, long outer, long channels, long inner, long groups) {
    return new NormCase(
        new NormPlan(
            family,
            true,
            outer,
            channels,
            inner,
            groups,
            layout,
            1e-5,
            EpsMode.INSIDE_SQRT,
            Residual.NONE,
            Activation.IDENTITY),
        DType.FLOAT32,
        0.5,
        1.5,
        false,
        true,
        true,
        42);
  }

  /** With another plan: centring, eps and fusions. */
  public NormCase with(
      boolean centred, EpsMode mode, double eps, Residual residual, Activation after) {
    return with(
        new NormPlan(
            plan.family(),
            centred,
            plan.outer(),
            plan.channels(),
            plan.inner(),
            plan.groups(),
            plan.layout(),
            eps,
            mode,
            residual,
            after));
  }

  /** With fusions. */
  public NormCase with(Residual residual, Activation after) {
    return with(plan.centred(), plan.epsMode(), plan.eps(), residual, after);
  }

  private NormCase with(NormPlan other) {
    return new NormCase(other, dtype, mean, deviation, frozen, weight, bias, seed);
  }

  /** With data of another type. */
  public NormCase of(DType type) {
    return new NormCase(plan, type, mean, deviation, frozen, weight, bias, seed);
  }

  /** With data of another mean and deviation. */
  public NormCase distributed(double around, double by) {
    return new NormCase(plan, dtype, around, by, frozen, weight, bias, seed);
  }

  /** With or without weight and bias. */
  public NormCase affine(boolean hasWeight, boolean hasBias) {
    return new NormCase(plan, dtype, mean, deviation, frozen, hasWeight, hasBias, seed);
  }

  /** Frozen: with given statistics. */
  public NormCase withGivenStatistics() {
    return new NormCase(plan, dtype, mean, deviation, true, weight, bias, seed);
  }

  /** Runs it and returns every result as float64. */
  public Map<String, double[]> run(NormKernels kernels, DType type) {
    try (Scope scope = Scope.open()) {
      return new Run(scope, kernels, type).results();
    }
  }

  /** One run: the same random inputs, rounded to the case's type, for every backend. */
  private final class Run {

    private final Scope scope;
    private final NormKernels kernels;
    private final DType type;
    private final Random random = new Random(seed);
    private final Map<String, Tensor> results = new LinkedHashMap<>();

    private final Tensor x;
    private final @Nullable Tensor residual;
    private final Affine affine;
    private final Tensor dy;
    private final @Nullable Tensor dsum;

    Run(Scope scope, NormKernels kernels, DType type) {
      this.scope = scope;
      this.kernels = kernels;
      this.type = type;
      long n = plan.elements();
      x = random(n, mean, deviation);
      residual = plan.residual() == Residual.NONE ? null : random(n, 0, 0.5);
      affine =
          new Affine(
              weight ? random(plan.channels(), 1, 0.3) : null,
              bias ? random(plan.channels(), 0, 0.3) : null);
      dy = random(n, 0, 1);
      dsum = plan.residual() == Residual.BEFORE_NORM ? random(n, 0, 1) : null;
    }

    Map<String, double[]> results() {
      if (frozen) {
        frozen();
      } else {
        measured();
      }
      Map<String, double[]> values = new LinkedHashMap<>();
      results.forEach((name, tensor) -> values.put(name, tensor.toDoubleArray()));
      return values;
    }

    private void frozen() {
      Tensor givenMean = random(plan.channels(), mean, 0.1);
      Tensor givenVariance = positive(plan.channels());
      Tensor y = result("y", plan.elements());
      Tensor sum = sum();
      kernels.frozenForward(plan, x, residual, affine, givenMean, givenVariance, y, sum);
      kernels.frozenBackward(
          plan,
          sum == null ? x : sum,
          residualAfter(),
          affine,
          givenMean,
          givenVariance,
          dy,
          dsum,
          result("dx", plan.elements()),
          dresidual(),
          gradient());
    }

    private void measured() {
      NormStats saved = stats();
      Tensor y = result("y", plan.elements());
      Tensor sum = sum();
      Tensor normalized = sum == null ? x : sum;
      kernels.forward(plan, x, residual, affine, running(), y, sum, saved);
      kernels.backward(
          plan,
          normalized,
          residualAfter(),
          affine,
          saved,
          dy,
          dsum,
          result("dx", plan.elements()),
          dresidual(),
          gradient());
    }

    private NormStats stats() {
      long n = plan.statistics();
      boolean low = plan.centred() && type == DType.FLOAT32;
      return new NormStats(
          plan.centred() ? result("mean", n) : null,
          low ? scope.empty(type, n) : null,
          result("rstd", n));
    }

    private @Nullable RunningStats running() {
      if (plan.family() == Family.SLAB || plan.perStatistic() < 2) {
        return null;
      }
      Tensor runningMean = random(plan.channels(), 0, 1);
      Tensor runningVariance = positive(plan.channels());
      results.put("running_mean", runningMean);
      results.put("running_var", runningVariance);
      return new RunningStats(runningMean, runningVariance, 0.1);
    }

    private @Nullable Tensor sum() {
      return plan.residual() == Residual.BEFORE_NORM ? result("sum", plan.elements()) : null;
    }

    private @Nullable Tensor residualAfter() {
      return plan.residual() == Residual.AFTER_NORM ? residual : null;
    }

    private @Nullable Tensor dresidual() {
      return plan.residual() == Residual.AFTER_NORM ? result("dresidual", plan.elements()) : null;
    }

    private Affine gradient() {
      return new Affine(
          weight ? result("dweight", plan.channels()) : null,
          bias ? result("dbias", plan.channels()) : null);
    }

    private Tensor result(String name, long n) {
      Tensor tensor = scope.empty(type, n);
      results.put(name, tensor);
      return tensor;
    }

    private Tensor random(long n, double around, double by) {
      return filled(n, around, by, false);
    }

    private Tensor positive(long n) {
      return filled(n, 1, 0.2, true);
    }

    private Tensor filled(long n, double around, double by, boolean positive) {
      double[] values = new double[(int) n];
      for (int i = 0; i < values.length; i++) {
        double value = around + by * random.nextGaussian();
        double kept = positive ? Math.abs(value) + 0.1 : value;
        values[i] = dtype == DType.FLOAT32 ? (float) kept : kept;
      }
      Tensor tensor = scope.empty(type, n);
      tensor.copyFrom(values);
      return tensor;
    }
  }
}
