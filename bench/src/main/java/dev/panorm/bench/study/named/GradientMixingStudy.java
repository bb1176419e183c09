package dev.panorm.bench.study.named;

import dev.panorm.DType;
import dev.panorm.RandomStream;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.autograd.Arithmetic;
import dev.panorm.autograd.Normalize;
import dev.panorm.autograd.Sums;
import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import dev.panorm.ops.NormSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** How far one sample changes the gradients of the others, as it becomes an outlier. */
final class GradientMixingStudy implements NamedStudy {

  private static final List<Double> SIZES = List.of(1.0, 3.0, 10.0, 30.0, 100.0);
  private static final int SAMPLES = 16;
  private static final int FEATURES = 8;

  @Override
  public String name() {
    return "gradient-mixing";
  }

  @Override
  public String line() {
    return "what an outlier in the batch does to the other samples' outputs, BatchNorm against LayerNorm";
  }

  @Override
  public int points() {
    return 2 * SIZES.size();
  }

  /** Of all samples but the outlier. */
  private record Seen(double spread, double leak) {}

  @Override
  public Finding run(Setting setting) {
    List<List<Seen>> seen = new ArrayList<>();
    int done = 0;
    for (NormSpec spec : List.of(NormSpec.batchNorm(), NormSpec.layerNorm(FEATURES))) {
      List<Seen> of = new ArrayList<>();
      for (double size : SIZES) {
        of.add(look(spec, size, setting.seed()));
        setting.done().accept(++done);
      }
      seen.add(of);
    }
    List<Figure.Curve> curves =
        List.of(
            curve("batch: spread of the others", seen.get(0), true),
            curve("layer: spread of the others", seen.get(1), true),
            curve("batch: gradient that leaks", seen.get(0), false),
            curve("layer: gradient that leaks", seen.get(1), false));
    Seen first = seen.get(0).getFirst();
    Seen last = seen.get(0).getLast();
    boolean still = seen.get(1).stream().allMatch(s -> s.leak() < 1e-12);
    return new Finding(
        List.of(
            new Figure(
                "gradient-mixing",
                "size of the outlier",
                "root mean square, share",
                true,
                false,
                SIZES,
                curves)),
        "BatchNorm mixes the samples, dy_i/dx_j is not 0, so one outlier squeezes all others",
        Say.format(
            "the others' spread falls from %.2g to %.2g as the outlier grows by %.0f, and %.2g of a"
                + " sample's gradient goes to other samples at first, with LayerNorm %s",
            first.spread(), last.spread(), SIZES.getLast(), first.leak(), still ? "none" : "some"),
        last.spread() < first.spread() / 2 && first.leak() > 0.01 && still);
  }

  private static Figure.Curve curve(String name, List<Seen> seen, boolean spread) {
    return new Figure.Curve(name, seen.stream().map(s -> spread ? s.spread() : s.leak()).toList());
  }

  private static Seen look(NormSpec spec, double size, long seed) {
    try (Scope scope = Scope.open();
        Tape _ = Tape.open()) {
      Tensor data = scope.empty(DType.FLOAT64, SAMPLES, FEATURES);
      RandomStream stream = new RandomStream(seed, 1);
      data.fill(i -> stream.normal(i) * (i < FEATURES ? size : 1));
      Variable x = Variable.leaf(data);
      Variable y = Normalize.norm(spec, x, null, null);
      double[] values = y.value().toDoubleArray();
      Tensor upstream = scope.zeros(DType.FLOAT64, SAMPLES, FEATURES);
      RandomStream direction = new RandomStream(seed, 2);
      long own = FEATURES;
      upstream.fill(i -> i >= own && i < 2 * own ? direction.normal(i) : 0);
      Sums.sum(Arithmetic.mul(y, Variable.of(upstream))).backward();
      double[] gradient = Objects.requireNonNull(x.grad()).toDoubleArray();
      double mine = squares(gradient, FEATURES, 2 * FEATURES);
      double all = squares(gradient, 0, gradient.length);
      double others = squares(values, FEATURES, values.length);
      return new Seen(
          Math.sqrt(others / (values.length - FEATURES)), Math.sqrt(Math.max(0, all - mine) / all));
    }
  }

  private static double squares(double[] values, int from, int to) {
    double sum = 0;
    for (int i = from; i < to; i++) {
      sum += values[i] * values[i];
    }
    return sum;
  }
}
