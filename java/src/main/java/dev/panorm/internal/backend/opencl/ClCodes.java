package dev.panorm.internal.backend.opencl;

import dev.panorm.Activation;
import dev.panorm.DType;
import dev.panorm.EpsMode;
import dev.panorm.backend.Binary;
import dev.panorm.backend.NormPlan.Residual;
import dev.panorm.backend.Reduction;
import dev.panorm.backend.Unary;

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

  /** {@code function} of {@code unary}. */
  static int of(Unary function) {
    return switch (function) {
      case AFFINE -> 0;
      case EXP -> 1;
      case LOG -> 2;
      case ERF -> 3;
      case SQRT -> 4;
      case RSQRT -> 5;
      case RECIPROCAL -> 6;
      case SQUARE -> 7;
      case ABS -> 8;
      case SIGN -> 9;
      case POW -> 10;
      case CLAMP -> 11;
    };
  }

  /** {@code function} of {@code binary}. */
  static int of(Binary function) {
    return switch (function) {
      case ADD -> 0;
      case SUB -> 1;
      case MUL -> 2;
      case DIV -> 3;
      case MAX -> 4;
      case MIN -> 5;
      case GREATER -> 6;
      case EQUAL -> 7;
      case MASK -> 8;
    };
  }

  /** {@code function} of the reductions. */
  static int of(Reduction function) {
    return switch (function) {
      case SUM -> 0;
      case MEAN -> 1;
      case SUM_OF_SQUARES -> 2;
      case MAX -> 3;
      case MIN -> 4;
    };
  }
}
