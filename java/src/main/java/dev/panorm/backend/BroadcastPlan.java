package dev.panorm.backend;

/**
 * Two operands against each other on a view of three dimensions, {@code [outer, mid, inner]}, along
 * each of which an operand either has elements of its own or repeats one.
 *
 * <p>Element [o, m, i] of operand a is at {@code o · aOuter + m · aMid + i · aInner}; a stride is 0
 * where the operand repeats. The result is dense and row-major.
 *
 * @param outer size of the first dimension
 * @param mid size of the second
 * @param inner size of the last
 * @param aOuter stride of a along the first, in elements
 * @param aMid stride of a along the second
 * @param aInner stride of a along the last, 0 or 1
 * @param bOuter stride of b along the first
 * @param bMid stride of b along the second
 * @param bInner stride of b along the last, 0 or 1
 */
public record BroadcastPlan(
    long outer,
    long mid,
    long inner,
    long aOuter,
    long aMid,
    long aInner,
    long bOuter,
    long bMid,
    long bInner) {

  /** Returns the number of elements of the result. */
  public long elements() {
    return outer * mid * inner;
  }
}
