package dev.panorm.data;

import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.internal.check.Check;
import dev.panorm.internal.memory.Memory;
import dev.panorm.internal.random.Philox;
import java.util.stream.IntStream;

/**
 * A data set in batches, in a new order each epoch (PyTorch: {@code DataLoader}).
 *
 * <p>The order depends on (seed, epoch) alone, so any epoch can be had again by its number. Safe in
 * all threads.
 *
 * {@snippet :
 * Batches batches = Batches.shuffled(data, 64, 42);
 * Batches.Epoch epoch = batches.epoch(0);
 * for (int i = 0; i < epoch.count(); i++) {
 *   try (Scope scope = Scope.open()) {
 *     Dataset batch = epoch.batch(i, scope);
 *   }
 * }
 * }
 */
public final class Batches {

  /** Shuffling draws from streams of its own: this, plus the epoch. */
  private static final long STREAM = 0x6261746368L << 24;

  private final Dataset data;
  private final int size;
  private final boolean shuffle;
  private final long seed;
  private final boolean dropLast;

  private Batches(Dataset data, int size, boolean shuffle, long seed, boolean dropLast) {
    Check.that(size >= 1, "batches", "size", size, "1 or more");
    Check.that(
        data.size() <= Integer.MAX_VALUE,
        "batches",
        "data",
        data.size() + " samples",
        "below 2^31");
    this.data = data;
    this.size = size;
    this.shuffle = shuffle;
    this.seed = seed;
    this.dropLast = dropLast;
  }

  /**
   * Batches in an order that is drawn anew each epoch; the last may be short.
   *
   * @param size samples per batch, 1 or more
   */
  public static Batches shuffled(Dataset data, int size, long seed) {
    return new Batches(data, size, true, seed, false);
  }

  /**
   * Batches in the order of the data, without copies; the last may be short.
   *
   * @param size samples per batch, 1 or more
   */
  public static Batches inOrder(Dataset data, int size) {
    return new Batches(data, size, false, 0, false);
  }

  /** Returns these batches without a short last one. */
  public Batches dropLast() {
    return new Batches(data, size, shuffle, seed, true);
  }

  /** Returns how many batches an epoch has. */
  public int count() {
    int samples = (int) data.size();
    return dropLast ? samples / size : (int) Math.ceilDiv((long) samples, size);
  }

  /** Returns one pass over the data. */
  public Epoch epoch(long number) {
    return new Epoch(
        number, shuffle ? permutation((int) data.size(), seed, STREAM + number) : new int[0]);
  }

  /** A random order by Fisher and Yates. */
  private static int[] permutation(int n, long seed, long stream) {
    int[] order = new int[n];
    for (int i = 0; i < n; i++) {
      int other = (int) Philox.below(i + 1L, seed, stream, i);
      order[i] = order[other];
      order[other] = i;
    }
    return order;
  }

  /** One pass over the data. */
  public final class Epoch implements Pass {

    private final long number;
    private final int[] order;

    private Epoch(long number, int[] order) {
      this.number = number;
      this.order = order;
    }

    @Override
    public long number() {
      return number;
    }

    @Override
    public int count() {
      return Batches.this.count();
    }

    /**
     * Returns the number in the data set of each sample of a batch.
     *
     * @param index from 0 to {@link #count()} − 1
     */
    public long[] samples(int index) {
      checkIndex("samples", index);
      return IntStream.range(first(index), end(index))
          .mapToLong(i -> shuffle ? order[i] : i)
          .toArray();
    }

    /** Returns a batch, gathered in the scope if the data is shuffled. */
    @Override
    public Dataset batch(int index, Scope scope) {
      checkIndex("batch", index);
      int from = first(index);
      int to = end(index);
      return shuffle
          ? new Dataset(
              gather(data.inputs(), from, to, scope),
              gather(data.targets(), from, to, scope),
              data.classes())
          : data.slice(from, to);
    }

    private void checkIndex(String operation, int index) {
      Check.that(index >= 0 && index < count(), operation, "index", index, "0 to " + (count() - 1));
    }

    private int first(int index) {
      return index * size;
    }

    private int end(int index) {
      return (int) Math.min(data.size(), (long) first(index) + size);
    }

    private Tensor gather(Tensor all, int from, int to, Scope scope) {
      Shape shape = all.shape().with(0, to - from);
      Tensor rows = scope.empty(all.dtype(), shape);
      long rowBytes = all.shape().product(1, shape.rank()) * all.dtype().byteSize();
      all.storage().retain();
      rows.storage().retain();
      try {
        long source = all.readAddress();
        long target = rows.writeAddress();
        for (int i = from; i < to; i++) {
          Memory.copy(source + order[i] * rowBytes, target + (i - from) * rowBytes, rowBytes);
        }
      } finally {
        rows.storage().release();
        all.storage().release();
      }
      return rows;
    }
  }
}
