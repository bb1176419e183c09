package dev.panorm.ffi.openblas;

import java.lang.foreign.MemorySegment;

/**
 * Checks what C cannot: OpenBLAS answers a wrong dimension with a line on standard output and a
 * wrong size with a crash.
 */
final class BlasArguments {

  private BlasArguments() {}

  /** Every dimension must be at least zero. */
  static void requireDimension(String function, String name, int value) {
    if (value < 0) {
      throw new IllegalArgumentException(
          function + ": " + name + " is " + value + ", expected at least 0");
    }
  }

  /**
   * A row-major matrix must lie inside its segment.
   *
   * @return the address of its first element
   */
  static long matrix(
      String function,
      String name,
      MemorySegment segment,
      long offset,
      int rows,
      int columns,
      int leading,
      int elementBytes) {
    if (leading < Math.max(1, columns)) {
      throw new IllegalArgumentException(
          function
              + ": ld"
              + name
              + " is "
              + leading
              + ", expected at least "
              + Math.max(1, columns));
    }
    long elements = rows == 0 || columns == 0 ? 0 : (rows - 1L) * leading + columns;
    return region(function, name, segment, offset, elements, elementBytes);
  }

  /**
   * A vector with a positive stride must lie inside its segment.
   *
   * @return the address of its first element
   */
  static long vector(
      String function,
      String name,
      MemorySegment segment,
      long offset,
      int length,
      int stride,
      int elementBytes) {
    if (stride < 1) {
      throw new IllegalArgumentException(
          function + ": inc" + name + " is " + stride + ", expected at least 1");
    }
    long elements = length == 0 ? 0 : (length - 1L) * stride + 1;
    return region(function, name, segment, offset, elements, elementBytes);
  }

  /** What a function writes must be writable. */
  static void requireWritable(String function, String name, MemorySegment segment) {
    if (segment.isReadOnly()) {
      throw new IllegalArgumentException(function + ": " + name + " is read-only");
    }
  }

  private static long region(
      String function,
      String name,
      MemorySegment segment,
      long offset,
      long elements,
      int elementBytes) {
    long address = segment.address() + offset;
    if (!segment.isNative()
        || offset < 0
        || offset > segment.byteSize() - elements * elementBytes
        || (address & (elementBytes - 1)) != 0
        || !segment.scope().isAlive()) {
      throw regionFailure(function, name, segment, offset, elements * elementBytes, elementBytes);
    }
    return address;
  }

  private static RuntimeException regionFailure(
      String function,
      String name,
      MemorySegment segment,
      long offset,
      long bytes,
      int elementBytes) {
    String what = function + ": " + name + " ";
    if (!segment.scope().isAlive()) {
      return new IllegalStateException(what + "is in memory that was closed");
    }
    if (!segment.isNative()) {
      return new IllegalArgumentException(what + "is on the Java heap, expected native memory");
    }
    if (offset < 0 || offset > segment.byteSize() - bytes) {
      return new IllegalArgumentException(
          what
              + "has "
              + segment.byteSize()
              + " bytes, expected at least "
              + bytes
              + " from offset "
              + offset);
    }
    return new IllegalArgumentException(
        what + "begins at an address that is not a multiple of " + elementBytes);
  }
}
