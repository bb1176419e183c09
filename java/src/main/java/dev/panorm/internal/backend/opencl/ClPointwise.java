package dev.panorm.internal.backend.opencl;

import dev.panorm.Activation;
import dev.panorm.Tensor;
import dev.panorm.backend.Binary;
import dev.panorm.backend.BroadcastPlan;
import dev.panorm.backend.ElementwiseKernels;
import dev.panorm.backend.Unary;

/**
 * Functions of each element by itself: the launches of {@code pointwise.cl} and {@code
 * activation.cl}.
 */
final class ClPointwise implements ElementwiseKernels {

  private final ClContext context;

  ClPointwise(ClContext context) {
    this.context = context;
  }

  @Override
  public void unary(Unary function, double p, double q, Tensor x, Tensor y) {
    try (ClCall call = new ClCall(context, "unary " + function)) {
      ClKernels kernels = ClKernels.of(call, "pointwise", x, x.elements());
      long perGroup = perGroup(kernels, x);
      call.launch(kernels, "unary")
          .sizes(x.elements(), perGroup)
          .flags(ClCodes.of(function))
          .reals(p, q)
          .arrays(call.read(x), call.write(y))
          .groups(ClNorms.ceil(x.elements(), perGroup));
    }
  }

  private long perGroup(ClKernels kernels, Tensor x) {
    return context.profile().elementsPerGroup(kernels.shape(), x.elements());
  }

  @Override
  public void binary(Binary function, BroadcastPlan plan, Tensor a, Tensor b, Tensor y) {
    try (ClCall call = new ClCall(context, "binary " + function)) {
      BroadcastPlan flat = isFlat(plan) ? flat(plan) : plan;
      long rows = flat.outer() * flat.mid();
      ClKernels kernels = ClKernels.of(call, "pointwise", y, flat.inner());
      long perGroup = context.profile().rowsPerGroup(rows, flat.inner());
      call.launch(kernels, "binary")
          .sizes(rows, flat.inner(), flat.mid(), perGroup)
          .flags(ClCodes.of(function))
          .sizes(flat.aOuter(), flat.aMid())
          .flags((int) flat.aInner())
          .sizes(flat.bOuter(), flat.bMid())
          .flags((int) flat.bInner())
          .arrays(call.read(a), call.read(b), call.write(y))
          .groups(ClNorms.ceil(rows, perGroup));
    }
  }

  /** Neither operand repeats anything. */
  private static boolean isFlat(BroadcastPlan plan) {
    long row = plan.inner();
    return plan.aInner() == 1
        && plan.bInner() == 1
        && (plan.mid() == 1 || (plan.aMid() == row && plan.bMid() == row))
        && (plan.outer() == 1
            || (plan.aOuter() == row * plan.mid() && plan.bOuter() == row * plan.mid()));
  }

  /** The same elements in rows that make a good group each. */
  private static BroadcastPlan flat(BroadcastPlan plan) {
    long n = plan.elements();
    long rows = 1;
    while (n / rows > FLAT_ROW && n % (rows * 2) == 0) {
      rows *= 2;
    }
    long row = n / rows;
    return new BroadcastPlan(1, rows, row, 0, row, 1, 0, row, 1);
  }

  private static final long FLAT_ROW = 1 << 14;

  @Override
  public void axpby(double alpha, Tensor x, double beta, Tensor y) {
    try (ClCall call = new ClCall(context, "axpby")) {
      ClKernels kernels = ClKernels.of(call, "pointwise", x, x.elements());
      long perGroup = perGroup(kernels, x);
      call.launch(kernels, "axpby")
          .sizes(x.elements(), perGroup)
          .reals(alpha, beta)
          .arrays(call.read(x), beta == 0 ? call.write(y) : call.update(y))
          .groups(ClNorms.ceil(x.elements(), perGroup));
    }
  }

  @Override
  public void activate(Activation function, Tensor x, Tensor y) {
    try (ClCall call = new ClCall(context, "activation " + function)) {
      ClKernels kernels = ClKernels.of(call, "activation", x, function);
      long perGroup = perGroup(kernels, x);
      call.launch(kernels, "activate_all")
          .sizes(x.elements(), perGroup)
          .arrays(call.read(x), call.write(y))
          .groups(ClNorms.ceil(x.elements(), perGroup));
    }
  }

  @Override
  public void activateBackward(Activation function, Tensor x, Tensor dy, Tensor dx) {
    try (ClCall call = new ClCall(context, "activation " + function + " backward")) {
      ClKernels kernels = ClKernels.of(call, "activation", x, function);
      long perGroup = perGroup(kernels, x);
      call.launch(kernels, "activate_all_backward")
          .sizes(x.elements(), perGroup)
          .arrays(call.read(x), call.read(dy), call.write(dx))
          .groups(ClNorms.ceil(x.elements(), perGroup));
    }
  }
}
