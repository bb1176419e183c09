package dev.panorm.internal.backend.vector;

import dev.panorm.Tensor;
import dev.panorm.backend.CopyKernels;
import dev.panorm.backend.CopyPlan;
import dev.panorm.internal.parallel.WorkerPool;

/** {@link CopyKernels} on float32: whole runs where x has them, else tiles of a transposition. */
final class VectorCopies implements CopyKernels {

  private final ThreadLocal<Task> tasks = ThreadLocal.withInitial(Task::new);

  @Override
  public void copy(CopyPlan plan, Tensor x, Tensor y) {
    tasks.get().run(plan, x.readAddress(), y.writeAddress());
  }

  /**
   * One copy. A unit is a matrix of y's last two dimensions, or some of its rows; the object serves
   * the next call of its thread.
   */
  private static final class Task implements WorkerPool.PartTask {

    private static final long F4 = Float.BYTES;

    /** Rows and columns of a tile: its lines of x and of y stay in the first-level cache. */
    private static final int TILE = 32;

    private CopyPlan plan = new CopyPlan(1, 1, 1, 1, 0, 0, 0, 0);
    private long x;
    private long y;
    private long rowsPerUnit;
    private long unitsPerMatrix;
    private long units;
    private long unitsPerPart;

    void run(CopyPlan shape, long from, long to) {
      plan = shape;
      x = from;
      y = to;
      rowsPerUnit = Math.min(shape.size2(), roundUp(Partition.itemsPerPart(shape.size3())));
      unitsPerMatrix = (shape.size2() + rowsPerUnit - 1) / rowsPerUnit;
      units = shape.size0() * shape.size1() * unitsPerMatrix;
      unitsPerPart = Partition.itemsPerPart(rowsPerUnit * shape.size3());
      WorkerPool.shared().run(Partition.parts(units, unitsPerPart), this);
    }

    private static long roundUp(long rows) {
      return (rows + TILE - 1) / TILE * TILE;
    }

    @Override
    public void run(int part) {
      long from = part * unitsPerPart;
      long to = Math.min(units, from + unitsPerPart);
      for (long unit = from; unit < to; unit++) {
        long matrix = unit / unitsPerMatrix;
        long row = unit % unitsPerMatrix * rowsPerUnit;
        long rows = Math.min(rowsPerUnit, plan.size2() - row);
        long source =
            matrix / plan.size1() * plan.stride0()
                + matrix % plan.size1() * plan.stride1()
                + row * plan.stride2();
        long target = (matrix * plan.size2() + row) * plan.size3();
        if (plan.stride3() == 1 || plan.stride3() == 0) {
          rows(x + source * F4, y + target * F4, rows);
        } else {
          tiles(x + source * F4, y + target * F4, rows);
        }
      }
    }

    private void rows(long from, long to, long rows) {
      for (long row = 0; row < rows; row++) {
        long source = from + row * plan.stride2() * F4;
        long target = to + row * plan.size3() * F4;
        for (long i = 0; i < plan.size3(); i += Partition.PIECE) {
          int length = (int) Math.min(Partition.PIECE, plan.size3() - i);
          if (plan.stride3() == 1) {
            Runs.copy(source + i * F4, target + i * F4, length);
          } else {
            Runs.fill(Lanes.get(source), target + i * F4, length);
          }
        }
      }
    }

    private void tiles(long from, long to, long rows) {
      for (long row = 0; row < rows; row += TILE) {
        int height = (int) Math.min(TILE, rows - row);
        for (long column = 0; column < plan.size3(); column += TILE) {
          int width = (int) Math.min(TILE, plan.size3() - column);
          tile(
              from + (row * plan.stride2() + column * plan.stride3()) * F4,
              to + (row * plan.size3() + column) * F4,
              height,
              width);
        }
      }
    }

    private void tile(long from, long to, int height, int width) {
      long rowStep = plan.stride2() * F4;
      long step = plan.stride3() * F4;
      long targetStep = plan.size3() * F4;
      for (int row = 0; row < height; row++) {
        Runs.gather(from + row * rowStep, step, to + row * targetStep, width);
      }
    }
  }
}
