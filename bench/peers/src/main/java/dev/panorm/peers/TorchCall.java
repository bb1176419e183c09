package dev.panorm.peers;

import dev.panorm.bench.compare.Call;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;

/** Work of libtorch, which allocates its results; they are kept until the next run. */
final class TorchCall implements Call {

  /** What is run: it registers with {@link Results} whatever it gets from libtorch. */
  @FunctionalInterface
  interface Work {
    void run(Results results);
  }

  /** What a run got. */
  static final class Results {

    private final List<Pointer> owned = new ArrayList<>();
    private final List<Tensor> outputs = new ArrayList<>();

    /** Keeps something until the next run. */
    <P extends Pointer> P own(P got) {
      owned.add(got);
      return got;
    }

    /** Names the outputs, in the order of the targets. */
    void give(Tensor... tensors) {
      for (Tensor tensor : tensors) {
        outputs.add(tensor);
      }
    }

    /** Returns the first output. */
    Tensor first() {
      return outputs.getFirst();
    }

    private void clear() {
      owned.forEach(Pointer::close);
      owned.clear();
      outputs.clear();
    }
  }

  private final String backend;
  private final Work work;
  private final List<Tensor> targets;
  private final Results results = new Results();

  /**
   * Creates the call.
   *
   * @param targets where the outputs belong
   */
  TorchCall(String backend, Work work, List<Tensor> targets) {
    this.backend = backend;
    this.work = work;
    this.targets = List.copyOf(targets);
  }

  @Override
  public String backend() {
    return backend;
  }

  @Override
  public void run() {
    results.clear();
    work.run(results);
  }

  @Override
  public void deliver() {
    for (int i = 0; i < targets.size(); i++) {
      targets.get(i).copy_(results.outputs.get(i));
    }
  }

  @Override
  public void close() {
    results.clear();
  }
}
