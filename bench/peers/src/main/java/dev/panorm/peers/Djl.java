package dev.panorm.peers;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.jni.JniUtils;
import dev.panorm.bench.compare.Call;
import dev.panorm.bench.compare.Contender;
import dev.panorm.bench.compare.UnavailableException;
import dev.panorm.bench.task.NormTask;
import dev.panorm.bench.task.StepCase;
import dev.panorm.bench.task.Task;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** DJL on its PyTorch engine, whose libtorch is another than that of the peer torch. */
public final class Djl implements Contender {

  /** Its engine's name. */
  static final String ENGINE = "PyTorch";

  private @Nullable Engine engine;
  private @Nullable NDManager manager;

  /** For the service loader. */
  public Djl() {}

  @Override
  public String name() {
    return "djl";
  }

  @Override
  public void open(int threads) {
    System.setProperty("ai.djl.offline", "true");
    try {
      engine = Engine.getEngine(ENGINE);
      JniUtils.setNumThreads(threads);
      manager = NDManager.newBaseManager(ENGINE);
    } catch (LinkageError | RuntimeException e) {
      throw new UnavailableException(e);
    }
  }

  @Override
  public Map<String, String> details() {
    Engine opened = Objects.requireNonNull(engine);
    Map<String, String> details = new LinkedHashMap<>();
    details.put("version", Engine.getDjlVersion());
    details.put("engine", opened.getEngineName() + " " + opened.getVersion());
    details.put("threads", Integer.toString(JniUtils.getNumThreads()));
    return details;
  }

  @Override
  public Call call(Task task) {
    NDManager memory = Objects.requireNonNull(manager);
    return switch (task) {
      case NormTask norm -> new DjlNorm(memory, norm).call();
      case StepCase.Step step -> new DjlStep(step);
      default -> throw new UnavailableException("not asked of djl");
    };
  }

  @Override
  public void close() {
    if (manager != null) {
      manager.close();
    }
  }
}
