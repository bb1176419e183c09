package dev.panorm.backend;

/**
 * Which elements a reduction takes together, on a view {@code [outer, mid, inner]} of its input.
 *
 * @param outer size of the first dimension
 * @param mid size of the second
 * @param inner size of the last
 * @param keepMid true: over outer and inner, one result for each index of mid; false: over mid, one
 *     result for each pair of outer and inner
 */
public record ReducePlan(long outer, long mid, long inner, boolean keepMid) {

  /** Returns the number of results. */
  public long results() {
    return keepMid ? mid : outer * inner;
  }

  /** Returns how many elements each result is over. */
  public long perResult() {
    return keepMid ? outer * inner : mid;
  }

  /** Returns the number of elements of the input. */
  public long elements() {
    return outer * mid * inner;
  }
}
