package dev.panorm.bench.check;

import dev.panorm.Activation;
import dev.panorm.backend.Operation;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which operations Panorm has, and what runs their cases. */
final class Runners {

  private static final Map<String, Entry> ALL = new HashMap<>();

  static {
    Entry batchNorm = entry(NormRunner::runBatch, Operation.NORM);
    ALL.put("batch_norm", batchNorm);
    ALL.put("batch_norm_relu", batchNorm);
    ALL.put("batch_norm_add_relu", batchNorm);
    Entry norm = entry(NormRunner::run, Operation.NORM);
    ALL.put("layer_norm", norm);
    ALL.put("add_layer_norm", norm);
    ALL.put("rms_norm", norm);
    ALL.put("add_rms_norm", norm);
    ALL.put("group_norm", norm);
    ALL.put("group_norm_silu", norm);
    ALL.put("instance_norm", entry(InstanceNormRunner::run, Operation.NORM));
    ALL.put("relu", activation(Activation.RELU));
    ALL.put("silu", activation(Activation.SILU));
    ALL.put("sigmoid", activation(Activation.SIGMOID));
    ALL.put("tanh", activation(Activation.TANH));
    ALL.put("gelu", entry(PointwiseRunner::gelu, Operation.ELEMENTWISE));
    ALL.put("softmax", entry(PointwiseRunner::softmax, Operation.SOFTMAX));
    ALL.put("log_softmax", entry(PointwiseRunner::softmax, Operation.SOFTMAX));
    ALL.put("cross_entropy", entry(LossRunner::crossEntropy, Operation.LOSS));
    ALL.put("mse", entry(LossRunner::mse, Operation.LOSS));
    Set<Operation> around = Set.of(Operation.ELEMENTWISE, Operation.REDUCTION);
    Set<Operation> product = Set.of(Operation.GEMM);
    ALL.put("linear", new Entry(product, around, ProductRunner::linear));
    ALL.put("mm", new Entry(product, around, ProductRunner::mm));
    ALL.put("bmm", new Entry(product, around, ProductRunner::bmm));
    Set<Operation> convolution = Set.of(Operation.CONVOLUTION, Operation.GEMM);
    ALL.put("conv2d", new Entry(convolution, around, WindowRunner::conv2d));
    ALL.put(
        "local_response_norm",
        new Entry(
            Set.of(Operation.ELEMENTWISE, Operation.CONVOLUTION),
            product,
            ModuleRunner::localResponseNorm));
    ALL.put("linear_bn_fold", new Entry(product, around, FoldRunner::linear));
    ALL.put("conv2d_bn_fold", new Entry(convolution, around, FoldRunner::conv2d));
    ALL.put("max_pool2d", entry(WindowRunner::maxPool, Operation.POOLING));
    ALL.put("avg_pool2d", entry(WindowRunner::avgPool, Operation.POOLING));
    ALL.put("init", new Entry(Set.of(), Set.of(), InitRunner::run));
    ALL.put("sgd", entry(UpdateRunner::sgd, Operation.UPDATE));
    ALL.put("adam", entry(UpdateRunner::adam, Operation.UPDATE));
    ALL.put("adamw", entry(UpdateRunner::adam, Operation.UPDATE));
    ALL.put("rmsprop", entry(UpdateRunner::rmsprop, Operation.UPDATE));
    ALL.put("adagrad", entry(UpdateRunner::adagrad, Operation.UPDATE));
  }

  /**
   * How an operation is run.
   *
   * @param families the families of kernels that it is made of: a backend with any of them is
   *     checked on it, and every backend where there are none
   * @param around families that it also needs
   */
  record Entry(Set<Operation> families, Set<Operation> around, Runner runner) {}

  private Runners() {}

  private static Entry entry(Runner runner, Operation family) {
    return new Entry(Set.of(family), Set.of(), runner);
  }

  private static Entry activation(Activation activation) {
    return entry(PointwiseRunner.activation(activation), Operation.ELEMENTWISE);
  }

  /** Returns how an operation is run, null where Panorm does not have it. */
  static @Nullable Entry of(String op) {
    return ALL.get(op);
  }
}
