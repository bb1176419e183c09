package dev.panorm.nn;

import dev.panorm.autograd.Variable;
import dev.panorm.internal.check.Check;
import java.util.ArrayList;
import java.util.List;

/**
 * BatchNorm for the time steps of a recurrent network: each step has running statistics, scale and
 * shift of its own, since the distribution changes from step to step (Cooijmans et al. 2016). Steps
 * behind the last known one use the last one's.
 */
public final class RecurrentBatchNorm extends Module {

  private final List<BatchNorm1d> steps = new ArrayList<>();
  private int next;

  /**
   * Creates the module.
   *
   * @param numFeatures features of a step's data, [N, features]
   * @param mostSteps steps with statistics of their own, 1 or more
   */
  public RecurrentBatchNorm(long numFeatures, int mostSteps) {
    Check.that(mostSteps >= 1, "recurrentBatchNorm", "mostSteps", mostSteps, "1 or more");
    for (int step = 0; step < mostSteps; step++) {
      steps.add(register(Integer.toString(step), new BatchNorm1d(numFeatures)));
    }
  }

  /** Normalizes the data of the next time step. */
  @Override
  public Variable forward(Variable x) {
    return step(next++).forward(x);
  }

  /** Begins a new sequence: the next data is that of step 0. */
  public void restart() {
    next = 0;
  }

  /** Returns the norm of a time step, counted from 0. */
  public BatchNorm1d step(int step) {
    return steps.get(Math.min(step, steps.size() - 1));
  }
}
