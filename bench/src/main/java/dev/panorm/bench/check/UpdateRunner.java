package dev.panorm.bench.check;

import dev.panorm.Tensor;
import dev.panorm.backend.AdagradRule;
import dev.panorm.backend.AdamRule;
import dev.panorm.backend.RmspropRule;
import dev.panorm.backend.SgdRule;
import dev.panorm.ops.Updates;
import org.jspecify.annotations.Nullable;

/** Runs the rules of the optimizers, all steps of a case in a row. */
final class UpdateRunner {

  private UpdateRunner() {}

  /** One step, numbered from 1, on a parameter in place. */
  @FunctionalInterface
  private interface Step {
    void take(int number, Tensor parameter, Tensor gradient);
  }

  private static void steps(Run run, Step step) {
    Tensor parameter = run.input("param");
    Tensor gradients = run.input("grads");
    Tensor after = run.room(gradients.shape());
    for (int i = 0; i < gradients.dim(0); i++) {
      step.take(i + 1, parameter, gradients.slice(i, i + 1).view(parameter.shape()));
      after.slice(i, i + 1).copyFrom(parameter);
    }
    run.result("param_after", after);
  }

  private static Tensor state(Run run, double value) {
    return run.scope().full(value, run.dtype(), run.subject().tensor("param").shape());
  }

  private static @Nullable Tensor stateIf(Run run, boolean wanted) {
    return wanted ? state(run, 0) : null;
  }

  static void sgd(Run run) {
    Case subject = run.subject();
    SgdRule rule =
        new SgdRule(
            subject.number("lr"),
            subject.number("momentum"),
            subject.number("dampening"),
            subject.flag("nesterov"),
            subject.number("weight_decay"));
    Tensor buffer = stateIf(run, rule.momentum() != 0);
    steps(run, (i, parameter, gradient) -> Updates.sgd(rule, i == 1, parameter, gradient, buffer));
  }

  static void adam(Run run) {
    Case subject = run.subject();
    AdamRule rule =
        new AdamRule(
            subject.number("lr"),
            subject.number("beta1"),
            subject.number("beta2"),
            subject.number("eps"),
            subject.number("weight_decay"),
            subject.op().equals("adamw"));
    Tensor mean = state(run, 0);
    Tensor square = state(run, 0);
    Tensor largest = stateIf(run, subject.flag("amsgrad"));
    steps(
        run,
        (i, parameter, gradient) ->
            Updates.adam(rule, i, parameter, gradient, mean, square, largest));
  }

  static void rmsprop(Run run) {
    Case subject = run.subject();
    RmspropRule rule =
        new RmspropRule(
            subject.number("lr"),
            subject.number("alpha"),
            subject.number("eps"),
            subject.number("weight_decay"),
            subject.number("momentum"));
    Tensor square = state(run, 0);
    Tensor mean = stateIf(run, subject.flag("centered"));
    Tensor buffer = stateIf(run, rule.momentum() != 0);
    steps(
        run,
        (i, parameter, gradient) ->
            Updates.rmsprop(rule, parameter, gradient, square, mean, buffer));
  }

  static void adagrad(Run run) {
    Case subject = run.subject();
    AdagradRule rule =
        new AdagradRule(
            subject.number("lr"),
            subject.number("lr_decay"),
            subject.number("eps"),
            subject.number("weight_decay"));
    Tensor sum = state(run, subject.number("initial_accumulator_value"));
    steps(run, (i, parameter, gradient) -> Updates.adagrad(rule, i, parameter, gradient, sum));
  }
}
