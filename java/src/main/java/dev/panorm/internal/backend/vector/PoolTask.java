package dev.panorm.internal.backend.vector;

import dev.panorm.Layout;
import dev.panorm.backend.Pool2dPlan;
import dev.panorm.backend.Window;
import dev.panorm.internal.parallel.WorkerPool;

/**
 * One pooling, forward or backward. A unit is a plane (NCHW) or the planes of a sample (NHWC), so
 * that no two parts write the same element. The object serves the next call of its thread.
 */
final class PoolTask implements WorkerPool.PartTask {

  /** Which loop runs. */
  enum Kind {
    /** Largest elements and their positions. */
    MAX,
    /** Adds gradients at positions. */
    SCATTER,
    /** Elements at positions. */
    GATHER,
    /** Averages. */
    AVERAGE,
    /** Spreads the gradients of averages. */
    SPREAD
  }

  private static final long F4 = Float.BYTES;
  private static final Window NO_WINDOW = new Window(1, 1, 1, 1, 0, 0, 1, 1, 0, 0);

  private Kind kind = Kind.MAX;
  private Pool2dPlan plan = new Pool2dPlan(0, 0, 0, 0, NO_WINDOW, true, Layout.NCHW);
  private PoolPlane loops = new PoolPlane(plan);
  private long large;
  private long small;
  private long indices;
  private long planesPerUnit;
  private long units;
  private long unitsPerPart;

  /**
   * @param ofInput address of x or dx
   * @param ofOutput address of y or dy
   * @param positions address of the indices, 0 for none
   */
  void run(Kind what, Pool2dPlan shape, long ofInput, long ofOutput, long positions) {
    kind = what;
    if (!plan.equals(shape)) {
      plan = shape;
      loops = new PoolPlane(shape);
    }
    large = ofInput;
    small = ofOutput;
    indices = positions;
    planesPerUnit = shape.layout() == Layout.NCHW ? 1 : shape.channels();
    units = shape.planes() / planesPerUnit;
    unitsPerPart = Partition.itemsPerPart(planesPerUnit * shape.height() * shape.width());
    WorkerPool.shared().run(Partition.parts(units, unitsPerPart), this);
  }

  @Override
  public void run(int part) {
    long from = part * unitsPerPart;
    long to = Math.min(units, from + unitsPerPart);
    long unitSize = planesPerUnit * plan.height() * plan.width();
    for (long unit = from; unit < to; unit++) {
      if (kind == Kind.SCATTER || kind == Kind.SPREAD) {
        Runs.fill(0, large + unit * unitSize * F4, unitSize);
      }
      if (kind == Kind.MAX && planesPerUnit > 1) {
        pixels(unit);
        continue;
      }
      for (long plane = unit * planesPerUnit; plane < (unit + 1) * planesPerUnit; plane++) {
        plane(plane);
      }
    }
  }

  private void pixels(long sample) {
    Window window = plan.window();
    long first = sample * plan.channels() * window.outHeight() * window.outWidth();
    long x = large + sample * plan.channels() * plan.height() * plan.width() * F4;
    long chosen = indices == 0 ? 0 : indices + first * Long.BYTES;
    loops.maxOfPixels(x, small + first * F4, chosen);
  }

  private void plane(long plane) {
    Window window = plan.window();
    long x = large + plan.first(plane, plan.height() * plan.width()) * F4;
    long first = plan.first(plane, window.outHeight() * window.outWidth());
    long y = small + first * F4;
    long chosen = indices + first * Long.BYTES;
    switch (kind) {
      case MAX -> loops.max(x, y, indices == 0 ? 0 : chosen);
      case SCATTER -> loops.scatter(x, y, chosen);
      case GATHER -> loops.gather(x, y, chosen);
      case AVERAGE -> loops.average(x, y);
      case SPREAD -> loops.spread(x, y);
    }
  }
}
