package dev.panorm.internal.backend.opencl;

import dev.panorm.Activation;
import dev.panorm.Tensor;
import dev.panorm.kernels.LaunchShape;
import java.util.Map;

/**
 * The kernels of one variant of a program.
 *
 * @param program name of the program
 * @param options its compile-time options
 * @param shape how it is cut for the device
 */
record ClKernels(String program, Map<String, Integer> options, LaunchShape shape) {

  /** Returns the variant of a program whose only option is the type of the data. */
  static ClKernels of(ClCall call, String program, Tensor x, long run) {
    return new ClKernels(program, Map.of("DTYPE", ClCodes.of(x.dtype())), shape(call, x, run));
  }

  /** Returns the variant of a program with an activation. */
  static ClKernels of(ClCall call, String program, Tensor x, Activation activation) {
    return new ClKernels(
        program,
        Map.of("DTYPE", ClCodes.of(x.dtype()), "ACT", ClCodes.of(activation)),
        shape(call, x, x.elements()));
  }

  /** Returns how many groups it takes until each item has a vector of a row of its own. */
  long tiles(long inner) {
    return ClNorms.ceil(inner, (long) shape.localSize() * shape.vectorWidth());
  }

  private static LaunchShape shape(ClCall call, Tensor x, long run) {
    ClContext context = call.context();
    return context.profile().shape(context.device(), x.dtype(), run, x.byteSize(), false);
  }
}
