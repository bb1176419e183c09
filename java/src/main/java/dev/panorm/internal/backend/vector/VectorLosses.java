package dev.panorm.internal.backend.vector;

import dev.panorm.Tensor;
import dev.panorm.backend.Binary;
import dev.panorm.backend.CrossEntropyPlan;
import dev.panorm.backend.LossKernels;
import org.jspecify.annotations.Nullable;

/** {@link LossKernels} on float32 vectors, summed up in float64. */
final class VectorLosses implements LossKernels {

  private static final MapLoop SQUARED_DIFFERENCE =
      MapLoop.of(
          "squared_difference",
          (a, b, p, q) -> {
            var difference = a.sub(b);
            return difference.mul(difference);
          });

  private static final MapLoop SCALED_DIFFERENCE =
      MapLoop.of("scaled_difference", (a, b, p, q) -> a.sub(b).mul(p));

  private final ThreadLocal<Tasks> tasks = ThreadLocal.withInitial(Tasks::new);

  /** What one thread needs for its calls. */
  private static final class Tasks {
    final CrossEntropyTask crossEntropy = new CrossEntropyTask();
    final SquaredErrorTask squaredError = new SquaredErrorTask();
    final MapTask map = new MapTask();
  }

  @Override
  public double crossEntropy(
      CrossEntropyPlan plan,
      Tensor x,
      Tensor target,
      @Nullable Tensor weight,
      @Nullable Tensor losses) {
    CrossEntropyTask task = tasks.get().crossEntropy;
    task.bind(plan, x.readAddress(), target.readAddress(), Addresses.read(weight));
    return task.forward(Addresses.write(losses));
  }

  @Override
  public void crossEntropyBackward(
      CrossEntropyPlan plan,
      Tensor x,
      Tensor target,
      @Nullable Tensor weight,
      @Nullable Tensor dlosses,
      double scale,
      Tensor dx) {
    CrossEntropyTask task = tasks.get().crossEntropy;
    task.bind(plan, x.readAddress(), target.readAddress(), Addresses.read(weight));
    task.backward(Addresses.read(dlosses), scale, dx.writeAddress());
  }

  @Override
  public double squaredError(Tensor x, Tensor target, @Nullable Tensor losses) {
    long a = x.readAddress();
    long b = target.readAddress();
    if (losses != null) {
      tasks.get().map.two(SQUARED_DIFFERENCE, a, b, losses.writeAddress(), x.elements(), 0, 0);
    }
    return tasks.get().squaredError.sum(a, b, x.elements());
  }

  @Override
  public void squaredErrorBackward(
      Tensor x, Tensor target, @Nullable Tensor dlosses, double scale, Tensor dx) {
    MapTask map = tasks.get().map;
    long n = x.elements();
    long to = dx.writeAddress();
    map.two(SCALED_DIFFERENCE, x.readAddress(), target.readAddress(), to, n, 2 * scale, 0);
    if (dlosses != null) {
      map.two(BinaryLoops.of(Binary.MUL), to, dlosses.readAddress(), to, n, 0, 0);
    }
  }
}
