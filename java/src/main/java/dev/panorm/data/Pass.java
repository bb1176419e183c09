package dev.panorm.data;

import dev.panorm.Scope;

/** One pass over a data set, an epoch, in batches that can be had by their numbers. */
public interface Pass {

  /** Returns the number of the epoch. */
  long number();

  /** Returns how many batches there are. */
  int count();

  /**
   * Returns a batch.
   *
   * @param index from 0 to {@link #count()} − 1
   * @param scope where what must be made for it is born; the batch may be used until it closes
   */
  Dataset batch(int index, Scope scope);
}
