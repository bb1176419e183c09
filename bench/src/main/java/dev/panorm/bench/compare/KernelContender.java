package dev.panorm.bench.compare;

import dev.panorm.backend.Backend;
import dev.panorm.backend.Backends;
import dev.panorm.backend.Operation;
import dev.panorm.bench.task.NormTask;
import dev.panorm.bench.task.Task;

/** A kernel of Panorm's without what a call does before: checks, choice, counting of users. */
final class KernelContender extends PanormContender {

  KernelContender() {
    super(AUTOMATIC);
  }

  @Override
  public String name() {
    return "panorm-kernel";
  }

  @Override
  public Call call(Task task) {
    if (!(task instanceof NormTask norm)) {
      throw new UnavailableException("only norms are called without their checks");
    }
    Backend serving =
        Backends.select(Operation.NORM, task.dtype(), task.results().getFirst().elements());
    return Call.of(serving.name(), PanormNorms.kernel(norm, serving));
  }
}
