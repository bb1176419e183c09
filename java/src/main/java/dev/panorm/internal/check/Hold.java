package dev.panorm.internal.check;

import dev.panorm.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the memory of an operation's tensors while its kernel runs, without allocating:
 *
 * <pre>
 *   Hold.retain(x, weight, bias, y);
 *   try {
 *     kernel
 *   } finally {
 *     Hold.release(x, weight, bias, y);
 *   }
 * </pre>
 *
 * Absent tensors are null. Where one is dead, nothing stays held and {@link IllegalStateException}
 * comes out.
 */
public final class Hold {

  private Hold() {}

  /** Retains one tensor. */
  public static void retain(@Nullable Tensor a) {
    if (a != null) {
      a.storage().retain();
    }
  }

  /** Releases one tensor. */
  public static void release(@Nullable Tensor a) {
    if (a != null) {
      a.storage().release();
    }
  }

  /** Retains both or none. */
  public static void retain(@Nullable Tensor a, @Nullable Tensor b) {
    retain(a);
    try {
      retain(b);
    } catch (IllegalStateException e) {
      release(a);
      throw e;
    }
  }

  /** Releases both. */
  public static void release(@Nullable Tensor a, @Nullable Tensor b) {
    release(a);
    release(b);
  }

  /** Retains all four or none. */
  public static void retain(
      @Nullable Tensor a, @Nullable Tensor b, @Nullable Tensor c, @Nullable Tensor d) {
    retain(a, b);
    try {
      retain(c, d);
    } catch (IllegalStateException e) {
      release(a, b);
      throw e;
    }
  }

  /** Releases all four. */
  public static void release(
      @Nullable Tensor a, @Nullable Tensor b, @Nullable Tensor c, @Nullable Tensor d) {
    release(a, b);
    release(c, d);
  }
}
