package dev.panorm.optim;

import dev.panorm.internal.check.Check;

/**
 * Lowers an optimizer's learning rate when a metric, the smaller the better, stops falling:
 * PyTorch's {@code ReduceLROnPlateau} without a lower limit and without a pause.
 */
public final class PlateauScheduler {

  /** A change of the learning rate below this is none. */
  private static final double SMALLEST_CHANGE = 1e-8;

  private final Optimizer optimizer;
  private final double factor;
  private final long patience;
  private final double threshold;
  private double best = Double.POSITIVE_INFINITY;
  private long waited;

  /** Creates the scheduler with PyTorch's defaults: factor 0.1, patience 10, threshold 1e-4. */
  public PlateauScheduler(Optimizer optimizer) {
    this(optimizer, 0.1, 10, 1e-4);
  }

  /**
   * Creates the scheduler.
   *
   * @param factor what the learning rate is multiplied with, 0 or more and below 1
   * @param patience number of steps without improvement that are put up with, 0 or more
   * @param threshold share of the best metric by which a better one is lower, 0 or more
   */
  public PlateauScheduler(Optimizer optimizer, double factor, long patience, double threshold) {
    this.optimizer = optimizer;
    this.factor = Optimizer.share("plateau", "factor", factor);
    Check.that(patience >= 0, "plateau", "patience", patience, "0 or more");
    this.patience = patience;
    this.threshold = Optimizer.notNegative("plateau", "threshold", threshold);
  }

  /** Takes in the metric of a step; one of NaN is no improvement. */
  public void step(double metric) {
    if (metric < best - threshold * Math.abs(Double.isInfinite(best) ? 0 : best)) {
      best = metric;
      waited = 0;
    } else {
      waited++;
    }
    if (waited > patience) {
      lower();
      waited = 0;
    }
  }

  private void lower() {
    double rate = optimizer.learningRate();
    if (rate - rate * factor > SMALLEST_CHANGE) {
      optimizer.setLearningRate(rate * factor);
    }
  }
}
