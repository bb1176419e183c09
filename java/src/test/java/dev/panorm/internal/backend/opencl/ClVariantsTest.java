package dev.panorm.internal.backend.opencl;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.panorm.kernels.KernelCatalog;
import dev.panorm.kernels.KernelProgram;
import dev.panorm.kernels.LaunchShape;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jocl.CL;
import org.jocl.cl_program;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every legal variant of every program compiles, and so does each with its own defaults. */
class ClVariantsTest {

  private static final ClContext CONTEXT = TestDevices.open(LaunchProfile.CPU);

  /** A loop on a core of a CPU, aligned or not; a narrow and a wide group of a GPU. */
  private static final List<LaunchShape> SHAPES =
      List.of(
          new LaunchShape(1, 16, true, true),
          new LaunchShape(1, 8, false, true),
          new LaunchShape(64, 1, false, false),
          new LaunchShape(256, 4, true, false));

  static Stream<KernelProgram> programs() {
    return KernelCatalog.programs().stream();
  }

  static Stream<Arguments> variants() {
    return programs()
        .flatMap(program -> program.variants().stream().map(v -> Arguments.of(program, v)));
  }

  @ParameterizedTest
  @MethodSource("programs")
  void compilesWithItsDefaults(KernelProgram program) {
    assertHasKernels(program, "-w -cl-std=CL1.2");
  }

  @ParameterizedTest
  @MethodSource("programs")
  void compilesForEveryShape(KernelProgram program) {
    for (LaunchShape shape : SHAPES) {
      assertHasKernels(program, program.arguments(program.variants().getFirst(), shape));
    }
  }

  /** Shapes meet the options only in the type of a vector, so one shape stands for all. */
  @ParameterizedTest
  @MethodSource("variants")
  void compilesWithEveryOption(KernelProgram program, Map<String, Integer> options) {
    assertHasKernels(program, program.arguments(options, SHAPES.getFirst()));
  }

  private static void assertHasKernels(KernelProgram program, String arguments) {
    cl_program compiled = CONTEXT.programs(null).get(program, arguments);
    try {
      for (String name : program.kernels()) {
        var kernel = CL.clCreateKernel(compiled, name, null);
        assertNotNull(kernel, name);
        CL.clReleaseKernel(kernel);
      }
    } finally {
      CL.clReleaseProgram(compiled);
    }
  }
}
