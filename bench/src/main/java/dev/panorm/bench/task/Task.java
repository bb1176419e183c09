package dev.panorm.bench.task;

import dev.panorm.DType;
import dev.panorm.Tensor;
import java.util.List;

/** One operation in one direction on one shape, with its memory: what contenders are timed on. */
public interface Task {

  /** Returns the name of the operation as goldens write it. */
  String op();

  /** Returns what of it: {@code fwd}, {@code train}, {@code eval}, {@code bwd} or {@code step}. */
  String direction();

  /** Returns the layout of its data. */
  String layout();

  /** Returns its sizes. */
  String shape();

  /** Returns its type. */
  default DType dtype() {
    return DType.FLOAT32;
  }

  /** Returns how many bytes nobody can avoid to read or write; 0 where memory is not the limit. */
  default long bytes() {
    return 0;
  }

  /** Returns what it writes. */
  List<Tensor> results();

  /** Returns how often it runs before its results are compared. */
  default int runs() {
    return 1;
  }

  /**
   * Returns how far Panorm's results may be off, as a part of the largest: by default as the
   * goldens', a few roundings of 2^-24 and float32 partial sums.
   */
  default double bound() {
    return 1e-6;
  }

  /** Returns the backend whose results are the truth, {@code auto} for Panorm's own choice. */
  default String judge() {
    return "reference";
  }
}
