package dev.panorm.ops;

import static org.junit.jupiter.api.Assertions.fail;

import dev.panorm.Activation;
import dev.panorm.DType;
import dev.panorm.EpsMode;
import dev.panorm.Layout;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.backend.Affine;
import dev.panorm.backend.NormPlan.Residual;
import dev.panorm.backend.NormStats;
import dev.panorm.testkit.BackendTest;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Gradients of the reference in float64 against central differences of its own forward pass. */
class NormGradientTest {

  private static final double STEP = 1e-5;

  /**
   * Central differences err by STEP² · f'''/6, about 1e-10 of gradients of size 1, and by rounding,
   * 1e-16 · |L| / STEP = 1e-10 for |L| below 10; third derivatives of an OUTSIDE norm reach 1e3.
   */
  private static final double BOUND = 1e-6;

  static List<NormSpec> specs() {
    List<NormSpec> specs = new ArrayList<>();
    for (NormSpec norm :
        List.of(
            NormSpec.layerNorm(6),
            NormSpec.rmsNorm(6),
            NormSpec.groupNorm(2),
            NormSpec.instanceNorm(),
            NormSpec.batchNorm(),
            NormSpec.groupNorm(3).withLayout(Layout.NHWC),
            NormSpec.batchNorm().withLayout(Layout.NHWC))) {
      for (EpsMode mode : EpsMode.values()) {
        for (Residual residual : Residual.values()) {
          for (Activation activation : Activation.values()) {
            specs.add(
                norm.withEps(0.03)
                    .withEpsMode(mode)
                    .withResidual(residual)
                    .withActivation(activation));
          }
        }
      }
    }
    return specs;
  }

  @ParameterizedTest
  @MethodSource("specs")
  void gradientsAreThoseOfTheForwardPass(NormSpec spec) {
    BackendTest.on("reference", () -> check(spec, false));
  }

  static List<NormSpec> frozen() {
    return specs().stream().filter(s -> s.kind() == NormSpec.Kind.BATCH).toList();
  }

  @ParameterizedTest
  @MethodSource("frozen")
  void gradientsAreThoseOfTheFrozenForwardPass(NormSpec spec) {
    BackendTest.on("reference", () -> check(spec, true));
  }

  private static void check(NormSpec spec, boolean frozen) {
    try (Scope scope = Scope.open()) {
      Run run = new Run(scope, spec, frozen);
      run.backward();
      run.compare("dx", run.x, run.dx);
      run.compare("dweight", run.weight, run.dweight);
      run.compare("dbias", run.bias, run.dbias);
      if (spec.residual() == Residual.BEFORE_NORM) {
        run.compare("dresidual", run.residual, run.dx);
      } else if (spec.residual() == Residual.AFTER_NORM) {
        run.compare("dresidual", run.residual, run.dresidual);
      }
    }
  }

  /** One norm of small random data, and L = Σ y · dy + Σ sum · dsum. */
  private static final class Run {

    private final Random random = new Random(7);
    private final Scope scope;
    private final NormSpec spec;
    private final boolean frozen;
    private final boolean before;
    private final boolean after;

    private final Tensor x;
    private final Tensor residual;
    private final Tensor weight;
    private final Tensor bias;
    private final Tensor mean;
    private final Tensor variance;
    private final Tensor dy;
    private final Tensor dsum;
    private final Tensor y;
    private final Tensor sum;
    private final Tensor dx;
    private final Tensor dresidual;
    private final Tensor dweight;
    private final Tensor dbias;
    private final NormStats saved;

    Run(Scope scope, NormSpec spec, boolean frozen) {
      this.scope = scope;
      this.spec = spec;
      this.frozen = frozen;
      before = spec.residual() == Residual.BEFORE_NORM;
      after = spec.residual() == Residual.AFTER_NORM;
      // Six channels in either layout: [2, 6, 6].
      x = random(2, 6, 6);
      residual = random(2, 6, 6);
      weight = random(6);
      bias = random(6);
      mean = random(6);
      variance = scope.full(0.7, DType.FLOAT64, mean.shape());
      dy = random(2, 6, 6);
      dsum = random(2, 6, 6);
      y = scope.emptyLike(x);
      sum = scope.emptyLike(x);
      dx = scope.emptyLike(x);
      dresidual = scope.emptyLike(x);
      dweight = scope.emptyLike(weight);
      dbias = scope.emptyLike(bias);
      saved = Norms.stats(scope, spec, x);
    }

    private Tensor random(long... dims) {
      Tensor tensor = scope.empty(DType.FLOAT64, dims);
      tensor.copyFrom(random.doubles(tensor.elements(), -1.5, 1.5).toArray());
      return tensor;
    }

    private @Nullable Tensor second() {
      return before || after ? residual : null;
    }

    private double loss() {
      Affine affine = new Affine(weight, bias);
      Tensor sums = before ? sum : null;
      if (frozen) {
        Norms.frozenForward(spec, x, second(), affine, mean, variance, y, sums);
      } else {
        Norms.forward(spec, x, second(), affine, null, y, sums, saved);
      }
      return dot(y, dy) + (before ? dot(sum, dsum) : 0);
    }

    private static double dot(Tensor a, Tensor b) {
      double total = 0;
      for (long i = 0; i < a.elements(); i++) {
        total += a.get(i) * b.get(i);
      }
      return total;
    }

    void backward() {
      double unused = loss();
      Affine affine = new Affine(weight, bias);
      Affine gradient = new Affine(dweight, dbias);
      Tensor input = before ? sum : x;
      Tensor again = after && spec.activation() != Activation.IDENTITY ? residual : null;
      Tensor upstream = before ? dsum : null;
      Tensor second = after ? dresidual : null;
      if (frozen) {
        Norms.frozenBackward(
            spec, input, again, affine, mean, variance, dy, upstream, dx, second, gradient);
      } else {
        Norms.backward(spec, input, again, affine, saved, dy, upstream, dx, second, gradient);
      }
      if (Double.isNaN(unused)) {
        fail(describe() + ": the loss is NaN");
      }
    }

    void compare(String name, Tensor input, Tensor gradient) {
      double[] values = input.toDoubleArray();
      for (int i = 0; i < values.length; i++) {
        double difference = (moved(input, values, i, STEP) - moved(input, values, i, -STEP)) / 2;
        double slope = difference / STEP;
        double error = Math.abs(gradient.get(i) - slope);
        if (!(error <= BOUND * Math.max(1, Math.abs(slope)))) {
          fail(
              describe()
                  + ": "
                  + name
                  + "["
                  + i
                  + "] is "
                  + gradient.get(i)
                  + ", expected "
                  + slope);
        }
      }
    }

    private double moved(Tensor input, double[] values, int i, double by) {
      double[] changed = values.clone();
      changed[i] += by;
      input.copyFrom(changed);
      double loss = loss();
      input.copyFrom(values);
      return loss;
    }

    private String describe() {
      return spec.kind()
          + " "
          + spec.layout()
          + " "
          + spec.epsMode()
          + " "
          + spec.residual()
          + " "
          + spec.activation();
    }
  }
}
