package dev.panorm.internal.backend.vector;

import dev.panorm.DType;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.backend.Conv2dPlan;
import dev.panorm.backend.ConvolutionKernels;
import dev.panorm.backend.ReducePlan;
import dev.panorm.backend.Reduction;
import dev.panorm.internal.backend.vector.ConvolutionLayout.Block;
import org.jspecify.annotations.Nullable;

/**
 * {@link ConvolutionKernels} on float32: windows laid out as panels where {@link Correlation}
 * serves, else as matrices.
 */
final class VectorConvolutions implements ConvolutionKernels {

  private static final long F4 = Float.BYTES;

  /** Elements of all parts' gradients of the weight together. */
  private static final long MOST_PARTIAL = 1 << 23;

  private final ThreadLocal<ReduceTask> reductions = ThreadLocal.withInitial(ReduceTask::new);

  @Override
  public void forward(Conv2dPlan plan, Tensor x, Tensor weight, @Nullable Tensor bias, Tensor y) {
    if (Correlation.serves(plan)) {
      long shift = bias == null ? 0 : bias.readAddress();
      correlate(plan, Correlation.forward(plan), x, weight, shift, y);
      return;
    }
    try (Scope scope = Scope.open()) {
      ConvolutionLayout layout = ConvolutionLayout.of(plan);
      Tensor packed = layout.packed(weight, scope);
      new Conv2dTask(layout, false, Long.MAX_VALUE, n -> scope.empty(DType.FLOAT32, n)) {
        @Override
        void block(int part, Block block, boolean first) {
          if (bias != null) {
            layout.fill(bias, y, block);
          }
          layout.forward(x, packed, bias == null ? 0 : 1, y, block);
        }
      }.run();
    }
  }

  private static void correlate(
      Conv2dPlan plan, Correlation c, Tensor source, Tensor weight, long bias, Tensor target) {
    long from = source.readAddress();
    if (!CorrelationInC.AVAILABLE && Winograd.serves(plan)) {
      new WinogradTask(c).run(from, weight.readAddress(), bias, target.writeAddress());
    } else {
      CorrelationTask.of(c).run(from, weight.readAddress(), bias, target.writeAddress());
    }
  }

  @Override
  public void inputGradient(Conv2dPlan plan, Tensor weight, Tensor dy, Tensor dx) {
    if (Correlation.serves(plan)) {
      correlate(plan, Correlation.inputGradient(plan), dy, weight, 0, dx);
      return;
    }
    try (Scope scope = Scope.open()) {
      ConvolutionLayout layout = ConvolutionLayout.of(plan);
      Tensor packed = layout.packed(weight, scope);
      long to = dx.writeAddress();
      int sampleSize = Math.toIntExact(plan.channels() * plan.height() * plan.width());
      new Conv2dTask(layout, true, Long.MAX_VALUE, n -> scope.empty(DType.FLOAT32, n)) {
        @Override
        void begin(long sample) {
          Runs.fill(0, to + sample * sampleSize * F4, sampleSize);
        }

        @Override
        void block(int part, Block block, boolean first) {
          layout.inputGradient(packed, dy, dx, block);
        }
      }.run();
    }
  }

  @Override
  public void weightGradient(Conv2dPlan plan, Tensor x, Tensor dy, Tensor dweight) {
    if (Correlation.serves(plan) && CorrelationGradientInC.serves(Correlation.forward(plan))) {
      new CorrelationGradientInC(Correlation.forward(plan))
          .run(x.readAddress(), dy.readAddress(), dweight.writeAddress());
      return;
    }
    if (Winograd.serves(plan)) {
      new WinogradGradientTask(Correlation.forward(plan))
          .run(x.readAddress(), dy.readAddress(), dweight.writeAddress());
      return;
    }
    if (Correlation.serves(plan) && plan.window().dilationW() == 1) {
      new CorrelationGradientTask(Correlation.forward(plan))
          .run(x.readAddress(), dy.readAddress(), dweight.writeAddress());
      return;
    }
    try (Scope scope = Scope.open()) {
      ConvolutionLayout layout = ConvolutionLayout.of(plan);
      long size = dweight.elements();
      WeightGradient task =
          new WeightGradient(
              layout, MOST_PARTIAL / size, n -> scope.empty(DType.FLOAT32, n), x, dy, size);
      task.run();
      Tensor packed = scope.empty(DType.FLOAT32, size);
      ReducePlan overParts = new ReducePlan(1, task.parts, size, false);
      reductions
          .get()
          .run(Reduction.SUM, overParts, task.partial.readAddress(), packed.writeAddress());
      layout.unpack(packed, dweight);
    }
  }

  /** Each part has a gradient of its own, which are added up afterwards. */
  private static final class WeightGradient extends Conv2dTask {

    private final Tensor x;
    private final Tensor dy;
    private final long size;
    private final Tensor partial;

    WeightGradient(
        ConvolutionLayout layout, long mostParts, Room room, Tensor x, Tensor dy, long size) {
      super(layout, false, mostParts, room);
      this.x = x;
      this.dy = dy;
      this.size = size;
      partial = room.of(parts * size);
    }

    @Override
    void block(int part, Block block, boolean first) {
      layout.weightGradient(x, dy, first ? 0 : 1, partial, part * size, block);
    }
  }
}
