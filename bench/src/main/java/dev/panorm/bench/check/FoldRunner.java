package dev.panorm.bench.check;

import dev.panorm.Generator;
import dev.panorm.Tensor;
import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import dev.panorm.nn.BatchNorm;
import dev.panorm.nn.BatchNorm1d;
import dev.panorm.nn.BatchNorm2d;
import dev.panorm.nn.Conv2d;
import dev.panorm.nn.Fold;
import dev.panorm.nn.Linear;
import dev.panorm.nn.Module;
import dev.panorm.nn.Parameter;
import org.jspecify.annotations.Nullable;

/** Runs the folding of a BatchNorm into the layer before it. */
final class FoldRunner {

  private FoldRunner() {}

  static void linear(Run run) {
    Tensor weight = run.subject().tensor("weight");
    boolean bias = run.subject().flag("bias");
    try (Linear layer = new Linear(weight.dim(1), weight.dim(0), bias, new Generator(0));
        BatchNorm norm = norm(run, BatchNorm1d.builder(weight.dim(0)))) {
      ModuleRunner.load(run, layer, "");
      try (Linear folded = Fold.batchNorm(layer, norm)) {
        collect(run, folded, folded.weight(), folded.bias());
      }
    }
  }

  static void conv2d(Run run) {
    Case subject = run.subject();
    Tensor weight = subject.tensor("weight");
    long groups = subject.integer("groups");
    Conv2d.Builder builder =
        Conv2d.builder(weight.dim(1) * groups, weight.dim(0), weight.dim(2))
            .stride(subject.integers("stride")[0])
            .padding(subject.integers("padding")[0])
            .dilation(subject.integers("dilation")[0])
            .groups(groups)
            .bias(subject.flag("bias"));
    try (Conv2d layer = builder.build();
        BatchNorm norm = norm(run, BatchNorm2d.builder(weight.dim(0)))) {
      ModuleRunner.load(run, layer, "");
      try (Conv2d folded = Fold.batchNorm(layer, norm)) {
        collect(run, folded, folded.weight(), folded.bias());
      }
    }
  }

  private static BatchNorm norm(Run run, BatchNorm.Builder<? extends BatchNorm> builder) {
    BatchNorm norm =
        builder.eps(run.subject().number("eps")).affine(run.subject().flag("affine")).build();
    ModuleRunner.load(run, norm, "bn_");
    norm.eval();
    return norm;
  }

  private static void collect(Run run, Module folded, Parameter weight, @Nullable Parameter bias) {
    try (Tape _ = Tape.open()) {
      Variable y = folded.forward(Variable.of(run.input("x")));
      run.result("y", ModuleRunner.copy(run, y.value()));
    }
    run.result("folded_weight", ModuleRunner.copy(run, weight.value()));
    if (bias != null) {
      run.result("folded_bias", ModuleRunner.copy(run, bias.value()));
    }
  }
}
