package dev.panorm.internal.backend.vector;

import dev.panorm.Tensor;
import dev.panorm.backend.Conv2dPlan;
import dev.panorm.internal.backend.vector.ConvolutionLayout.Block;
import dev.panorm.internal.parallel.WorkerPool;

/**
 * The blocks of one convolution, shared out to parts. How many parts there are follows from the
 * shape alone; each has room for one matrix of windows.
 */
abstract class Conv2dTask implements WorkerPool.PartTask {

  /** Multiplications that make a part worth handing to another thread. */
  private static final long GRAIN = 1 << 18;

  private static final long MOST_PARTS = 16;

  final ConvolutionLayout layout;
  final Conv2dPlan plan;
  private final long blocksPerSample;

  /** Samples where a part must have whole ones, else blocks. */
  private final long units;

  private final boolean wholeSamples;
  final int parts;

  /** Room for the matrices of windows of all parts. */
  final Tensor columns;

  Conv2dTask(ConvolutionLayout layout, boolean wholeSamples, long mostParts, Room room) {
    this.layout = layout;
    this.plan = layout.plan;
    this.wholeSamples = wholeSamples;
    long rows = layout.blockRows();
    blocksPerSample = (plan.window().outHeight() + rows - 1) / rows;
    units = plan.batch() * (wholeSamples ? 1 : blocksPerSample);
    long work = plan.batch() * plan.outChannels() * plan.outPositions() * plan.depth() / GRAIN;
    long wanted = Math.min(Math.min(units, MOST_PARTS), Math.min(work, mostParts));
    parts = (int) Math.max(1, wanted);
    columns = room.of(parts * layout.blockElements());
  }

  /** Gives room for float32s. */
  @FunctionalInterface
  interface Room {
    Tensor of(long elements);
  }

  final void run() {
    WorkerPool.shared().run(parts, this);
  }

  @Override
  public final void run(int part) {
    long from = part * units / parts;
    long to = (part + 1) * units / parts;
    for (long unit = from; unit < to; unit++) {
      if (wholeSamples) {
        begin(unit);
        for (long block = 0; block < blocksPerSample; block++) {
          block(part, unit, block, block == 0);
        }
      } else {
        block(part, unit / blocksPerSample, unit % blocksPerSample, unit == from);
      }
    }
  }

  private void block(int part, long sample, long number, boolean first) {
    long row = number * layout.blockRows();
    long rows = Math.min(layout.blockRows(), plan.window().outHeight() - row);
    Block block = new Block(sample, row, rows, columns, part * layout.blockElements());
    block(part, block, first);
  }

  /** Does what comes before the blocks of a sample. */
  void begin(long sample) {}

  /**
   * Does one block.
   *
   * @param first whether it is the part's first
   */
  abstract void block(int part, Block block, boolean first);
}
