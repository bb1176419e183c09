package dev.panorm.bench.compare;

import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import dev.panorm.bench.task.NormData;
import dev.panorm.bench.task.ResponseCase;
import dev.panorm.nn.LocalResponseNorm;

/** Local response normalization through autograd, since Panorm has it as a module only. */
final class PanormResponse {

  private PanormResponse() {}

  /** Returns the call; backward has to run forward before. */
  static Runnable work(ResponseCase.Response task) {
    LocalResponseNorm module = new LocalResponseNorm(ResponseCase.NEIGHBOURS);
    if (!task.backward()) {
      return () -> {
        try (Tape _ = Tape.open()) {
          task.y().copyFrom(module.forward(Variable.of(task.x())).value());
        }
      };
    }
    Variable x = Variable.leaf(task.x());
    return () -> {
      try (Tape _ = Tape.open()) {
        x.zeroGrad();
        module.forward(x).backward(task.dy());
        task.dx().copyFrom(NormData.present(x.grad()));
      }
    };
  }
}
