package dev.panorm.bench.study.named;

import dev.panorm.data.Dataset;
import java.util.ArrayList;
import java.util.List;

/** Activations and gradients layer by layer, for weights of variance c / n. */
final class DepthStudy implements NamedStudy {

  private static final int DEPTH = 20;
  private static final int WIDTH = 100;
  private static final List<Integer> VARIANCES = List.of(1, 2, 3);
  private static final List<Norm> NORMS = List.of(Norm.NONE, Norm.BATCH, Norm.LAYER);

  @Override
  public String name() {
    return "depth";
  }

  @Override
  public String line() {
    return "activation and gradient norms per layer for initial variance c / n, with and without a norm";
  }

  @Override
  public int points() {
    return VARIANCES.size() * NORMS.size();
  }

  @Override
  public Finding run(Setting setting) {
    Dataset data = setting.data().get().train();
    List<Figure.Curve> activations = new ArrayList<>();
    List<Figure.Curve> gradients = new ArrayList<>();
    List<Double> bare = new ArrayList<>();
    double worst = 1;
    for (Norm norm : NORMS) {
      for (int c : VARIANCES) {
        Signals seen = Signals.of(norm, data, DEPTH, WIDTH, c, setting.seed());
        activations.add(new Figure.Curve(norm + " c=" + c, seen.activations()));
        gradients.add(new Figure.Curve(norm + " c=" + c, seen.gradients()));
        if (norm == Norm.NONE) {
          bare.add(seen.change());
        } else {
          worst = Math.max(worst, Math.max(seen.change(), 1 / seen.change()));
        }
        setting.done().accept(activations.size());
      }
    }
    List<Double> layers = Figure.countTo(DEPTH);
    boolean holds =
        bare.get(0) < 0.1 && bare.get(1) > 0.1 && bare.get(1) < 10 && bare.get(2) > 10 && worst < 2;
    return new Finding(
        List.of(
            new Figure(
                "depth-activations", "layer", "root mean square", false, true, layers, activations),
            new Figure("depth-gradients", "layer", "length", false, true, layers, gradients)),
        "variance 2 / n keeps the activations of a ReLU network alive, others do not, and with a norm"
            + " it does not matter",
        Say.format(
            "over %d layers they change by factors of %.2g, %.2g and %.2g for c = 1, 2 and 3 without a"
                + " norm, and by at most %.2g with one",
            DEPTH, bare.get(0), bare.get(1), bare.get(2), worst),
        holds);
  }
}
