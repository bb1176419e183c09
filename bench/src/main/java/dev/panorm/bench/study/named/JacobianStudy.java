package dev.panorm.bench.study.named;

import dev.panorm.DType;
import dev.panorm.RandomStream;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.autograd.Autograd;
import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import dev.panorm.nn.Sequential;
import dev.panorm.ops.LinearAlgebra;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/** Singular values of the Jacobian of a ReLU network of PyTorch's weights, by its depth. */
final class JacobianStudy implements NamedStudy {

  private static final List<Double> DEPTHS = List.of(1.0, 2.0, 4.0, 8.0, 12.0, 20.0, 30.0);
  private static final List<Norm> NORMS = List.of(Norm.NONE, Norm.BATCH, Norm.LAYER);
  private static final int WIDTH = 50;
  private static final int BATCH = 64;
  private static final int DEPTH_OF_THE_CLAIM = 12;

  /** PyTorch draws weights from U(±1 / √n), whose variance is 1 / (3 n). */
  private static final double VARIANCE = 1.0 / 3;

  /** An eigenvalue below this share of the largest is 0 but for rounding. */
  private static final double ROUNDING = 1e-12;

  private static final double VANISHED = 1e-3;

  @Override
  public String name() {
    return "jacobian";
  }

  @Override
  public String line() {
    return "singular values of the Jacobian by depth, with and without a norm";
  }

  @Override
  public int points() {
    return DEPTHS.size() * NORMS.size();
  }

  @Override
  public Finding run(Setting setting) {
    List<Figure.Curve> sizes = new ArrayList<>();
    List<Figure.Curve> spectra = new ArrayList<>();
    int done = 0;
    for (Norm norm : NORMS) {
      List<Double> of = new ArrayList<>();
      for (double depth : DEPTHS) {
        double[] values = singularValues(norm, (int) depth, setting.seed());
        if (depth == 1) {
          spectra.add(
              new Figure.Curve(
                  norm.toString(), IntStream.range(0, WIDTH).mapToObj(i -> values[i]).toList()));
        }
        of.add(Numbers.length(values) / Math.sqrt(WIDTH));
        setting.done().accept(++done);
      }
      sizes.add(new Figure.Curve(norm.toString(), of));
    }
    List<Double> perLayer = sizes.stream().map(JacobianStudy::perLayer).toList();
    double vanished = sizes.getFirst().values().get(DEPTHS.indexOf((double) DEPTH_OF_THE_CLAIM));
    return new Finding(
        List.of(
            new Figure(
                "jacobian",
                "layers",
                "root mean square of the singular values",
                false,
                true,
                DEPTHS,
                sizes),
            new Figure(
                "jacobian-layer",
                "number of the singular value of one layer",
                "singular value",
                false,
                false,
                Figure.countTo(WIDTH),
                spectra)),
        "a norm keeps the singular values of a layer's Jacobian near 1, while without one gradients"
            + " vanish beyond 10 to 12 layers",
        Say.format(
            "a layer multiplies them with %.2f without a norm, which leaves %.1e after %d layers,"
                + " with %.2f with BatchNorm and %.2f with LayerNorm",
            perLayer.get(0), vanished, DEPTH_OF_THE_CLAIM, perLayer.get(1), perLayer.get(2)),
        vanished < VANISHED && isNear1(perLayer.get(1)) && isNear1(perLayer.get(2)));
  }

  /** By what factor a layer changes the size, from the deepest network. */
  private static double perLayer(Figure.Curve sizes) {
    return Math.pow(sizes.values().getLast(), 1 / DEPTHS.getLast());
  }

  private static boolean isNear1(double factor) {
    return factor > 0.8 && factor < 1.25;
  }

  /** Those of ∂ output / ∂ input of the first sample of a batch, the largest first. */
  private static double[] singularValues(Norm norm, int depth, long seed) {
    try (Scope scope = Scope.open();
        Sequential network = Mlp.hidden(depth, WIDTH).norm(norm).variance(VARIANCE).build(seed)) {
      network.to(DType.FLOAT64);
      Tensor x = scope.empty(DType.FLOAT64, BATCH, WIDTH);
      new RandomStream(seed, -1).fillNormal(x, 0, 1);
      Tensor jacobian = scope.empty(DType.FLOAT64, WIDTH, WIDTH);
      try (Tape _ = Tape.open()) {
        Variable input = Variable.leaf(x);
        Variable output = network.forward(input);
        for (int row = 0; row < WIDTH; row++) {
          jacobian.slice(row, row + 1).copyFrom(gradient(output, input, row).value().slice(0, 1));
        }
      }
      Tensor square = scope.emptyLike(jacobian);
      LinearAlgebra.mm(true, false, jacobian, jacobian, square);
      Tensor eigenvalues = scope.empty(DType.FLOAT64, WIDTH);
      LinearAlgebra.eigh(square, eigenvalues, scope.emptyLike(square));
      double[] ascending = eigenvalues.toDoubleArray();
      return IntStream.range(0, WIDTH)
          .mapToDouble(i -> ascending[WIDTH - 1 - i])
          .map(e -> e > ROUNDING * ascending[WIDTH - 1] ? Math.sqrt(e) : 0)
          .toArray();
    }
  }

  private static Variable gradient(Variable output, Variable input, int row) {
    Tensor upstream = Tape.memory().zeros(DType.FLOAT64, BATCH, WIDTH);
    upstream.fill(i -> i == row ? 1 : 0);
    return Objects.requireNonNull(
        Autograd.grad(output, List.of(input), Variable.of(upstream), false).getFirst());
  }
}
