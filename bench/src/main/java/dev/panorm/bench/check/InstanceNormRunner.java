package dev.panorm.bench.check;

import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import dev.panorm.nn.InstanceNorm;
import dev.panorm.nn.InstanceNorm1d;
import dev.panorm.nn.InstanceNorm2d;
import dev.panorm.nn.InstanceNorm3d;

/** Runs instance norm: the operation on data, the module where there are running statistics. */
final class InstanceNormRunner {

  private InstanceNormRunner() {}

  static void run(Run run) {
    boolean tracked = run.subject().flag("track_running_stats");
    boolean data = run.subject().flag("use_input_stats");
    if (data) {
      NormRunner.run(run);
    }
    if (tracked) {
      try (InstanceNorm module = module(run)) {
        if (data) {
          train(run, module);
        } else {
          evaluate(run, module);
        }
      }
    }
  }

  private static InstanceNorm module(Run run) {
    Case subject = run.subject();
    long channels = subject.tensor("x").dim(1);
    InstanceNorm.Builder<? extends InstanceNorm> builder =
        switch (subject.tensor("x").shape().rank()) {
          case 3 -> InstanceNorm1d.builder(channels);
          case 4 -> InstanceNorm2d.builder(channels);
          default -> InstanceNorm3d.builder(channels);
        };
    InstanceNorm module =
        builder
            .eps(subject.number("eps"))
            .momentum(subject.number("momentum"))
            .affine(subject.flag("affine"))
            .trackRunningStats(true)
            .build();
    ModuleRunner.load(run, module, "");
    return module;
  }

  private static void train(Run run, InstanceNorm module) {
    try (Tape _ = Tape.open()) {
      module.forward(Variable.of(run.input("x")));
    }
    run.result("running_mean_after", ModuleRunner.copy(run, module.runningMean()));
    run.result("running_var_after", ModuleRunner.copy(run, module.runningVar()));
  }

  private static void evaluate(Run run, InstanceNorm module) {
    module.eval();
    ModuleRunner.forwardAndBackward(run, module);
    if (module.weight() != null) {
      run.result("dweight", ModuleRunner.copy(run, module.weight().grad()));
    }
    if (module.bias() != null) {
      run.result("dbias", ModuleRunner.copy(run, module.bias().grad()));
    }
  }
}
