package dev.panorm.bench.study.named;

import dev.panorm.Tensor;
import dev.panorm.autograd.NoGrad;
import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import dev.panorm.data.Dataset;
import dev.panorm.nn.Linear;
import dev.panorm.nn.Module;
import dev.panorm.nn.ReLU;
import dev.panorm.nn.Sequential;
import dev.panorm.optim.Optimizer;
import dev.panorm.optim.Sgd;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** How the distribution of what goes into the activations drifts while a network trains. */
final class CovariateShiftStudy implements NamedStudy {

  private static final int DEPTH = 5;
  private static final int WIDTH = 100;
  private static final double RATE = 0.05;
  private static final int PARTS = 12;
  private static final long PROBE = 500;

  @Override
  public String name() {
    return "covariate-shift";
  }

  @Override
  public String line() {
    return "how far the inputs of each layer's activation drift in training, with and without a norm";
  }

  @Override
  public int points() {
    return 2 * PARTS;
  }

  /** Mean and deviation of each unit of a layer. */
  private static final class Units {
    final double[] means = new double[WIDTH];
    final double[] deviations = new double[WIDTH];

    /** Looks at rows of units. */
    Units(double[] rows) {
      int count = rows.length / WIDTH;
      for (int i = 0; i < rows.length; i++) {
        means[i % WIDTH] += rows[i] / count;
      }
      for (int i = 0; i < rows.length; i++) {
        double d = rows[i] - means[i % WIDTH];
        deviations[i % WIDTH] += d * d / count;
      }
      Arrays.setAll(deviations, unit -> Math.sqrt(deviations[unit]));
    }

    /** Mean over the units of |Δμ| / σ + |Δσ| / σ, with σ from before. */
    double drift(Units before) {
      return IntStream.range(0, WIDTH)
          .filter(u -> before.deviations[u] > 0)
          .mapToDouble(
              u ->
                  (Math.abs(means[u] - before.means[u])
                          + Math.abs(deviations[u] - before.deviations[u]))
                      / before.deviations[u])
          .average()
          .orElseThrow();
    }
  }

  @Override
  public Finding run(Setting setting) {
    Drifts bare = drifts(setting, Norm.NONE, 0);
    Drifts normed = drifts(setting, Norm.BATCH, PARTS);
    double none = Numbers.mean(bare.activations());
    double batch = Numbers.mean(normed.activations());
    List<Figure.Curve> curves =
        List.of(
            new Figure.Curve("none", bare.activations()),
            new Figure.Curve("batch", normed.activations()),
            new Figure.Curve("batch, before the norm", normed.linear()));
    return new Finding(
        List.of(
            new Figure(
                "covariate-shift",
                "part of an epoch",
                "drift in deviations of a unit, mean over the layers",
                false,
                true,
                Figure.countTo(PARTS),
                curves)),
        "BatchNorm reduces the internal covariate shift, the change of the distributions of"
            + " activations in training",
        Say.format(
            "in a twelfth of an epoch what goes into an activation drifts by %.3f of its deviation"
                + " without a norm and by %.3f with BatchNorm, whose own inputs drift by %.3f (means"
                + " over %d layers)",
            none, batch, Numbers.mean(normed.linear()), DEPTH),
        batch < none);
  }

  /** For each part of the first epoch, means over the layers. */
  private record Drifts(List<Double> activations, List<Double> linear) {}

  /** What a probe meets in each layer. */
  private record Seen(List<Units> activations, List<Units> linear) {}

  private static Drifts drifts(Setting setting, Norm norm, int done) {
    Dataset data = setting.data().get().train();
    Tensor probe = data.inputs().slice(0, Math.min(PROBE, data.size()));
    Drifts drifts = new Drifts(new ArrayList<>(), new ArrayList<>());
    try (Sequential network = Mlp.of(data, DEPTH, WIDTH).norm(norm).build(setting.seed());
        Optimizer sgd = Sgd.of(network.parameters(), RATE)) {
      Seen before = look(network, probe);
      for (int part = 0; part < PARTS; part++) {
        Dataset some = data.slice(part * data.size() / PARTS, (part + 1) * data.size() / PARTS);
        Learning.epoch(network, sgd, some, Learning.BATCH, setting.seed(), 0);
        Seen after = look(network, probe);
        drifts.activations().add(drift(before.activations(), after.activations()));
        drifts.linear().add(drift(before.linear(), after.linear()));
        before = after;
        setting.done().accept(done + part + 1);
      }
    }
    return drifts;
  }

  private static double drift(List<Units> before, List<Units> after) {
    return IntStream.range(0, DEPTH)
        .mapToDouble(i -> after.get(i).drift(before.get(i)))
        .average()
        .orElseThrow();
  }

  /** What goes into each activation and norm, as in training: BatchNorm takes the batch's. */
  private static Seen look(Sequential network, Tensor probe) {
    Seen seen = new Seen(new ArrayList<>(), new ArrayList<>());
    network.train();
    try (Tape _ = Tape.open();
        NoGrad _ = NoGrad.enter()) {
      Variable x = Variable.of(probe);
      for (Module module : network.children().values()) {
        if (module instanceof ReLU) {
          seen.activations().add(new Units(x.value().toDoubleArray()));
        }
        x = module.forward(x);
        if (module instanceof Linear && seen.linear().size() < DEPTH) {
          seen.linear().add(new Units(x.value().toDoubleArray()));
        }
      }
    }
    return seen;
  }
}
