package dev.panorm.bench.check;

import dev.panorm.Activation;
import dev.panorm.backend.Operation;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which operations Panorm has, and what runs their cases. */
final class Runners {

  /**
   * How an operation is run.
   *
   * @param families the families of kernels that do its work, which say what backends it concerns
   */
  record Entry(Set<Operation> families, Runner runner) {

    Entry(Operation family, Runner runner) {
      this(Set.of(family), runner);
    }
  }

  private static final Map<String, Entry> ALL =
      Map.ofEntries(
          Map.entry("batch_norm", new Entry(Operation.NORM, NormRunner::runBatch)),
          Map.entry("batch_norm_relu", new Entry(Operation.NORM, NormRunner::runBatch)),
          Map.entry("batch_norm_add_relu", new Entry(Operation.NORM, NormRunner::runBatch)),
          Map.entry("layer_norm", new Entry(Operation.NORM, NormRunner::run)),
          Map.entry("add_layer_norm", new Entry(Operation.NORM, NormRunner::run)),
          Map.entry("rms_norm", new Entry(Operation.NORM, NormRunner::run)),
          Map.entry("add_rms_norm", new Entry(Operation.NORM, NormRunner::run)),
          Map.entry("group_norm", new Entry(Operation.NORM, NormRunner::run)),
          Map.entry("group_norm_silu", new Entry(Operation.NORM, NormRunner::run)),
          Map.entry("relu", activation(Activation.RELU)),
          Map.entry("silu", activation(Activation.SILU)),
          Map.entry("sigmoid", activation(Activation.SIGMOID)),
          Map.entry("tanh", activation(Activation.TANH)),
          Map.entry("gelu", new Entry(Operation.ELEMENTWISE, PointwiseRunner::gelu)),
          Map.entry("softmax", new Entry(Operation.SOFTMAX, PointwiseRunner::softmax)),
          Map.entry("log_softmax", new Entry(Operation.SOFTMAX, PointwiseRunner::softmax)),
          Map.entry("cross_entropy", new Entry(Operation.LOSS, LossRunner::crossEntropy)),
          Map.entry("mse", new Entry(Operation.LOSS, LossRunner::mse)));

  private Runners() {}

  private static Entry activation(Activation activation) {
    return new Entry(Operation.ELEMENTWISE, PointwiseRunner.activation(activation));
  }

  /** Returns how an operation is run, null where Panorm does not have it. */
  static @Nullable Entry of(String op) {
    return ALL.get(op);
  }
}
