package dev.panorm.backend;

/**
 * Windows that move over a plane: window (p, q) has the elements at row {@code p · strideH − padH +
 * i · dilationH} and column {@code q · strideW − padW + j · dilationW}.
 *
 * @param kernelH rows of a window
 * @param kernelW columns of a window
 * @param strideH rows from window to window
 * @param strideW columns from window to window
 * @param padH rows before the first of the plane
 * @param padW columns before the first of the plane
 * @param dilationH rows from element to element of a window
 * @param dilationW columns from element to element of a window
 * @param outHeight windows from top to bottom
 * @param outWidth windows from left to right
 */
public record Window(
    long kernelH,
    long kernelW,
    long strideH,
    long strideW,
    long padH,
    long padW,
    long dilationH,
    long dilationW,
    long outHeight,
    long outWidth) {

  /** Returns the row of element i of window p, which may be outside the plane. */
  public long row(long p, long i) {
    return p * strideH - padH + i * dilationH;
  }

  /** Returns the column of element j of window q, which may be outside the plane. */
  public long column(long q, long j) {
    return q * strideW - padW + j * dilationW;
  }
}
