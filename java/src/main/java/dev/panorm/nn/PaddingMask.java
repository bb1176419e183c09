package dev.panorm.nn;

import dev.panorm.DType;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.internal.check.Check;

/** Which positions of padded sequences are real: 1 for those, 0 for the padding behind them. */
public final class PaddingMask {

  private PaddingMask() {}

  /**
   * Returns the mask of sequences by their lengths, [N, longest].
   *
   * @param dtype type of the data that it is for
   * @param longest positions of the padded data
   * @param lengths number of real positions of each sequence, 0 to the longest
   */
  public static Tensor ofLengths(Scope scope, DType dtype, long longest, long... lengths) {
    for (long length : lengths) {
      Check.that(
          length >= 0 && length <= longest, "paddingMask", "length", length, "0 to " + longest);
    }
    Tensor mask = scope.empty(dtype, lengths.length, longest);
    mask.fill(i -> i % longest < lengths[(int) (i / longest)] ? 1 : 0);
    return mask;
  }
}
