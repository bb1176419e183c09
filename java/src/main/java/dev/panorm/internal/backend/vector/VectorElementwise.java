package dev.panorm.internal.backend.vector;

import dev.panorm.Activation;
import dev.panorm.Tensor;
import dev.panorm.backend.Binary;
import dev.panorm.backend.BroadcastPlan;
import dev.panorm.backend.ElementwiseKernels;
import dev.panorm.backend.Unary;

/** {@link ElementwiseKernels} on float32 vectors. */
final class VectorElementwise implements ElementwiseKernels {

  private final ThreadLocal<MapTask> tasks = ThreadLocal.withInitial(MapTask::new);

  @Override
  public void unary(Unary function, double p, double q, Tensor x, Tensor y) {
    tasks.get().one(UnaryLoops.of(function), x.readAddress(), y.writeAddress(), x.elements(), p, q);
  }

  @Override
  public void binary(Binary function, BroadcastPlan plan, Tensor a, Tensor b, Tensor y) {
    tasks
        .get()
        .broadcast(
            BinaryLoops.of(function), plan, a.readAddress(), b.readAddress(), y.writeAddress());
  }

  @Override
  public void axpby(double alpha, Tensor x, double beta, Tensor y) {
    long from = x.readAddress();
    long to = y.updateAddress();
    if (beta == 0) {
      tasks.get().one(UnaryLoops.of(Unary.AFFINE), from, to, x.elements(), alpha, 0);
    } else {
      MapLoop loop = beta == 1 ? BinaryLoops.AXPY : BinaryLoops.AXPBY;
      tasks.get().two(loop, from, to, to, x.elements(), alpha, beta);
    }
  }

  @Override
  public void activate(Activation function, Tensor x, Tensor y) {
    tasks
        .get()
        .one(
            ActivationLoops.ofValue(function),
            x.readAddress(),
            y.writeAddress(),
            x.elements(),
            0,
            0);
  }

  @Override
  public void activateBackward(Activation function, Tensor x, Tensor dy, Tensor dx) {
    tasks
        .get()
        .two(
            ActivationLoops.ofGradient(function),
            x.readAddress(),
            dy.readAddress(),
            dx.writeAddress(),
            x.elements(),
            0,
            0);
  }
}
