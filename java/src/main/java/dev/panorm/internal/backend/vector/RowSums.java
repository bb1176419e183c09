package dev.panorm.internal.backend.vector;

import dev.panorm.internal.parallel.WorkerPool;

/**
 * The gradients of weight and bias of rows: float32 sums of the columns over a block of rows, and
 * float64 sums over the blocks, in their order.
 */
final class RowSums implements WorkerPool.PartTask {

  /** Most rows of a block, whose sums float32 holds. */
  static final int ROWS = 64;

  private static final long F4 = Float.BYTES;
  private static final long F8 = Double.BYTES;

  /** A part has this many columns at most, whose float64 sums stay in the first-level cache. */
  private static final int MOST_COLUMNS = 1024;

  /** Less would cut lines of the caches in two. */
  private static final int LEAST_COLUMNS = 64;

  private final BackwardCall call;
  private final Loan loan = new Loan();

  private long address;
  private long columns;
  private int blocks;
  private int columnsPerPart;

  RowSums(BackwardCall call) {
    this.call = call;
  }

  /** Makes room, where the gradients are wanted. */
  void begin(long columns, int blocks) {
    this.columns = columns;
    this.blocks = blocks;
    address = call.wantsParameters() ? loan.take(blocks * blockBytes()) : 0;
  }

  boolean wanted() {
    return address != 0;
  }

  private long blockBytes() {
    return 2 * columns * F4;
  }

  /** Returns the address of a block's sums for the weight. */
  long ofWeight(long block) {
    return address + block * blockBytes();
  }

  /** Returns the address of a block's sums for the bias. */
  long ofBias(long block) {
    return ofWeight(block) + columns * F4;
  }

  /** Sets a block's sums to 0. */
  void clear(long block) {
    Runs.fill(0, ofWeight(block), 2 * columns);
  }

  /** Adds the blocks up and stores the gradients. */
  void addUp() {
    long worthIt = Partition.GRAIN / (2L * blocks) / LEAST_COLUMNS * LEAST_COLUMNS;
    columnsPerPart = Math.clamp(worthIt, LEAST_COLUMNS, MOST_COLUMNS);
    WorkerPool.shared().run(Partition.parts(columns, columnsPerPart), this);
  }

  @Override
  public void run(int part) {
    long first = (long) part * columnsPerPart;
    int some = (int) Math.min(columnsPerPart, columns - first);
    long toWeight = Scratch.get().pairs();
    long toBias = toWeight + some * F8;
    BlockKernels.zeroWide(toWeight, 2L * some);
    for (int block = 0; block < blocks; block++) {
      BlockKernels.addNarrow(ofWeight(block) + first * F4, toWeight, some);
      BlockKernels.addNarrow(ofBias(block) + first * F4, toBias, some);
    }
    for (int i = 0; i < some; i++) {
      call.storeGradient(
          first + i, Lanes.getWide(toWeight + i * F8), Lanes.getWide(toBias + i * F8));
    }
  }

  void end() {
    loan.end();
  }
}
