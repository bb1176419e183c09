package dev.panorm;

import dev.panorm.internal.memory.Memory;
import java.lang.foreign.MemorySegment;
import java.util.function.LongToDoubleFunction;

/**
 * A dense, row-major array of numbers in off-heap memory: a {@link Shape}, a {@link DType} and a
 * run of a {@link Storage}.
 *
 * <p>It has no mathematics of its own: operations are in {@code dev.panorm.ops}. Views share memory
 * and lifetime. A tensor is alive until the scope that it was born in closes; using it later throws
 * {@link IllegalStateException}. Reading is safe from any thread; writing needs the caller's own
 * order.
 */
public final class Tensor {

  private final Storage storage;
  private final long byteOffset;
  private final DType dtype;
  private final Shape shape;

  Tensor(Storage storage, long byteOffset, DType dtype, Shape shape) {
    this.storage = storage;
    this.byteOffset = byteOffset;
    this.dtype = dtype;
    this.shape = shape;
  }

  /**
   * Wraps a native segment without a copy; the caller keeps ownership and must keep it open while
   * operations on the tensor run.
   *
   * @param segment native memory, at least as large as the elements need, its address a multiple of
   *     the element size
   * @throws IllegalArgumentException if the segment is on the Java heap, too small or misaligned
   */
  public static Tensor wrap(MemorySegment segment, DType dtype, long... dims) {
    Shape shape = Shape.of(dims);
    if (!segment.isNative()) {
      throw new IllegalArgumentException(
          "wrap: segment is on the Java heap, expected native memory");
    }
    if (segment.byteSize() / dtype.byteSize() < shape.elements()) {
      throw new IllegalArgumentException(
          "wrap: segment has "
              + segment.byteSize()
              + " bytes, expected "
              + shape.elements()
              + " x "
              + dtype.byteSize());
    }
    if (segment.address() % dtype.byteSize() != 0) {
      throw new IllegalArgumentException(
          "wrap: segment's address is no multiple of " + dtype.byteSize() + " bytes");
    }
    return new Tensor(Storage.borrowed(segment), 0, dtype, shape);
  }

  /** Returns the sizes. */
  public Shape shape() {
    return shape;
  }

  /** Returns the type of the elements. */
  public DType dtype() {
    return dtype;
  }

  /** Returns the number of elements. */
  public long elements() {
    return shape.elements();
  }

  /** Returns the size of one dimension, counted from the end where negative. */
  public long dim(int index) {
    return shape.dim(index);
  }

  /** Returns the size in bytes. */
  public long byteSize() {
    return shape.elements() * dtype.byteSize();
  }

  /** Returns the memory that the tensor lies in. */
  public Storage storage() {
    return storage;
  }

  /** Returns the position of the first element in {@link #storage()}, in bytes. */
  public long byteOffset() {
    return byteOffset;
  }

  /** Returns whether the tensor may be used. */
  public boolean isAlive() {
    return storage.isAlive();
  }

  // ---------------------------------------------------------------------------------------------------------------- views

  /**
   * Returns a view of the same elements in another shape.
   *
   * @throws IllegalArgumentException if the number of elements differs
   */
  public Tensor view(Shape other) {
    if (other.elements() != shape.elements()) {
      throw new IllegalArgumentException(
          "view: shape is "
              + other
              + ", expected "
              + shape.elements()
              + " elements as in "
              + shape);
    }
    return new Tensor(storage, byteOffset, dtype, other);
  }

  /**
   * Returns a view of the same elements in another shape; one size may be −1 and follows from the
   * others.
   */
  public Tensor view(long... dims) {
    long[] sizes = dims.clone();
    long known = 1;
    int open = -1;
    for (int i = 0; i < sizes.length; i++) {
      if (sizes[i] == -1 && open < 0) {
        open = i;
      } else {
        known *= sizes[i];
      }
    }
    if (open >= 0) {
      sizes[open] = known == 0 ? 0 : shape.elements() / known;
    }
    return view(Shape.of(sizes));
  }

  /**
   * Returns a view of a range of the first dimension.
   *
   * @param from first index
   * @param to index after the last
   */
  public Tensor slice(long from, long to) {
    if (shape.rank() == 0 || from < 0 || to < from || to > shape.dim(0)) {
      throw new IllegalArgumentException(
          "slice: range is " + from + " to " + to + ", expected within dimension 0 of " + shape);
    }
    long row = shape.product(1, shape.rank()) * dtype.byteSize();
    return new Tensor(storage, byteOffset + from * row, dtype, shape.with(0, to - from));
  }

  /** Returns whether both tensors have memory in common. */
  public boolean overlaps(Tensor other) {
    long here = storage.address() + byteOffset;
    long there = other.storage.address() + other.byteOffset;
    return here < there + other.byteSize() && there < here + byteSize();
  }

  /** Returns whether both tensors are the very same run of memory. */
  public boolean sameMemory(Tensor other) {
    return storage.address() + byteOffset == other.storage.address() + other.byteOffset
        && byteSize() == other.byteSize();
  }

  // -------------------------------------------------------------------------------------------------- addresses for kernels

  /**
   * Returns the absolute address of the elements, up to date for reading on the host. Valid while
   * the storage is retained.
   *
   * <p>For backends: the caller has checked every bound and holds {@link Storage#retain()}.
   */
  public long readAddress() {
    DeviceSide side = storage.deviceSide();
    if (side != null) {
      side.beforeHostRead();
    }
    return storage.address() + byteOffset;
  }

  /** As {@link #readAddress()}, for a kernel that overwrites every element without reading it. */
  public long writeAddress() {
    DeviceSide side = storage.deviceSide();
    if (side != null) {
      side.beforeHostWrite(byteSize() == storage.byteSize());
    }
    return storage.address() + byteOffset;
  }

  /** As {@link #readAddress()}, for a kernel that reads elements and writes some of them. */
  public long updateAddress() {
    DeviceSide side = storage.deviceSide();
    if (side != null) {
      side.beforeHostWrite(false);
    }
    return storage.address() + byteOffset;
  }

  /**
   * Returns the memory as a segment that lives as long as the tensor: any access after its end
   * throws {@link IllegalStateException}, never reads what was put there since. Ask for it again
   * after an operation has written the tensor.
   */
  public MemorySegment segment() {
    storage.retain();
    try {
      updateAddress();
      return storage.segment().asSlice(byteOffset, byteSize());
    } finally {
      storage.release();
    }
  }

  // ------------------------------------------------------------------------------------------------------ reading and filling

  /** Returns an element by its row-major position, converted to float64. */
  public double get(long position) {
    if (position < 0 || position >= elements()) {
      throw new IllegalArgumentException(
          "get: position is " + position + ", expected 0 to " + (elements() - 1));
    }
    storage.retain();
    try {
      return load(readAddress(), position);
    } finally {
      storage.release();
    }
  }

  /**
   * Returns the only element.
   *
   * @throws IllegalArgumentException if there is not exactly one
   */
  public double item() {
    if (elements() != 1) {
      throw new IllegalArgumentException("item: shape is " + shape + ", expected one element");
    }
    return get(0);
  }

  /** Returns a copy of the elements as float32; wider types are rounded. */
  public float[] toFloatArray() {
    float[] values = new float[arrayLength()];
    storage.retain();
    try {
      long address = readAddress();
      if (dtype == DType.FLOAT32) {
        MemorySegment.copy(Memory.ALL, ElementAccess.F32, address, values, 0, values.length);
      } else {
        for (int i = 0; i < values.length; i++) {
          values[i] = (float) load(address, i);
        }
      }
      return values;
    } finally {
      storage.release();
    }
  }

  /** Returns a copy of the elements as float64. */
  public double[] toDoubleArray() {
    double[] values = new double[arrayLength()];
    storage.retain();
    try {
      long address = readAddress();
      for (int i = 0; i < values.length; i++) {
        values[i] = load(address, i);
      }
      return values;
    } finally {
      storage.release();
    }
  }

  /**
   * Returns a copy of the elements of an int64 tensor.
   *
   * @throws IllegalArgumentException if the type is another
   */
  public long[] toLongArray() {
    if (dtype != DType.INT64) {
      throw new IllegalArgumentException("toLongArray: dtype is " + dtype + ", expected int64");
    }
    long[] values = new long[arrayLength()];
    storage.retain();
    try {
      MemorySegment.copy(Memory.ALL, ElementAccess.I64, readAddress(), values, 0, values.length);
      return values;
    } finally {
      storage.release();
    }
  }

  /** Sets every element to a value. */
  public void fill(double value) {
    if (Double.doubleToRawLongBits(value) == 0) { // zero is all bits zero in every type
      zero();
    } else {
      beginWrite();
      try {
        ElementAccess.fill(dtype, writeAddress(), elements(), value);
      } finally {
        storage.release();
      }
    }
  }

  /** Sets each element to the value of its row-major position. */
  public void fill(LongToDoubleFunction values) {
    storeAll(values);
  }

  /** Copies values in; a float64 tensor widens them. */
  public void copyFrom(float... values) {
    checkLength(values.length);
    if (dtype != DType.FLOAT32) {
      storeAll(i -> values[(int) i]);
      return;
    }
    beginWrite();
    try {
      MemorySegment.copy(values, 0, Memory.ALL, ElementAccess.F32, writeAddress(), values.length);
    } finally {
      storage.release();
    }
  }

  /** Copies values in; a float32 tensor rounds them. */
  public void copyFrom(double... values) {
    checkLength(values.length);
    storeAll(i -> values[(int) i]);
  }

  /**
   * Copies values into an int64 tensor.
   *
   * @throws IllegalArgumentException if the type is another
   */
  public void copyFrom(long... values) {
    if (dtype != DType.INT64) {
      throw new IllegalArgumentException("copyFrom: dtype is " + dtype + ", expected int64");
    }
    checkLength(values.length);
    beginWrite();
    try {
      MemorySegment.copy(values, 0, Memory.ALL, ElementAccess.I64, writeAddress(), values.length);
    } finally {
      storage.release();
    }
  }

  /**
   * Copies the elements of a tensor of the same number of elements, converting between
   * floating-point types. The tensors may overlap where their types are the same.
   */
  public void copyFrom(Tensor other) {
    checkLength(other.elements());
    other.storage.retain();
    try {
      if (other.dtype == dtype) {
        beginWrite();
        try {
          Memory.copy(other.readAddress(), writeAddress(), byteSize());
        } finally {
          storage.release();
        }
      } else {
        long from = other.readAddress();
        storeAll(i -> other.load(from, i));
      }
    } finally {
      other.storage.release();
    }
  }

  @Override
  public String toString() {
    return "Tensor" + shape + " of " + dtype + (isAlive() ? "" : " (dead)");
  }

  private double load(long address, long position) {
    return ElementAccess.load(dtype, address, position);
  }

  private void zero() {
    beginWrite();
    try {
      Memory.zero(writeAddress(), byteSize());
    } finally {
      storage.release();
    }
  }

  private void storeAll(LongToDoubleFunction values) {
    beginWrite();
    try {
      ElementAccess.storeAll(dtype, writeAddress(), elements(), values);
    } finally {
      storage.release();
    }
  }

  private void beginWrite() {
    if (storage.isReadOnly()) {
      throw new IllegalArgumentException(
          "tensor: its memory is read-only, expected writable memory");
    }
    storage.retain();
  }

  private void checkLength(long length) {
    if (length != elements()) {
      throw new IllegalArgumentException(
          "copyFrom: " + length + " values came, expected " + elements() + " for " + shape);
    }
  }

  private int arrayLength() {
    if (elements() > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "toArray: " + shape + " has too many elements for a Java array, expected below 2^31");
    }
    return (int) elements();
  }
}
