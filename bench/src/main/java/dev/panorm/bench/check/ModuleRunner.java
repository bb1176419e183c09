package dev.panorm.bench.check;

import dev.panorm.Tensor;
import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import dev.panorm.nn.LocalResponseNorm;
import dev.panorm.nn.Module;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Runs cases by way of modules, for what has no operation of its own. */
final class ModuleRunner {

  private ModuleRunner() {}

  static void localResponseNorm(Run run) {
    Case subject = run.subject();
    try (LocalResponseNorm module =
        new LocalResponseNorm(
            subject.integer("size"),
            subject.number("alpha"),
            subject.number("beta"),
            subject.number("k"),
            LocalResponseNorm.AlphaMode.DIV_N)) {
      forwardAndBackward(run, module);
    }
  }

  /**
   * Converts a module to the type of the run and gives it a case's tensors.
   *
   * @param prefix what stands before the module's names in the case
   */
  static void load(Run run, Module module, String prefix) {
    module.to(run.dtype());
    Map<String, Tensor> state = new HashMap<>(module.stateDict());
    state.replaceAll(
        (name, own) -> {
          boolean learned = name.equals("weight") || name.equals("bias");
          return run.subject().tensors().getOrDefault(learned ? prefix + name : name, own);
        });
    module.loadStateDict(state);
  }

  /** Notes y and dx. */
  static void forwardAndBackward(Run run, Module module) {
    try (Tape _ = Tape.open()) {
      Variable x = Variable.leaf(run.input("x"));
      Variable y = module.forward(x);
      y.backward(run.input("dy"));
      run.result("y", copy(run, y.value()));
      run.result("dx", copy(run, x.grad()));
    }
  }

  /** Results must outlive the module and its tape. */
  static @Nullable Tensor copy(Run run, @Nullable Tensor tensor) {
    return tensor == null ? null : run.scope().copyOf(tensor);
  }
}
