package dev.panorm.bench.study.named;

import dev.panorm.DType;
import dev.panorm.RandomStream;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.ops.LinearAlgebra;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/** Polynomials of order M fitted to t = sin(2 π x) + ε. */
final class PolynomialStudy implements NamedStudy {

  private static final int ORDERS = 10;
  private static final int FEW = 10;
  private static final int MANY = 100;
  private static final int TESTS = 200;
  private static final double NOISE = 0.3;
  private static final double LAMBDA = 0.01;

  @Override
  public String name() {
    return "polynomial";
  }

  @Override
  public String line() {
    return "polynomials fitted to a noisy sine: errors on training and test points by order";
  }

  @Override
  public int points() {
    return ORDERS;
  }

  /** Points and targets; the points are spread evenly over [0, 1]. */
  private static final class Points {
    final double[] x;
    final double[] t;

    Points(int count, RandomStream noise) {
      x = IntStream.range(0, count).mapToDouble(i -> (i + 0.5) / count).toArray();
      t =
          IntStream.range(0, count)
              .mapToDouble(i -> Math.sin(2 * Math.PI * x[i]) + NOISE * noise.normal(i))
              .toArray();
    }

    /** Root of the mean squared error of a fit. */
    double error(double[] coefficients) {
      double sum = 0;
      for (int i = 0; i < x.length; i++) {
        double[] basis = basis(x[i], coefficients.length);
        double y = 0;
        for (int j = 0; j < basis.length; j++) {
          y += coefficients[j] * basis[j];
        }
        sum += (y - t[i]) * (y - t[i]) / x.length;
      }
      return Math.sqrt(sum);
    }
  }

  @Override
  public Finding run(Setting setting) {
    Points few = new Points(FEW, new RandomStream(setting.seed(), 1));
    Points many = new Points(MANY, new RandomStream(setting.seed(), 2));
    Points test = new Points(TESTS, new RandomStream(setting.seed(), 3));
    List<Double> training = new ArrayList<>();
    List<Double> plain = new ArrayList<>();
    List<Double> penalized = new ArrayList<>();
    List<Double> more = new ArrayList<>();
    for (int order = 0; order < ORDERS; order++) {
      double[] fit = fit(few, order, 0);
      training.add(few.error(fit));
      plain.add(test.error(fit));
      penalized.add(test.error(fit(few, order, LAMBDA)));
      more.add(test.error(fit(many, order, 0)));
      setting.done().accept(order + 1);
    }
    double best = Collections.min(plain);
    return new Finding(
        List.of(
            new Figure(
                "polynomial",
                "order",
                "root mean squared error",
                false,
                false,
                IntStream.range(0, ORDERS).mapToObj(i -> (double) i).toList(),
                List.of(
                    new Figure.Curve(FEW + " points, training", training),
                    new Figure.Curve(FEW + " points, test", plain),
                    new Figure.Curve(FEW + " points with L2, test", penalized),
                    new Figure.Curve(MANY + " points, test", more)))),
        "a polynomial of high order overfits the noisy sine, and more data or a constraint help",
        Say.format(
            "on %d points order %d has a training error of %.1g and a test error of %.2f, while"
                + " order %d has %.2f, and it comes to %.2f with %d points and to %.2f with L2",
            FEW,
            ORDERS - 1,
            training.getLast(),
            plain.getLast(),
            plain.indexOf(best),
            best,
            more.getLast(),
            MANY,
            penalized.getLast()),
        training.getLast() < 1e-3
            && plain.getLast() > 1.5 * best
            && more.getLast() < plain.getLast()
            && penalized.getLast() < plain.getLast());
  }

  /** Least squares with λ |c|², by the eigenvectors of ΦᵀΦ. */
  private static double[] fit(Points points, int order, double lambda) {
    int size = order + 1;
    try (Scope scope = Scope.open()) {
      Tensor phi = scope.empty(DType.FLOAT64, points.x.length, size);
      phi.fill(i -> basis(points.x[(int) (i / size)], size)[(int) (i % size)]);
      Tensor square = scope.empty(DType.FLOAT64, size, size);
      LinearAlgebra.mm(true, false, phi, phi, square);
      Tensor values = scope.empty(DType.FLOAT64, size);
      Tensor vectors = scope.emptyLike(square);
      LinearAlgebra.eigh(square, values, vectors);
      Tensor right = scope.empty(DType.FLOAT64, size, 1);
      LinearAlgebra.mm(true, false, phi, scope.of(points.t, points.x.length, 1), right);
      Tensor along = scope.emptyLike(right);
      LinearAlgebra.mm(false, false, vectors, right, along);
      double[] parts = along.toDoubleArray();
      double[] eigenvalues = values.toDoubleArray();
      along.fill(i -> parts[(int) i] / (eigenvalues[(int) i] + lambda));
      LinearAlgebra.mm(true, false, vectors, along, right);
      return right.toDoubleArray();
    }
  }

  /** Legendre's polynomials of 2 x − 1: they span the powers of x and keep the sums well posed. */
  private static double[] basis(double x, int size) {
    double[] values = new double[size];
    double u = 2 * x - 1;
    for (int n = 0; n < size; n++) {
      values[n] =
          n == 0 ? 1 : n == 1 ? u : ((2 * n - 1) * u * values[n - 1] - (n - 1) * values[n - 2]) / n;
    }
    return values;
  }
}
