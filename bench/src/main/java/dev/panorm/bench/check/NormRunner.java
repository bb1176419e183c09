package dev.panorm.bench.check;

import dev.panorm.Activation;
import dev.panorm.Layout;
import dev.panorm.Tensor;
import dev.panorm.backend.Affine;
import dev.panorm.backend.NormPlan.Residual;
import dev.panorm.backend.NormStats;
import dev.panorm.backend.RunningStats;
import dev.panorm.ops.NormSpec;
import dev.panorm.ops.Norms;
import org.jspecify.annotations.Nullable;

/** Runs the norm family, with everything that is fused. */
final class NormRunner {

  private NormRunner() {}

  /** Norms that take their statistics from the data. */
  static void run(Run run) {
    new Tensors(run).data(null);
  }

  /** Norms that may have running statistics. */
  static void runBatch(Run run) {
    Case subject = run.subject();
    Tensors tensors = new Tensors(run);
    boolean tracked = subject.flag("track_running_stats");
    if (!subject.flag("training") && tracked) {
      tensors.frozen(run.input("running_mean"), run.input("running_var"));
    } else if (tracked) {
      RunningStats running =
          new RunningStats(run.input("running_mean"), run.input("running_var"), momentum(subject));
      tensors.data(running);
      run.result("running_mean_after", running.mean());
      run.result("running_var_after", running.variance());
    } else {
      tensors.data(null);
    }
  }

  private static double momentum(Case subject) {
    return subject.text("momentum").equals("none")
        ? subject.number("exponential_average_factor")
        : subject.number("momentum");
  }

  static NormSpec spec(Case subject) {
    NormSpec spec =
        switch (subject.op()) {
          case "layer_norm" -> NormSpec.layerNorm(subject.integers("normalized_shape"));
          case "add_layer_norm" ->
              NormSpec.layerNorm(subject.integers("normalized_shape"))
                  .withResidual(Residual.BEFORE_NORM);
          case "rms_norm" -> NormSpec.rmsNorm(subject.integers("normalized_shape"));
          case "add_rms_norm" ->
              NormSpec.rmsNorm(subject.integers("normalized_shape"))
                  .withResidual(Residual.BEFORE_NORM);
          case "group_norm" -> NormSpec.groupNorm(subject.integer("groups"));
          case "group_norm_silu" ->
              NormSpec.groupNorm(subject.integer("groups")).withActivation(Activation.SILU);
          case "instance_norm" -> NormSpec.instanceNorm();
          case "batch_norm" -> NormSpec.batchNorm();
          case "batch_norm_relu" -> NormSpec.batchNorm().withActivation(Activation.RELU);
          case "batch_norm_add_relu" ->
              NormSpec.batchNorm()
                  .withResidual(Residual.AFTER_NORM)
                  .withActivation(Activation.RELU);
          default -> throw new IllegalArgumentException(subject.op() + " is no norm");
        };
    boolean last = subject.metadata().getOrDefault("layout", "").equals("NHWC");
    return spec.withEps(subject.number("eps")).withLayout(last ? Layout.NHWC : Layout.NCHW);
  }

  /** The tensors of one run. */
  private static final class Tensors {

    private final Run run;
    private final NormSpec spec;
    private final Tensor x;
    private final @Nullable Tensor residual;
    private final Affine affine;
    private final Tensor y;
    private final @Nullable Tensor sum;
    private final Tensor dy;
    private final @Nullable Tensor dsum;
    private final Tensor dx;
    private final @Nullable Tensor dresidual;
    private final Affine gradient;

    Tensors(Run run) {
      this.run = run;
      spec = spec(run.subject());
      boolean before = spec.residual() == Residual.BEFORE_NORM;
      x = run.input("x");
      residual = run.optional("residual");
      affine = run.affine();
      y = run.room(x.shape());
      sum = before ? run.room(x.shape()) : null;
      dy = run.input("dy");
      dsum = run.optional("dsum");
      dx = run.room(x.shape());
      dresidual = before ? null : run.roomLike(residual);
      gradient = run.roomLike(affine);
    }

    void data(@Nullable RunningStats running) {
      NormStats saved = Norms.stats(run.scope(), spec, x);
      Norms.forward(spec, x, residual, affine, running, y, sum, saved);
      Norms.backward(spec, normalized(), later(), affine, saved, dy, dsum, dx, dresidual, gradient);
      run.result("saved_mean", saved.mean());
      run.result("saved_rstd", saved.rstd());
      collect();
    }

    void frozen(Tensor mean, Tensor variance) {
      Norms.frozenForward(spec, x, residual, affine, mean, variance, y, sum);
      Norms.frozenBackward(
          spec, normalized(), later(), affine, mean, variance, dy, dsum, dx, dresidual, gradient);
      collect();
    }

    /** What backward takes for x. */
    private Tensor normalized() {
      return sum == null ? x : sum;
    }

    /** The residual that backward needs: only one that comes after the norm. */
    private @Nullable Tensor later() {
      return sum == null ? residual : null;
    }

    private void collect() {
      run.result("y", y);
      run.result("sum", sum);
      run.result("dx", dx);
      run.result("dresidual", sum == null ? dresidual : dx);
      run.result("dweight", gradient.weight());
      run.result("dbias", gradient.bias());
    }
  }
}
