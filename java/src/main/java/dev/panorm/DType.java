package dev.panorm;

/** Type of a tensor's elements; values are stored in the machine's byte order. */
public enum DType {
  /** IEEE 754 binary32. */
  FLOAT32(4, true),
  /** IEEE 754 binary64. */
  FLOAT64(8, true),
  /** Two's complement 64-bit integer: class indices, positions. */
  INT64(8, false);

  private final int byteSize;
  private final boolean floating;

  DType(int byteSize, boolean floating) {
    this.byteSize = byteSize;
    this.floating = floating;
  }

  /** Returns the size of one element in bytes. */
  public int byteSize() {
    return byteSize;
  }

  /**
   * Returns whether this is a floating-point type, the only kind that mathematics is defined for.
   */
  public boolean isFloating() {
    return floating;
  }

  /** Returns the name as PyTorch writes it: {@code float32}. */
  @Override
  public String toString() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}
