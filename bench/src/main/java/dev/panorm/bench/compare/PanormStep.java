package dev.panorm.bench.compare;

import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import dev.panorm.bench.task.StepCase;
import dev.panorm.nn.Module;
import dev.panorm.optim.Optimizer;
import dev.panorm.optim.Sgd;
import dev.panorm.train.Criterion;

/** A training step as a user of Panorm writes it. */
final class PanormStep implements Call {

  private final StepCase.Step task;
  private final Criterion criterion = Criterion.crossEntropy();
  private final Module module;
  private final Optimizer optimizer;

  PanormStep(StepCase.Step task) {
    this.task = task;
    module = task.network().module();
    optimizer =
        Sgd.builder(module.parameters())
            .learningRate(StepCase.LEARNING_RATE)
            .momentum(StepCase.MOMENTUM)
            .build();
  }

  @Override
  public String backend() {
    return "autograd";
  }

  @Override
  public void run() {
    try (Tape _ = Tape.open()) {
      optimizer.zeroGrad();
      Variable loss = criterion.loss(module.forward(Variable.of(task.inputs())), task.classes());
      loss.backward();
      optimizer.step();
      task.loss().fill(loss.item());
    }
  }

  @Override
  public void close() {
    optimizer.close();
    module.close();
  }
}
