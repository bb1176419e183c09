package dev.panorm.ops;

import dev.panorm.Activation;
import dev.panorm.DType;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.backend.Affine;
import dev.panorm.backend.NormPlan;
import dev.panorm.backend.NormPlan.Family;
import dev.panorm.backend.NormPlan.Residual;
import dev.panorm.backend.NormStats;
import dev.panorm.backend.RunningStats;
import dev.panorm.internal.check.Check;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The checks of {@link Norms}, done before anything is written. */
final class NormChecks {

  private NormChecks() {}

  static NormPlan forward(
      NormSpec spec,
      Tensor x,
      @Nullable Tensor residual,
      Affine affine,
      @Nullable RunningStats running,
      Tensor y,
      @Nullable Tensor sum,
      @Nullable NormStats saved) {
    String op = spec.kind().operation();
    NormPlan plan = inputs(op, spec, x, residual, affine);
    if (plan.family() == Family.CHANNEL && plan.perStatistic() == 1) {
      throw new IllegalArgumentException(
          op
              + ": x has one value per channel in shape "
              + x.shape()
              + ", expected more than one in training");
    }
    outputs(op, spec, x, residual, affine, y, sum);
    statistics(op, plan, x.dtype(), saved);
    if (running != null) {
      running(op, plan, x, running, y);
    }
    return plan;
  }

  static NormPlan backward(
      NormSpec spec,
      Tensor x,
      @Nullable Tensor residual,
      Affine affine,
      NormStats saved,
      Tensor dy,
      @Nullable Tensor dsum,
      @Nullable Tensor dx,
      @Nullable Tensor dresidual,
      Affine gradient) {
    String op = spec.kind().backward();
    NormPlan plan = gradients(op, spec, x, residual, affine, dy, dsum, dx, dresidual, gradient);
    statistics(op, plan, x.dtype(), saved);
    return plan;
  }

  static NormPlan frozenForward(
      NormSpec spec,
      Tensor x,
      @Nullable Tensor residual,
      Affine affine,
      Tensor mean,
      Tensor variance,
      Tensor y,
      @Nullable Tensor sum) {
    String op = spec.kind().operation();
    NormPlan plan = inputs(op, spec, x, residual, affine);
    given(op, plan, x.dtype(), mean, variance);
    outputs(op, spec, x, residual, affine, y, sum);
    Check.apart(op, "y", y, "mean", mean);
    Check.apart(op, "y", y, "variance", variance);
    return plan;
  }

  static NormPlan frozenBackward(
      NormSpec spec,
      Tensor x,
      @Nullable Tensor residual,
      Affine affine,
      Tensor mean,
      Tensor variance,
      Tensor dy,
      @Nullable Tensor dsum,
      @Nullable Tensor dx,
      @Nullable Tensor dresidual,
      Affine gradient) {
    String op = spec.kind().backward();
    NormPlan plan = gradients(op, spec, x, residual, affine, dy, dsum, dx, dresidual, gradient);
    given(op, plan, x.dtype(), mean, variance);
    return plan;
  }

  private static NormPlan inputs(
      String op, NormSpec spec, Tensor x, @Nullable Tensor residual, Affine affine) {
    Check.floating(op, "x", x);
    NormPlan plan = spec.plan(x.shape());
    Check.present(op, "residual", residual, spec.residual() != Residual.NONE);
    Check.like(op, "residual", residual, x.dtype(), x.shape());
    parameter(op, "weight", spec, plan, x.dtype(), affine.weight());
    parameter(op, "bias", spec, plan, x.dtype(), affine.bias());
    return plan;
  }

  private static void parameter(
      String op,
      String name,
      NormSpec spec,
      NormPlan plan,
      DType dtype,
      @Nullable Tensor parameter) {
    if (parameter == null) {
      return;
    }
    if (spec.normalizedShape().rank() > 0) {
      Check.like(op, name, parameter, dtype, spec.normalizedShape());
    } else {
      vector(op, name, parameter, dtype, plan.channels());
    }
  }

  private static void vector(String op, String name, Tensor tensor, DType dtype, long length) {
    Check.dtype(op, name, tensor, dtype);
    if (tensor.shape().rank() != 1 || tensor.elements() != length) {
      throw new IllegalArgumentException(
          op + ": " + name + " has shape " + tensor.shape() + ", expected [" + length + "]");
    }
  }

  private static void outputs(
      String op,
      NormSpec spec,
      Tensor x,
      @Nullable Tensor residual,
      Affine affine,
      Tensor y,
      @Nullable Tensor sum) {
    Check.like(op, "y", y, x.dtype(), x.shape());
    Check.like(op, "sum", sum, x.dtype(), x.shape());
    if (sum != null) {
      Check.that(
          spec.residual() == Residual.BEFORE_NORM,
          op,
          "sum",
          "given",
          "none without a residual before the norm");
    }
    apartFromInputs(op, "y", y, x, residual, affine);
    apartFromInputs(op, "sum", sum, x, residual, affine);
    Check.apart(op, "y", y, "sum", sum);
  }

  private static void apartFromInputs(
      String op,
      String name,
      @Nullable Tensor output,
      Tensor x,
      @Nullable Tensor residual,
      Affine affine) {
    Check.writable(op, name, output);
    Check.apart(op, name, output, "x", x);
    Check.apart(op, name, output, "residual", residual);
    Check.apart(op, name, output, "weight", affine.weight());
    Check.apart(op, name, output, "bias", affine.bias());
  }

  private static void apartFromAll(
      String op,
      String name,
      @Nullable Tensor output,
      Tensor x,
      @Nullable Tensor residual,
      Affine affine,
      @Nullable Tensor dsum) {
    apartFromInputs(op, name, output, x, residual, affine);
    Check.apart(op, name, output, "dsum", dsum);
  }

  private static void statistics(String op, NormPlan plan, DType dtype, @Nullable NormStats saved) {
    if (saved == null) {
      return;
    }
    Check.present(op, "saved mean", saved.mean(), plan.centred());
    Check.present(op, "saved meanLow", saved.meanLow(), plan.centred() && dtype == DType.FLOAT32);
    Check.elements(op, "saved mean", saved.mean(), dtype, plan.statistics());
    Check.elements(op, "saved meanLow", saved.meanLow(), dtype, plan.statistics());
    Check.elements(op, "saved rstd", saved.rstd(), dtype, plan.statistics());
    Check.writable(op, "saved rstd", saved.rstd());
  }

  private static void running(String op, NormPlan plan, Tensor x, RunningStats running, Tensor y) {
    Check.that(
        plan.family() == Family.CHANNEL,
        op,
        "running",
        "given",
        "none: only batchNorm has running statistics");
    double momentum = running.momentum();
    Check.that(momentum >= 0 && momentum <= 1, op, "momentum", momentum, "0 to 1");
    given(op, plan, x.dtype(), running.mean(), running.variance());
    Check.writable(op, "running mean", running.mean());
    Check.writable(op, "running variance", running.variance());
    Check.apart(op, "running mean", running.mean(), "running variance", running.variance());
    Check.apart(op, "y", y, "running mean", running.mean());
    Check.apart(op, "y", y, "running variance", running.variance());
  }

  private static void given(String op, NormPlan plan, DType dtype, Tensor mean, Tensor variance) {
    Check.that(
        plan.family() == Family.CHANNEL,
        op,
        "mean",
        "given",
        "none: only batchNorm takes statistics");
    vector(op, "mean", mean, dtype, plan.channels());
    vector(op, "variance", variance, dtype, plan.channels());
  }

  private static NormPlan gradients(
      String op,
      NormSpec spec,
      Tensor x,
      @Nullable Tensor residual,
      Affine affine,
      Tensor dy,
      @Nullable Tensor dsum,
      @Nullable Tensor dx,
      @Nullable Tensor dresidual,
      Affine gradient) {
    Check.floating(op, "x", x);
    NormPlan plan = spec.plan(x.shape());
    boolean recomputed =
        spec.residual() == Residual.AFTER_NORM && spec.activation() != Activation.IDENTITY;
    Check.present(op, "residual", residual, recomputed);
    Check.like(op, "residual", residual, x.dtype(), x.shape());
    parameter(op, "weight", spec, plan, x.dtype(), affine.weight());
    parameter(op, "bias", spec, plan, x.dtype(), affine.bias());
    Check.like(op, "dy", dy, x.dtype(), x.shape());
    Check.like(op, "dsum", dsum, x.dtype(), x.shape());
    Check.like(op, "dx", dx, x.dtype(), x.shape());
    Check.like(op, "dresidual", dresidual, x.dtype(), x.shape());
    parameter(op, "dweight", spec, plan, x.dtype(), gradient.weight());
    parameter(op, "dbias", spec, plan, x.dtype(), gradient.bias());
    Check.apartOrSame(op, "dx", dx, "dy", dy);
    Check.apart(op, "dresidual", dresidual, "dy", dy);
    Check.apart(op, "dresidual", dresidual, "dx", dx);
    apartFromAll(op, "dx", dx, x, residual, affine, dsum);
    apartFromAll(op, "dresidual", dresidual, x, residual, affine, dsum);
    apartFromAll(op, "dweight", gradient.weight(), x, residual, affine, dsum);
    apartFromAll(op, "dbias", gradient.bias(), x, residual, affine, dsum);
    Check.apart(op, "dweight", gradient.weight(), "dy", dy);
    Check.apart(op, "dbias", gradient.bias(), "dy", dy);
    Check.apart(op, "dweight", gradient.weight(), "dx", dx);
    Check.apart(op, "dbias", gradient.bias(), "dx", dx);
    Check.apart(op, "dweight", gradient.weight(), "dbias", gradient.bias());
    return plan;
  }

  /** Shape of the saved statistics, as PyTorch has it. */
  static Shape statsShape(NormSpec spec, Shape x) {
    NormPlan plan = spec.plan(x);
    return switch (spec.kind()) {
      case LAYER, RMS -> {
        long[] dims = x.dims();
        Arrays.fill(dims, dims.length - spec.normalizedShape().rank(), dims.length, 1);
        yield Shape.of(dims);
      }
      case GROUP, INSTANCE -> Shape.of(plan.outer(), plan.groups());
      case BATCH -> Shape.of(plan.channels());
    };
  }
}
