package dev.panorm.optim;

import dev.panorm.DType;
import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.internal.check.Check;
import java.util.Map;

/**
 * Lowers an optimizer's learning rate when a metric, the smaller the better, stops falling:
 * PyTorch's {@code ReduceLROnPlateau} without a lower limit and without a pause.
 */
public final class PlateauScheduler {

  private static final String NAME = "plateau";
  private static final String BEST = "best";
  private static final String WAITED = "num_bad_epochs";

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
    this.factor = Optimizer.share(NAME, "factor", factor);
    Check.that(patience >= 0, NAME, "patience", patience, "0 or more");
    this.patience = patience;
    this.threshold = Optimizer.notNegative(NAME, "threshold", threshold);
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

  /**
   * Returns what the scheduler remembers: {@code best}, the best metric, and {@code
   * num_bad_epochs}, the steps since, in PyTorch's names. The learning rate is in the optimizer's
   * state.
   */
  public Map<String, Tensor> stateDict(Scope numbers) {
    return Map.of(
        BEST, numbers.full(best, DType.FLOAT64, Shape.of()),
        WAITED, numbers.full((double) waited, DType.INT64, Shape.of()));
  }

  /**
   * Takes over a state from {@link #stateDict} and goes on from there.
   *
   * @throws IllegalArgumentException if a name is missing or unknown, or a number does not fit;
   *     nothing changes then
   */
  public void loadStateDict(Map<String, Tensor> saved) {
    StateReader reader = new StateReader(NAME, saved);
    double metric = reader.number(BEST, DType.FLOAT64);
    double steps = reader.number(WAITED, DType.INT64);
    reader.check(!Double.isNaN(metric), BEST, metric, "a number");
    reader.check(
        steps >= 0 && steps <= patience, WAITED, (long) steps, "0 to the patience, " + patience);
    reader.end();
    best = metric;
    waited = (long) steps;
  }

  private void lower() {
    double rate = optimizer.learningRate();
    if (rate - rate * factor > SMALLEST_CHANGE) {
      optimizer.setLearningRate(rate * factor);
    }
  }
}
