package dev.panorm.internal.backend.opencl;

import dev.panorm.Activation;
import dev.panorm.DType;
import dev.panorm.EpsMode;
import dev.panorm.backend.NormPlan.Residual;

/** The numbers by which the sources know a choice. */
final class ClCodes {

  private ClCodes() {}

  /** {@code DTYPE}. */
  static int of(DType dtype) {
    return switch (dtype) {
      case FLOAT32 -> 32;
      case FLOAT64 -> 64;
      case INT64 -> throw new IllegalArgumentException("opencl: no kernel works on int64");
    };
  }

  /** {@code ACT}. */
  static int of(Activation activation) {
    return switch (activation) {
      case IDENTITY -> 0;
      case RELU -> 1;
      case GELU -> 2;
      case GELU_TANH -> 3;
      case SILU -> 4;
      case SIGMOID -> 5;
      case TANH -> 6;
    };
  }

  /** {@code RES}. */
  static int of(Residual residual) {
    return switch (residual) {
      case NONE -> 0;
      case BEFORE_NORM -> 1;
      case AFTER_NORM -> 2;
    };
  }

  /** {@code eps_mode}. */
  static int of(EpsMode mode) {
    return switch (mode) {
      case INSIDE_SQRT -> 0;
      case OUTSIDE -> 1;
      case IN_VARIANCE -> 2;
    };
  }
}
