package dev.panorm.bench.study.named;

import dev.panorm.DType;
import dev.panorm.RandomStream;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.autograd.Arithmetic;
import dev.panorm.autograd.Autograd;
import dev.panorm.autograd.Normalize;
import dev.panorm.autograd.Products;
import dev.panorm.autograd.Sums;
import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import dev.panorm.ops.NormSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** BN(a W u) against BN(W u), and the gradient with respect to a W against 1 / a. */
final class ScaleInvarianceStudy implements NamedStudy {

  private static final List<Double> SCALES = List.of(1e-3, 1e-2, 0.1, 1.0, 10.0, 100.0, 1000.0);
  private static final double EPS = 1e-5;
  private static final double CLOSE = 1e-3;

  @Override
  public String name() {
    return "scale-invariance";
  }

  @Override
  public String line() {
    return "the output and the gradient of BatchNorm when the weights before it grow by a factor a";
  }

  @Override
  public int points() {
    return SCALES.size();
  }

  /** Output and gradient for one scale. */
  private static final class Seen {
    final double[] output;
    final double[] gradient;

    Seen(double[] output, double[] gradient) {
      this.output = output;
      this.gradient = gradient;
    }
  }

  @Override
  public Finding run(Setting setting) {
    Seen one = look(1, setting.seed());
    List<Double> outputs = new ArrayList<>();
    List<Double> gradients = new ArrayList<>();
    double worst = 0;
    for (double a : SCALES) {
      Seen seen = look(a, setting.seed());
      outputs.add(difference(seen.output, one.output, 1));
      gradients.add(difference(seen.gradient, one.gradient, a));
      if (a >= 1) {
        worst = Math.max(worst, Math.max(outputs.getLast(), gradients.getLast()));
      }
      setting.done().accept(outputs.size());
    }
    return new Finding(
        List.of(
            new Figure(
                "scale-invariance",
                "a",
                "relative difference",
                true,
                true,
                SCALES,
                List.of(
                    new Figure.Curve("BN(aWu) and BN(Wu)", outputs),
                    new Figure.Curve("a dBN/d(aW) and dBN/dW", gradients)))),
        "BN(aWu) = BN(Wu) while the gradient with respect to aW is 1/a of that with respect to W",
        Say.format(
            "with eps %.0e both differ by at most %.1e for a of 1 and more, and by %.1e at a = %.0e,"
                + " where eps is no longer small beside the variance",
            EPS, worst, Math.max(outputs.getFirst(), gradients.getFirst()), SCALES.getFirst()),
        worst < CLOSE);
  }

  private static Seen look(double a, long seed) {
    try (Scope scope = Scope.open();
        Tape _ = Tape.open()) {
      Variable u = Variable.of(normal(scope, seed, 1, 64, 16));
      Variable w = Variable.leaf(normal(scope, seed, 2, 8, 16));
      Variable scaled = Variable.leaf(Arithmetic.scale(w, a).value());
      Variable upstream = Variable.of(normal(scope, seed, 3, 64, 8));
      Variable y =
          Normalize.norm(
              NormSpec.batchNorm().withEps(EPS), Products.linear(u, scaled, null), null, null);
      Variable loss = Sums.sum(Arithmetic.mul(y, upstream));
      Variable gradient = Objects.requireNonNull(Autograd.grad(loss, scaled, false));
      return new Seen(y.value().toDoubleArray(), gradient.value().toDoubleArray());
    }
  }

  private static Tensor normal(Scope scope, long seed, long stream, long... dims) {
    Tensor tensor = scope.empty(DType.FLOAT64, dims);
    new RandomStream(seed, stream).fillNormal(tensor, 0, 1);
    return tensor;
  }

  /** |factor · a − b| over |b|, as vectors. */
  private static double difference(double[] a, double[] b, double factor) {
    double difference = 0;
    double length = 0;
    for (int i = 0; i < a.length; i++) {
      difference += (factor * a[i] - b[i]) * (factor * a[i] - b[i]);
      length += b[i] * b[i];
    }
    return Math.sqrt(difference / length);
  }
}
