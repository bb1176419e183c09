package dev.panorm.bench.study.named;

import dev.panorm.RandomStream;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleUnaryOperator;

/** The mean over all 2^n masks of dropout against one pass with scaled weights. */
final class DropoutEnsembleStudy implements NamedStudy {

  private static final int UNITS = 12;
  private static final double KEEP = 0.5;
  private static final List<Double> SCALES = List.of(0.1, 0.3, 1.0, 3.0, 10.0);

  @Override
  public String name() {
    return "dropout-ensemble";
  }

  @Override
  public String line() {
    return "dropout as an ensemble of 2^n networks: its mean by enumeration against f(pWy)";
  }

  @Override
  public int points() {
    return SCALES.size();
  }

  @Override
  public Finding run(Setting setting) {
    List<Double> linear = new ArrayList<>();
    List<Double> tanh = new ArrayList<>();
    RandomStream stream = new RandomStream(setting.seed(), 1);
    for (double scale : SCALES) {
      double[] terms = new double[UNITS];
      for (int i = 0; i < UNITS; i++) {
        terms[i] = scale * stream.normal(2L * i) * stream.normal(2L * i + 1);
      }
      linear.add(gap(terms, z -> z));
      tanh.add(gap(terms, Math::tanh));
      setting.done().accept(linear.size());
    }
    double exact = linear.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
    return new Finding(
        List.of(
            new Figure(
                "dropout-ensemble",
                "scale of the weights",
                "difference from the ensemble",
                true,
                false,
                SCALES,
                List.of(new Figure.Curve("linear f", linear), new Figure.Curve("tanh", tanh)))),
        "the mean of f over all masks is about f(pWy), and exactly that for a linear f",
        Say.format(
            "over %d masks the difference is at most %.1e for a linear f, and %.2g to %.2g for"
                + " tanh, from the smallest weights to the largest",
            1 << UNITS, exact, tanh.getFirst(), tanh.getLast()),
        exact < 1e-12 && tanh.getFirst() < 0.05);
  }

  /** |Σ_M p(M) f(Σ_{i in M} t_i) − f(p Σ t_i)|; every mask has the same probability at p = ½. */
  private static double gap(double[] terms, DoubleUnaryOperator f) {
    double mean = 0;
    double all = 0;
    for (double term : terms) {
      all += term;
    }
    for (int mask = 0; mask < 1 << UNITS; mask++) {
      double sum = 0;
      for (int i = 0; i < UNITS; i++) {
        sum += (mask >> i & 1) == 1 ? terms[i] : 0;
      }
      mean += f.applyAsDouble(sum) / (1 << UNITS);
    }
    return Math.abs(mean - f.applyAsDouble(KEEP * all));
  }
}
