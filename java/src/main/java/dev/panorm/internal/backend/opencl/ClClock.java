package dev.panorm.internal.backend.opencl;

import dev.panorm.Tensor;
import dev.panorm.backend.DeviceClock;
import dev.panorm.kernels.LaunchShape;
import java.util.Map;

/** The profiling events of OpenCL. */
final class ClClock implements DeviceClock {

  private final ClContext context;

  ClClock(ClContext context) {
    this.context = context;
  }

  @Override
  public Map<String, Long> time(Runnable work) {
    return timed(work).byKernel();
  }

  private ClTimings timed(Runnable work) {
    ClTimings timings = new ClTimings();
    context.time(timings);
    try {
      work.run();
    } finally {
      context.time(null);
    }
    return timings;
  }

  @Override
  public void finish() {
    context.lock().lock();
    try {
      context.finish();
    } finally {
      context.lock().unlock();
    }
  }

  @Override
  public long copy(Tensor from, Tensor to, boolean streaming) {
    return timed(() -> copyOnce(from, to, streaming)).total();
  }

  private void copyOnce(Tensor from, Tensor to, boolean streaming) {
    LaunchProfile profile = context.profile();
    LaunchShape usual = profile.shape(context.device(), from.dtype(), from.elements(), 0, true);
    LaunchShape shape = new LaunchShape(usual.localSize(), usual.vectorWidth(), true, streaming);
    long perGroup = Math.max(1 << 14, profile.elementsPerGroup(shape, from.elements()));
    try (ClCall call = new ClCall(context, "copy")) {
      call.launch(new ClKernels("copy", Map.of("DTYPE", ClCodes.of(from.dtype())), shape), "copy")
          .sizes(from.elements(), perGroup)
          .arrays(call.read(from), call.write(to))
          .groups(ClNorms.ceil(from.elements(), perGroup));
    }
  }
}
