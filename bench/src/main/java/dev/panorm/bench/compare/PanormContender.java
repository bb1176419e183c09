package dev.panorm.bench.compare;

import dev.panorm.DType;
import dev.panorm.Panorm;
import dev.panorm.backend.Backend;
import dev.panorm.backend.BackendReport;
import dev.panorm.backend.Backends;
import dev.panorm.backend.Operation;
import dev.panorm.backend.RunningStats;
import dev.panorm.ops.Norms;
import java.util.LinkedHashMap;
import java.util.Map;

/** Panorm itself, with a backend by name or its own choice. */
final class PanormContender implements Contender {

  /** Name of the choice that Panorm makes. */
  static final String AUTOMATIC = "auto";

  private static final double MOMENTUM = 0.1;

  private final String backend;

  PanormContender(String backend) {
    this.backend = backend;
  }

  @Override
  public String name() {
    return "panorm-" + backend;
  }

  @Override
  public void open(int threads) {
    Panorm.setThreads(threads);
    enter();
  }

  @Override
  public void enter() {
    if (backend.equals(AUTOMATIC)) {
      Backends.force();
    } else {
      Backends.force(backend);
    }
  }

  @Override
  public Map<String, String> details() {
    Map<String, String> details = new LinkedHashMap<>();
    details.put("threads", Integer.toString(Panorm.threads()));
    for (BackendReport.Rung rung : Backends.report().rungs()) {
      if (backend.equals(AUTOMATIC) || rung.name().equals(backend)) {
        rung.details().forEach((name, value) -> details.put(rung.name() + " " + name, value));
      }
    }
    return details;
  }

  @Override
  public Call norm(NormCase norm, Direction direction, NormData data) {
    enter();
    Backend serving = Backends.select(Operation.NORM, DType.FLOAT32, data.x().elements());
    if (direction == Direction.BWD) {
      Norms.forward(norm.spec(), data.x(), data.affine(), data.y(), data.saved());
    }
    Runnable work = work(norm, direction, data);
    return new Call() {
      @Override
      public String backend() {
        return serving.name();
      }

      @Override
      public void run() {
        work.run();
      }
    };
  }

  private static Runnable work(NormCase norm, Direction direction, NormData data) {
    return switch (direction) {
      case FWD -> () -> Norms.forward(norm.spec(), data.x(), data.affine(), data.y(), data.saved());
      case TRAIN -> training(norm, data);
      case EVAL ->
          () ->
              Norms.frozenForward(
                  norm.spec(),
                  data.x(),
                  null,
                  data.affine(),
                  data.mean(),
                  data.variance(),
                  data.y(),
                  null);
      case BWD ->
          () ->
              Norms.backward(
                  norm.spec(),
                  data.x(),
                  data.affine(),
                  data.saved(),
                  data.dy(),
                  data.dx(),
                  data.gradient());
    };
  }

  private static Runnable training(NormCase norm, NormData data) {
    RunningStats running = new RunningStats(data.runningMean(), data.runningVariance(), MOMENTUM);
    return () ->
        Norms.forward(
            norm.spec(), data.x(), null, data.affine(), running, data.y(), null, data.saved());
  }
}
