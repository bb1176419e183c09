package dev.panorm.bench.study.named;

import dev.panorm.DType;
import dev.panorm.Generator;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.autograd.Arithmetic;
import dev.panorm.autograd.Loss;
import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import dev.panorm.data.Dataset;
import dev.panorm.nn.Sequential;
import dev.panorm.nn.Tanh;
import dev.panorm.ops.LossReduction;
import dev.panorm.optim.Optimizer;
import dev.panorm.optim.Sgd;
import dev.panorm.train.Sharpness;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** The largest eigenvalue of the loss's Hessian while whole-batch gradient descent goes on. */
final class EdgeOfStabilityStudy implements NamedStudy {

  private static final List<Double> RATES = List.of(0.03, 0.05);
  private static final long SAMPLES = 200;
  private static final long WIDTH = 30;
  private static final int MOMENTS = 20;
  private static final int STEPS = 60;
  private static final int ITERATIONS = 12;

  /** The last moments, over which the sharpness is averaged. */
  private static final int LAST = 5;

  @Override
  public String name() {
    return "edge-of-stability";
  }

  @Override
  public String line() {
    return "sharpness against 2 / rate while gradient descent on the whole batch goes on";
  }

  @Override
  public int points() {
    return RATES.size() * MOMENTS;
  }

  @Override
  public Finding run(Setting setting) {
    List<Figure.Curve> sharpness = new ArrayList<>();
    List<Figure.Curve> losses = new ArrayList<>();
    List<Double> ratios = new ArrayList<>();
    for (double rate : RATES) {
      List<Double> sharp = new ArrayList<>();
      List<Double> loss = new ArrayList<>();
      descend(setting, rate, RATES.indexOf(rate) * MOMENTS, sharp, loss);
      sharpness.add(new Figure.Curve("rate " + rate, sharp));
      sharpness.add(new Figure.Curve("2 / " + rate, sharp.stream().map(_ -> 2 / rate).toList()));
      losses.add(new Figure.Curve("rate " + rate, loss));
      ratios.add(Numbers.mean(sharp.subList(MOMENTS - LAST, MOMENTS)) * rate / 2);
    }
    List<Double> steps = IntStream.range(0, MOMENTS).mapToObj(i -> (double) i * STEPS).toList();
    List<Double> starts = RATES.stream().map(rate -> first(sharpness, rate) * rate / 2).toList();
    return new Finding(
        List.of(
            new Figure("edge-of-stability", "step", "sharpness", false, false, steps, sharpness),
            new Figure("edge-of-stability-loss", "step", "loss", false, true, steps, losses)),
        "gradient descent typically occurs at the edge of stability, where the sharpness is about"
            + " 2 / rate",
        Say.format(
            "with rates %s the sharpness goes from %s of 2 / rate to %s after %d steps",
            Say.each(RATES, Object::toString),
            Say.each(starts, s -> Say.format("%.2f", s)),
            Say.each(ratios, r -> Say.format("%.2f", r)),
            (MOMENTS - 1) * STEPS),
        ratios.stream().allMatch(ratio -> ratio > 0.8 && ratio < 1.3));
  }

  private static double first(List<Figure.Curve> sharpness, double rate) {
    return sharpness.get(2 * RATES.indexOf(rate)).values().getFirst();
  }

  private static void descend(
      Setting setting, double rate, int done, List<Double> sharpness, List<Double> losses) {
    Dataset all = setting.data().get().train();
    Dataset data = all.slice(0, Math.min(SAMPLES, all.size()));
    try (Scope scope = Scope.open();
        Sequential network = Mlp.of(data, 1, WIDTH).activation(Tanh::new).build(setting.seed());
        Optimizer sgd = Sgd.of(network.parameters(), rate)) {
      Tensor targets = oneHot(data, scope);
      for (int moment = 0; moment < MOMENTS; moment++) {
        for (int step = 0; moment > 0 && step < STEPS; step++) {
          try (Tape _ = Tape.open()) {
            sgd.zeroGrad();
            loss(network, data, targets).backward();
            sgd.step();
          }
        }
        try (Tape _ = Tape.open()) {
          losses.add(loss(network, data, targets).item());
        }
        sharpness.add(
            Sharpness.of(
                () -> loss(network, data, targets),
                network.parameters(),
                ITERATIONS,
                new Generator(setting.seed())));
        setting.done().accept(done + moment + 1);
      }
    }
  }

  /** Mean over the samples of |output − target|² / 2, as in Cohen et al. 2021. */
  private static Variable loss(Sequential network, Dataset data, Tensor targets) {
    Variable output = network.forward(Variable.of(data.inputs()));
    Variable squares = Loss.mse(LossReduction.SUM, output, Variable.of(targets));
    return Arithmetic.scale(squares, 0.5 / data.size());
  }

  private static Tensor oneHot(Dataset data, Scope scope) {
    long[] classes = data.targets().toLongArray();
    Tensor targets = scope.empty(DType.FLOAT32, data.size(), data.classes());
    targets.fill(i -> classes[(int) (i / data.classes())] == i % data.classes() ? 1 : 0);
    return targets;
  }
}
