package dev.panorm.optim;

import dev.panorm.internal.check.Check;

/**
 * Sets an optimizer's learning rate step by step: the rate that it had in the beginning, times the
 * factor of a {@link LrSchedule}.
 */
public final class LrScheduler {

  private final Optimizer optimizer;
  private final LrSchedule schedule;
  private final double base;
  private long step;

  /** Creates the scheduler and sets the learning rate of step 0. */
  public LrScheduler(Optimizer optimizer, LrSchedule schedule) {
    this.optimizer = optimizer;
    this.schedule = schedule;
    base = optimizer.learningRate();
    apply();
  }

  /** Goes on to the next step. */
  public void step() {
    step++;
    apply();
  }

  /** Returns the present step. */
  public long currentStep() {
    return step;
  }

  /**
   * Goes to a step: that of a training which is resumed, with a scheduler made before the
   * optimizer's state was loaded, so that the rate of the beginning is known.
   *
   * @param number 0 or more
   */
  public void goTo(long number) {
    Check.that(number >= 0, "lrScheduler", "step", number, "0 or more");
    step = number;
    apply();
  }

  private void apply() {
    optimizer.setLearningRate(base * schedule.factor(step));
  }
}
