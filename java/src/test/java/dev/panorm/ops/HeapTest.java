package dev.panorm.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.management.ThreadMXBean;
import dev.panorm.Activation;
import dev.panorm.DType;
import dev.panorm.Panorm;
import dev.panorm.RandomStream;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.backend.AdamRule;
import dev.panorm.backend.DropPlan;
import dev.panorm.testkit.BackendTest;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Operations take nothing from the Java heap once the JIT has compiled them. How long that takes
 * depends on the machine, so calls go on until some of them in a row took nothing, and only a call
 * that never stops allocating is an error.
 */
final class HeapTest {

  /** Calls that are looked at together. */
  private static final int CALLS = 50;

  /** Far more than the JIT needs, also on a machine that is busy. */
  private static final long PATIENCE_NANOS = 60_000_000_000L;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @Test
  void theVectorBackendTakesNothingFromTheJavaHeap() {
    int threads = Panorm.threads();
    Panorm.setThreads(1); // the counter is that of the calling thread
    try (Scope scope = Scope.open()) {
      BackendTest.on("vector", () -> assertEquals(List.of(), whatAllocates(operations(scope))));
    } finally {
      Panorm.setThreads(threads);
    }
  }

  private static List<String> whatAllocates(Map<String, Runnable> operations) {
    List<String> allocating = new ArrayList<>();
    operations.forEach(
        (name, operation) -> {
          long deadline = System.nanoTime() + PATIENCE_NANOS;
          long taken;
          do {
            taken = bytesOf(operation);
          } while (taken > 0 && System.nanoTime() < deadline);
          if (taken > 0) {
            allocating.add(name + ": " + (double) taken / CALLS + " B a call");
          }
        });
    return allocating;
  }

  private static long bytesOf(Runnable operation) {
    long before = THREADS.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < CALLS; i++) {
      operation.run();
    }
    return THREADS.getCurrentThreadAllocatedBytes() - before;
  }

  /** Of two rows of 77 elements: whole vectors and a rest behind them on every processor. */
  private static Map<String, Runnable> operations(Scope scope) {
    Tensor x = drawn(scope, 2, 77);
    Tensor dy = drawn(scope, 2, 77);
    Tensor y = drawn(scope, 2, 77);
    Map<String, Runnable> all = new LinkedHashMap<>();
    for (Activation function : Activation.values()) {
      all.put(function + " forward", () -> Activations.forward(function, x, y));
      all.put(function + " backward", () -> Activations.backward(function, x, dy, y));
    }
    elementwise(all, scope, x, dy, y);
    softmaxAndLosses(all, scope, x, dy, y);
    Tensor rows = scope.zeros(DType.FLOAT32, 2, 1);
    Tensor columns = scope.zeros(DType.FLOAT32, 1, 77);
    all.put("sum of rows", () -> Reductions.sum(x, rows));
    all.put("sum of columns", () -> Reductions.sum(x, columns));
    all.put("max of rows", () -> Reductions.max(x, rows));
    all.put("sum of squares of columns", () -> Reductions.sumOfSquares(x, columns));
    all.put("expand", () -> Copies.expand(columns, y));
    Tensor swapped = scope.zeros(DType.FLOAT32, 77, 2);
    all.put("transpose", () -> Copies.transpose(x, swapped));
    RandomStream stream = new RandomStream(1, 2);
    DropPlan drop = DropPlan.inverted(0.3);
    all.put("dropout", () -> Dropout.apply(drop, stream, x, y));
    AdamRule rule = new AdamRule(1e-3, 0.9, 0.999, 1e-8, 0.01, true);
    Tensor parameter = drawn(scope, 2, 77);
    Tensor mean = scope.zeros(DType.FLOAT32, 2, 77);
    Tensor square = scope.ones(DType.FLOAT32, 2, 77);
    all.put("adam", () -> Updates.adam(rule, 5, parameter, dy, mean, square, null));
    return all;
  }

  private static void elementwise(
      Map<String, Runnable> all, Scope scope, Tensor x, Tensor dy, Tensor y) {
    Tensor row = drawn(scope, 1, 77);
    Tensor column = drawn(scope, 2, 1);
    all.put("exp", () -> Elementwise.exp(x, y));
    all.put("log", () -> Elementwise.log(x, y));
    all.put("erf", () -> Elementwise.erf(x, y));
    all.put("pow", () -> Elementwise.pow(x, 1.7, y));
    all.put("clamp", () -> Elementwise.clamp(x, -1, 1, y));
    all.put("add", () -> Elementwise.add(x, dy, y));
    all.put("add a row", () -> Elementwise.add(x, row, y));
    all.put("add a column", () -> Elementwise.add(x, column, y));
    all.put("axpby", () -> Elementwise.axpby(0.5, x, 0.5, y));
  }

  private static void softmaxAndLosses(
      Map<String, Runnable> all, Scope scope, Tensor x, Tensor dy, Tensor y) {
    for (int dim = 0; dim < 2; dim++) {
      int axis = dim;
      all.put("softmax " + dim, () -> Softmax.softmax(x, axis, y));
      all.put("log softmax " + dim, () -> Softmax.logSoftmax(x, axis, y));
      all.put("softmax backward " + dim, () -> Softmax.softmaxBackward(x, axis, dy, y));
      all.put("log softmax backward " + dim, () -> Softmax.logSoftmaxBackward(x, axis, dy, y));
    }
    CrossEntropySpec spec = CrossEntropySpec.DEFAULT;
    Tensor targets = scope.zeros(DType.INT64, 2);
    Tensor loss = scope.zeros(DType.FLOAT32);
    Tensor dloss = scope.ones(DType.FLOAT32);
    all.put("cross entropy", () -> Losses.crossEntropy(spec, x, targets, null, loss));
    all.put(
        "cross entropy backward",
        () -> Losses.crossEntropyBackward(spec, x, targets, null, dloss, y));
    all.put("mse", () -> Losses.mse(LossReduction.MEAN, x, dy, loss));
    all.put("mse backward", () -> Losses.mseBackward(LossReduction.MEAN, x, dy, dloss, y));
  }

  private static Tensor drawn(Scope scope, long... dims) {
    Tensor drawn = scope.empty(DType.FLOAT32, dims);
    drawn.fill(i -> Math.sin(1.7 * i));
    return drawn;
  }
}
