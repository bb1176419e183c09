package dev.panorm.internal.backend.opencl;

import dev.panorm.DType;
import dev.panorm.backend.DeviceClock;
import dev.panorm.backend.DropKernels;
import dev.panorm.backend.ElementwiseKernels;
import dev.panorm.backend.GemmKernels;
import dev.panorm.backend.NormKernels;
import dev.panorm.backend.ReductionKernels;
import dev.panorm.backend.SoftmaxKernels;
import dev.panorm.backend.Support;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** The process's OpenCL device: found when first asked for, opened when first used. */
final class OpenCl {

  private static final ClRuntime RUNTIME = ClRuntime.detect();

  /**
   * Elements below which a GPU is not worth its launches and transfers; not measured yet, since no
   * GPU was at hand.
   */
  private static final long WORTHWHILE_ON_GPU = 1 << 18;

  private static final Support TOO_LARGE =
      new Support.No("the data is larger than the largest buffer of the device", "");

  private OpenCl() {}

  /** Opened on first use, since a context costs time and memory. */
  private static final class Holder {
    static final ClContext CONTEXT = open();
    static final NormKernels NORMS = new ClNorms(CONTEXT);
    static final ElementwiseKernels ELEMENTWISE = new ClPointwise(CONTEXT);
    static final ReductionKernels REDUCTIONS = new ClReductions(CONTEXT);
    static final DeviceClock CLOCK = new ClClock(CONTEXT);
    static final SoftmaxKernels SOFTMAX = new ClSoftmax(CONTEXT);
    static final DropKernels DROPOUT = new ClDropout(CONTEXT);

    private static ClContext open() {
      ClDevice device = RUNTIME.chosen();
      if (device == null) {
        throw new ClException("opencl: " + RUNTIME.support());
      }
      return new ClContext(device, RUNTIME.profile());
    }
  }

  /** Where products are the device's. */
  private static final class Products {
    static final ClMultiplication CHOICE =
        ClMultiplication.choose(Objects.requireNonNull(RUNTIME.chosen()));

    /** Opens the device, which a report does not. */
    private static final class Opened {
      static final GemmKernels GEMM =
          new ClGemm(
              Holder.CONTEXT, CHOICE.kernels(Objects.requireNonNull(RUNTIME.profile().products())));
    }
  }

  static NormKernels norms() {
    return Holder.NORMS;
  }

  static ElementwiseKernels elementwise() {
    return Holder.ELEMENTWISE;
  }

  static ReductionKernels reductions() {
    return Holder.REDUCTIONS;
  }

  static SoftmaxKernels softmax() {
    return Holder.SOFTMAX;
  }

  static DropKernels dropout() {
    return Holder.DROPOUT;
  }

  static GemmKernels gemm() {
    return Products.Opened.GEMM;
  }

  /** Returns whether matrix products are the device's: a CPU's go to the host's library. */
  static boolean multiplies() {
    return RUNTIME.profile().products() != null;
  }

  /** Returns who multiplies on the device, where products are the device's. */
  static ClMultiplication multiplication() {
    return Products.CHOICE;
  }

  static DeviceClock clock() {
    return Holder.CLOCK;
  }

  static Support available() {
    return RUNTIME.support();
  }

  static Support fits(DType dtype, long elements) {
    ClDevice device = RUNTIME.chosen();
    return device == null || fits(device, elements * dtype.byteSize()) ? Support.YES : TOO_LARGE;
  }

  private static boolean fits(ClDevice device, long bytes) {
    return bytes <= device.allocationBytes()
        || (device.sharesAddresses() && !RUNTIME.profile().ownMemory());
  }

  /** A launch on a CPU device costs as much as a small norm, and never beats the vector kernels. */
  static boolean worthwhile(long elements) {
    if (elements < WORTHWHILE_ON_GPU) {
      return false; // first, since small operations notice every look at the device
    }
    ClDevice device = RUNTIME.chosen();
    return device != null && !device.cpu();
  }

  static Map<String, String> details() {
    Map<String, String> details = new LinkedHashMap<>();
    ClDevice chosen = RUNTIME.chosen();
    if (chosen != null) {
      details.putAll(chosen.details());
      details.put("launch profile", RUNTIME.profile().name());
      details.put(
          "automatic choice",
          chosen.cpu()
              ? "never: on a CPU the vector kernels need no launch"
              : "from " + WORTHWHILE_ON_GPU + " elements");
    }
    for (ClDevice device : RUNTIME.devices()) {
      if (!device.equals(chosen)) {
        details.merge(
            "also there", device.name() + " of " + device.platformName(), (a, b) -> a + "; " + b);
      }
    }
    return details;
  }
}
