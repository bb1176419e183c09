package dev.panorm.optim;

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

  private void apply() {
    optimizer.setLearningRate(base * schedule.factor(step));
  }
}
