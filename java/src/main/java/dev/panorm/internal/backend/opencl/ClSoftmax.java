package dev.panorm.internal.backend.opencl;

import dev.panorm.Tensor;
import dev.panorm.backend.SoftmaxKernels;
import java.util.function.Consumer;

/** Softmax: the launches of {@code softmax.cl}. */
final class ClSoftmax implements SoftmaxKernels {

  private final ClContext context;

  ClSoftmax(ClContext context) {
    this.context = context;
  }

  @Override
  public void softmax(boolean log, long outer, long mid, long inner, Tensor x, Tensor y) {
    try (ClCall call = new ClCall(context, "softmax")) {
      grid(call, "", log, outer, mid, inner, x)
          .run(launch -> launch.arrays(call.read(x), call.write(y)));
    }
  }

  @Override
  public void softmaxBackward(
      boolean log, long outer, long mid, long inner, Tensor y, Tensor dy, Tensor dx) {
    try (ClCall call = new ClCall(context, "softmax backward")) {
      grid(call, "_backward", log, outer, mid, inner, y)
          .run(launch -> launch.arrays(call.read(y), call.read(dy), call.write(dx)));
    }
  }

  /** A launch that lacks its arrays. */
  private record Grid(ClLaunch launch, long groups) {

    void run(Consumer<ClLaunch> arrays) {
      arrays.accept(launch);
      launch.groups(groups);
    }
  }

  private Grid grid(
      ClCall call, String direction, boolean log, long outer, long mid, long inner, Tensor x) {
    ClKernels kernels = ClKernels.of(call, "softmax", x, inner == 1 ? mid : inner);
    if (inner == 1) {
      long perGroup = context.profile().rowsPerGroup(outer, mid);
      return new Grid(
          call.launch(kernels, "softmax_rows" + direction)
              .sizes(outer, mid, perGroup)
              .flags(log ? 1 : 0),
          ClNorms.ceil(outer, perGroup));
    }
    long tiles = kernels.tiles(inner);
    return new Grid(
        call.launch(kernels, "softmax_columns" + direction)
            .sizes(mid, inner, tiles)
            .flags(log ? 1 : 0),
        outer * tiles);
  }
}
