package dev.panorm.internal.check;

import dev.panorm.DType;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Checks of arguments. Each throws {@link IllegalArgumentException} with the operation, the
 * argument, what came and what was expected. The message is built only where a check fails.
 */
public final class Check {

  private Check() {}

  /** Throws unless a condition holds. */
  public static void that(
      boolean condition, String operation, String argument, Object actual, Object expected) {
    if (!condition) {
      throw wrong(operation, argument, actual, expected);
    }
  }

  /**
   * As {@link #that(boolean, String, String, Object, Object)}, without an object for the number.
   */
  public static void that(
      boolean condition, String operation, String argument, long actual, String expected) {
    if (!condition) {
      throw wrong(operation, argument, actual, expected);
    }
  }

  /**
   * As {@link #that(boolean, String, String, Object, Object)}, without an object for the number.
   */
  public static void that(
      boolean condition, String operation, String argument, double actual, String expected) {
    if (!condition) {
      throw wrong(operation, argument, actual, expected);
    }
  }

  /**
   * Returns the exception for a wrong argument, for checks on the way of every call: the words of
   * {@link #that} would be put together there even when all is well.
   */
  public static IllegalArgumentException wrong(
      String operation, String argument, Object actual, Object expected) {
    return new IllegalArgumentException(
        operation + ": " + argument + " is " + actual + ", expected " + expected);
  }

  /** Throws unless the tensor is of a floating-point type. */
  public static void floating(String operation, String argument, Tensor tensor) {
    if (!tensor.dtype().isFloating()) {
      throw new IllegalArgumentException(
          operation
              + ": "
              + argument
              + " has dtype "
              + tensor.dtype()
              + ", expected float32 or float64");
    }
  }

  /** Throws unless the tensor is absent or has this type and shape. */
  public static void like(
      String operation, String argument, @Nullable Tensor tensor, DType dtype, Shape shape) {
    if (tensor == null) {
      return;
    }
    dtype(operation, argument, tensor, dtype);
    if (!tensor.shape().equals(shape)) {
      throw new IllegalArgumentException(
          operation + ": " + argument + " has shape " + tensor.shape() + ", expected " + shape);
    }
  }

  /** Throws unless the tensor is absent or has this type and number of elements. */
  public static void elements(
      String operation, String argument, @Nullable Tensor tensor, DType dtype, long elements) {
    if (tensor == null) {
      return;
    }
    dtype(operation, argument, tensor, dtype);
    if (tensor.elements() != elements) {
      throw new IllegalArgumentException(
          operation
              + ": "
              + argument
              + " has shape "
              + tensor.shape()
              + ", expected "
              + elements
              + " elements");
    }
  }

  /** Throws unless the tensor is absent or has this type. */
  public static void dtype(
      String operation, String argument, @Nullable Tensor tensor, DType dtype) {
    if (tensor != null && tensor.dtype() != dtype) {
      throw new IllegalArgumentException(
          operation + ": " + argument + " has dtype " + tensor.dtype() + ", expected " + dtype);
    }
  }

  /** Throws unless the optional tensor is present exactly where it is wanted. */
  public static void present(
      String operation, String argument, @Nullable Tensor tensor, boolean wanted) {
    if ((tensor != null) != wanted) {
      throw new IllegalArgumentException(
          operation
              + ": "
              + argument
              + (wanted ? " is missing, expected a tensor" : " came, expected none"));
    }
  }

  /** Throws if an output cannot be written. */
  public static void writable(String operation, String argument, @Nullable Tensor output) {
    if (output != null && output.storage().isReadOnly()) {
      throw new IllegalArgumentException(
          operation + ": " + argument + " is read-only memory, expected writable memory");
    }
  }

  /** Throws if an output has memory in common with another tensor. */
  public static void apart(
      String operation,
      String argument,
      @Nullable Tensor output,
      String otherName,
      @Nullable Tensor other) {
    if (output != null && other != null && output.overlaps(other)) {
      throw new IllegalArgumentException(
          operation
              + ": "
              + argument
              + " overlaps "
              + otherName
              + " in memory, expected memory of its own");
    }
  }

  /**
   * As {@link #apart}, but the two may be the very same memory: the operation is defined in place.
   */
  public static void apartOrSame(
      String operation,
      String argument,
      @Nullable Tensor output,
      String otherName,
      @Nullable Tensor other) {
    if (output != null && other != null && !output.sameMemory(other)) {
      apart(operation, argument, output, otherName, other);
    }
  }
}
