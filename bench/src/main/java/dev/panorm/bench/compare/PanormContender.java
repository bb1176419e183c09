package dev.panorm.bench.compare;

import dev.panorm.Panorm;
import dev.panorm.backend.Backend;
import dev.panorm.backend.BackendReport;
import dev.panorm.backend.BackendUnavailableException;
import dev.panorm.backend.Backends;
import dev.panorm.backend.Operation;
import dev.panorm.backend.Support;
import dev.panorm.bench.task.NormTask;
import dev.panorm.bench.task.OwnCase;
import dev.panorm.bench.task.ProductCase;
import dev.panorm.bench.task.ResponseCase;
import dev.panorm.bench.task.StepCase;
import dev.panorm.bench.task.Task;
import dev.panorm.ops.LinearAlgebra;
import java.util.LinkedHashMap;
import java.util.Map;

/** Panorm itself, with a backend by name or its own choice. */
class PanormContender implements Contender {

  /** Name of the choice that Panorm makes. */
  static final String AUTOMATIC = "auto";

  private final String backend;
  private int threads = Panorm.threads();

  PanormContender(String backend) {
    this.backend = backend;
  }

  @Override
  public String name() {
    return "panorm-" + backend;
  }

  @Override
  public void open(int threads) {
    this.threads = threads;
    try {
      enter();
    } catch (BackendUnavailableException e) {
      throw new UnavailableException(e);
    }
  }

  @Override
  public void enter() {
    Panorm.setThreads(threads);
    if (backend.equals(AUTOMATIC)) {
      Backends.force();
    } else {
      Backends.force(backend);
    }
  }

  @Override
  public Map<String, String> details() {
    Map<String, String> details = new LinkedHashMap<>();
    details.put("threads", Integer.toString(threads));
    for (BackendReport.Rung rung : Backends.report().rungs()) {
      if (backend.equals(AUTOMATIC) || rung.name().equals(backend)) {
        if (rung.available() instanceof Support.No no) {
          details.put(rung.name(), "not available: " + no.reason());
        }
        rung.details().forEach((name, value) -> details.put(rung.name() + " " + name, value));
      }
    }
    return details;
  }

  @Override
  public Call call(Task task) {
    try {
      return switch (task) {
        case NormTask norm -> {
          Backend serving = serving(Operation.NORM, task);
          yield Call.of(serving.name(), PanormNorms.work(norm));
        }
        case ResponseCase.Response response -> Call.of("autograd", PanormResponse.work(response));
        case ProductCase.Product product ->
            Call.of(
                multiplying(product).name(),
                () -> LinearAlgebra.mm(false, false, product.a(), product.b(), product.c()));
        case OwnCase.Own own -> Call.of("chosen", own.work());
        case StepCase.Step step -> new PanormStep(step);
        default -> throw new UnavailableException("Panorm has no such operation");
      };
    } catch (BackendUnavailableException e) {
      throw new UnavailableException(e);
    }
  }

  private static Backend multiplying(ProductCase.Product product) {
    long side = product.c().dim(0); // all three matrices are square
    return Backends.select(Operation.GEMM, product.c().dtype(), side * side, side);
  }

  private static Backend serving(Operation operation, Task task) {
    return Backends.select(operation, task.dtype(), task.results().getFirst().elements());
  }
}
