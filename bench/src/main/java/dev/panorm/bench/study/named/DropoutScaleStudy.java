package dev.panorm.bench.study.named;

import dev.panorm.DType;
import dev.panorm.Generator;
import dev.panorm.RandomStream;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.autograd.Arithmetic;
import dev.panorm.autograd.Loss;
import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import dev.panorm.nn.Dropout;
import dev.panorm.nn.Linear;
import dev.panorm.nn.ReLU;
import dev.panorm.nn.Sequential;
import dev.panorm.ops.Elementwise;
import dev.panorm.ops.LossReduction;
import dev.panorm.regularize.Penalty;
import java.util.ArrayList;
import java.util.List;

/** One layer's weights times c and the next one's times 1 / c: what dropout and L2 say of it. */
final class DropoutScaleStudy implements NamedStudy {

  private static final List<Double> SCALES = List.of(0.01, 0.1, 0.3, 1.0, 3.0, 10.0, 100.0);
  private static final int SAMPLES = 64;
  private static final int FEATURES = 10;
  private static final int HIDDEN = 50;
  private static final int MASKS = 50;

  @Override
  public String name() {
    return "dropout-scale";
  }

  @Override
  public String line() {
    return "weights of one layer times c and of the next times 1 / c: dropout's loss against L2";
  }

  @Override
  public int points() {
    return SCALES.size();
  }

  @Override
  public Finding run(Setting setting) {
    Seen one = look(1, setting.seed());
    List<Double> dropout = new ArrayList<>();
    List<Double> penalty = new ArrayList<>();
    double worst = 0;
    for (double c : SCALES) {
      Seen seen = look(c, setting.seed());
      dropout.add(seen.loss() / one.loss());
      penalty.add(seen.penalty() / one.penalty());
      worst = Math.max(worst, Math.abs(dropout.getLast() - 1));
      setting.done().accept(dropout.size());
    }
    return new Finding(
        List.of(
            new Figure(
                "dropout-scale",
                "c",
                "relative to c = 1",
                true,
                true,
                SCALES,
                List.of(
                    new Figure.Curve("loss with dropout", dropout),
                    new Figure.Curve("L2", penalty)))),
        "dropout does not change when one layer's weights grow by c and another's shrink by c, while"
            + " L2 does",
        Say.format(
            "over c from %s to %s the loss with dropout changes by at most %.1e of itself and the L2"
                + " penalty by a factor of up to %.2g",
            SCALES.getFirst(), SCALES.getLast(), worst, Numbers.max(penalty)),
        worst < 1e-9 && Numbers.max(penalty) > 2);
  }

  /** Mean loss over the masks, the same for every c, and the L2 penalty of the weights. */
  private record Seen(double loss, double penalty) {}

  private static Seen look(double c, long seed) {
    Generator generator = new Generator(seed);
    Linear first = new Linear(FEATURES, HIDDEN, true, generator);
    Linear second = new Linear(HIDDEN, 1, false, generator);
    try (Scope scope = Scope.open();
        Sequential network =
            new Sequential(first, new ReLU(), new Dropout(0.5, generator), second)) {
      network.to(DType.FLOAT64);
      first.parameters().forEach(p -> Elementwise.affine(p.value(), c, 0, p.value()));
      second.parameters().forEach(p -> Elementwise.affine(p.value(), 1 / c, 0, p.value()));
      Tensor x = scope.empty(DType.FLOAT64, SAMPLES, FEATURES);
      new RandomStream(seed, -1).fillNormal(x, 0, 1);
      Tensor y = scope.empty(DType.FLOAT64, SAMPLES, 1);
      new RandomStream(seed, -2).fillNormal(y, 0, 1);
      double loss = 0;
      for (int mask = 0; mask < MASKS; mask++) {
        try (Tape _ = Tape.open()) {
          Variable output = network.forward(Variable.of(x));
          loss += Loss.mse(LossReduction.MEAN, output, Variable.of(y)).item() / MASKS;
        }
      }
      try (Tape _ = Tape.open()) {
        Variable penalty =
            Arithmetic.add(Penalty.l2(1).of(first.weight()), Penalty.l2(1).of(second.weight()));
        return new Seen(loss, penalty.item());
      }
    }
  }
}
