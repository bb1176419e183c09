package dev.panorm.bench.check;

import dev.panorm.Tensor;
import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import dev.panorm.nn.InstanceNorm;
import dev.panorm.nn.InstanceNorm1d;
import dev.panorm.nn.InstanceNorm2d;
import dev.panorm.nn.InstanceNorm3d;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

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
    module.to(run.dtype());
    Map<String, Tensor> state = new HashMap<>(module.stateDict());
    for (String name : new String[] {"weight", "bias", "running_mean", "running_var"}) {
      if (subject.tensors().containsKey(name)) {
        state.put(name, subject.tensor(name));
      }
    }
    module.loadStateDict(state);
    return module;
  }

  private static void train(Run run, InstanceNorm module) {
    try (Tape _ = Tape.open()) {
      module.forward(Variable.of(run.input("x")));
    }
    run.result("running_mean_after", copy(run, module.runningMean()));
    run.result("running_var_after", copy(run, module.runningVar()));
  }

  private static void evaluate(Run run, InstanceNorm module) {
    module.eval();
    try (Tape _ = Tape.open()) {
      Variable x = Variable.leaf(run.input("x"));
      Variable y = module.forward(x);
      y.backward(run.input("dy"));
      run.result("y", copy(run, y.value()));
      run.result("dx", copy(run, x.grad()));
      if (module.weight() != null) {
        run.result("dweight", copy(run, module.weight().grad()));
      }
      if (module.bias() != null) {
        run.result("dbias", copy(run, module.bias().grad()));
      }
    }
  }

  /** Results must outlive the module and its tape. */
  private static @Nullable Tensor copy(Run run, @Nullable Tensor tensor) {
    return tensor == null ? null : run.scope().copyOf(tensor);
  }
}
