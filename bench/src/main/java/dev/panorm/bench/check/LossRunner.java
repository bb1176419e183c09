package dev.panorm.bench.check;

import dev.panorm.Tensor;
import dev.panorm.ops.CrossEntropySpec;
import dev.panorm.ops.LossReduction;
import dev.panorm.ops.Losses;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Runs the losses. */
final class LossRunner {

  private LossRunner() {}

  static void crossEntropy(Run run) {
    Case subject = run.subject();
    CrossEntropySpec spec =
        new CrossEntropySpec(
            reduction(subject), subject.number("label_smoothing"), subject.integer("ignore_index"));
    Tensor x = run.input("x");
    Tensor target = run.input("target");
    @Nullable Tensor weight = run.optional("class_weight");
    Tensor loss = run.room(subject.tensor("dloss").shape());
    Tensor dx = run.room(x.shape());
    Losses.crossEntropy(spec, x, target, weight, loss);
    Losses.crossEntropyBackward(spec, x, target, weight, run.input("dloss"), dx);
    run.result("loss", loss);
    run.result("dx", dx);
  }

  static void mse(Run run) {
    LossReduction reduction = reduction(run.subject());
    Tensor x = run.input("x");
    Tensor target = run.input("target");
    Tensor dloss = run.input("dloss");
    Tensor loss = run.room(dloss.shape());
    Tensor dx = run.room(x.shape());
    Tensor dtarget = run.room(x.shape());
    Losses.mse(reduction, x, target, loss);
    Losses.mseBackward(reduction, x, target, dloss, dx);
    Losses.mseBackward(reduction, target, x, dloss, dtarget);
    run.result("loss", loss);
    run.result("dx", dx);
    run.result("dtarget", dtarget);
  }

  private static LossReduction reduction(Case subject) {
    return LossReduction.valueOf(subject.text("reduction").toUpperCase(Locale.ROOT));
  }
}
