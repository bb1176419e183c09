package dev.panorm;

import java.util.ArrayList;
import java.util.List;

/**
 * Owns tensors: they are born here and die when it closes.
 *
 * <p>Their memory comes from the process's pool and goes back to it, so that a loop which opens a
 * scope for each step touches no fresh memory after its first rounds. Contents are undefined unless
 * the method says otherwise. A scope may be used and closed by any thread; scopes may be nested and
 * closed in any order.
 *
 * {@snippet :
 * try (Scope scope = Scope.open()) {
 *   Tensor x = scope.of(new float[] {1, 2, 3, 4}, 2, 2);
 * }
 * }
 */
public final class Scope implements AutoCloseable {

  private final List<Storage> storages = new ArrayList<>();
  private boolean closed;

  private Scope() {}

  /** Opens an empty scope. */
  public static Scope open() {
    return new Scope();
  }

  /** Returns a new tensor, contents undefined. */
  public Tensor empty(DType dtype, Shape shape) {
    long bytes;
    try {
      bytes = Math.multiplyExact(shape.elements(), (long) dtype.byteSize());
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(
          "tensor: " + shape + " of " + dtype + " has more than 2^63 - 1 bytes", e);
    }
    return new Tensor(adopt(bytes), 0, dtype, shape);
  }

  /** Returns a new tensor, contents undefined. */
  public Tensor empty(DType dtype, long... dims) {
    return empty(dtype, Shape.of(dims));
  }

  /** Returns a new tensor, contents undefined, of the shape and type of another. */
  public Tensor emptyLike(Tensor other) {
    return empty(other.dtype(), other.shape());
  }

  /** Returns a new tensor of zeros. */
  public Tensor zeros(DType dtype, long... dims) {
    return zeros(dtype, Shape.of(dims));
  }

  /** Returns a new tensor of zeros. */
  public Tensor zeros(DType dtype, Shape shape) {
    return full(0, dtype, shape);
  }

  /** Returns a new tensor of ones. */
  public Tensor ones(DType dtype, long... dims) {
    return full(1, dtype, Shape.of(dims));
  }

  /** Returns a new tensor with every element set to a value. */
  public Tensor full(double value, DType dtype, Shape shape) {
    Tensor tensor = empty(dtype, shape);
    tensor.fill(value);
    return tensor;
  }

  /** Returns a new float32 tensor with a copy of the values; without sizes it has one dimension. */
  public Tensor of(float[] values, long... dims) {
    Tensor tensor =
        empty(DType.FLOAT32, dims.length == 0 ? Shape.of(values.length) : Shape.of(dims));
    tensor.copyFrom(values);
    return tensor;
  }

  /** Returns a new float64 tensor with a copy of the values; without sizes it has one dimension. */
  public Tensor of(double[] values, long... dims) {
    Tensor tensor =
        empty(DType.FLOAT64, dims.length == 0 ? Shape.of(values.length) : Shape.of(dims));
    tensor.copyFrom(values);
    return tensor;
  }

  /** Returns a new int64 tensor with a copy of the values; without sizes it has one dimension. */
  public Tensor of(long[] values, long... dims) {
    Tensor tensor = empty(DType.INT64, dims.length == 0 ? Shape.of(values.length) : Shape.of(dims));
    tensor.copyFrom(values);
    return tensor;
  }

  /** Returns a new tensor with the values of another. */
  public Tensor copyOf(Tensor other) {
    Tensor tensor = emptyLike(other);
    tensor.copyFrom(other);
    return tensor;
  }

  private synchronized Storage adopt(long bytes) {
    if (closed) {
      throw new IllegalStateException("scope: it is closed");
    }
    Storage storage = Storage.pooled(bytes);
    storages.add(storage);
    return storage;
  }

  /**
   * Ends every tensor of the scope; operations that run in other threads finish on their memory
   * first. A second call does nothing.
   *
   * @throws IllegalStateException if native code of the user's still works on a segment that was
   *     handed out; then the scope stays open and can be closed again
   */
  @Override
  public synchronized void close() {
    for (int last = storages.size() - 1; last >= 0; last--) {
      storages.get(last).close();
      storages.remove(last);
    }
    closed = true;
  }
}
