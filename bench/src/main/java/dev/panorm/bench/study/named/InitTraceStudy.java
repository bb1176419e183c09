package dev.panorm.bench.study.named;

import dev.panorm.Tensor;
import dev.panorm.data.Split;
import dev.panorm.nn.Linear;
import dev.panorm.nn.Sequential;
import dev.panorm.optim.Optimizer;
import dev.panorm.optim.Sgd;
import dev.panorm.train.ActivationTrace;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Activations, weights and their change, layer by layer, before and after training. */
final class InitTraceStudy implements NamedStudy {

  private static final List<Double> VARIANCES = List.of(1.7, 2.0, 2.3);
  private static final int DEPTH = 15;
  private static final long WIDTH = 100;
  private static final int EPOCHS = 4;
  private static final double RATE = 0.01;
  private static final long PROBE = 200;

  @Override
  public String name() {
    return "init-trace";
  }

  @Override
  public String line() {
    return "activations, weights and weight changes per layer before and after training, by c";
  }

  @Override
  public int points() {
    return VARIANCES.size();
  }

  /** One moment: for each hidden layer the activations' root mean square and n · Var W. */
  private record Moment(List<Double> activations, List<Double> variances) {}

  /** What became of one network. */
  private record Seen(double c, Moment before, Moment after, List<Double> changes, double error) {

    /** By what factor n · Var W changed in the layer where it changed most. */
    double drift() {
      return IntStream.range(0, DEPTH)
          .mapToDouble(i -> after.variances().get(i) / before.variances().get(i))
          .map(ratio -> Math.max(ratio, 1 / ratio))
          .max()
          .orElseThrow();
    }
  }

  @Override
  public Finding run(Setting setting) {
    List<Seen> seen = new ArrayList<>();
    for (double c : VARIANCES) {
      seen.add(look(setting, c));
      setting.done().accept(seen.size());
    }
    long ordered =
        IntStream.range(0, DEPTH)
            .filter(layer -> inOrder(seen.stream().map(s -> activation(s, layer)).toList()))
            .count();
    double drift = seen.stream().mapToDouble(Seen::drift).max().orElseThrow();
    return new Finding(
        List.of(
            figure(
                "init-trace-activations", "root mean square of activations", moments(seen, true)),
            figure("init-trace-weights", "n times the weights' variance", moments(seen, false)),
            figure(
                "init-trace-changes",
                "length of the weights' change over length at the start",
                seen.stream().map(s -> new Figure.Curve("c=" + s.c(), s.changes())).toList())),
        "even when networks train, the scales of their initialization persist throughout training",
        Say.format(
            "networks of c = %s end with test errors of %s, their weights' variance changed by a"
                + " factor of at most %.3g in any layer, and their activations keep the order of c in"
                + " %d of %d layers",
            Say.each(VARIANCES, Object::toString),
            Say.each(seen, s -> Say.format("%.1f %%", s.error())),
            drift,
            ordered,
            DEPTH),
        drift < VARIANCES.getLast() / VARIANCES.get(1) && ordered > DEPTH / 2);
  }

  private static double activation(Seen seen, int layer) {
    return seen.after().activations().get(layer);
  }

  private static boolean inOrder(List<Double> values) {
    return IntStream.range(1, values.size()).allMatch(i -> values.get(i - 1) < values.get(i));
  }

  private static List<Figure.Curve> moments(List<Seen> seen, boolean activations) {
    List<Figure.Curve> curves = new ArrayList<>();
    for (Seen s : seen) {
      curves.add(new Figure.Curve("c=" + s.c() + " before", of(s.before(), activations)));
      curves.add(new Figure.Curve("c=" + s.c() + " after", of(s.after(), activations)));
    }
    return curves;
  }

  private static List<Double> of(Moment moment, boolean activations) {
    return activations ? moment.activations() : moment.variances();
  }

  private static Figure figure(String name, String y, List<Figure.Curve> curves) {
    List<Double> layers = Figure.countTo(DEPTH);
    return new Figure(name, "layer", y, false, true, layers, curves);
  }

  private static Seen look(Setting setting, double c) {
    Split data = setting.data().get();
    Tensor probe = data.test().inputs().slice(0, Math.min(PROBE, data.test().size()));
    try (Sequential network = Mlp.of(data.train(), DEPTH, WIDTH).variance(c).build(setting.seed());
        Optimizer sgd = Sgd.of(network.parameters(), RATE)) {
      Moment before = moment(network, probe);
      List<double[]> start = weights(network).stream().map(Tensor::toDoubleArray).toList();
      Learning.train(network, sgd, data.train(), setting.seed(), EPOCHS);
      List<Double> changes = new ArrayList<>();
      for (int i = 0; i < DEPTH; i++) {
        double[] end = weights(network).get(i).toDoubleArray();
        changes.add(Numbers.distance(end, start.get(i)) / Numbers.length(start.get(i)));
      }
      double error = Learning.error(network, data.test());
      return new Seen(c, before, moment(network, probe), changes, error);
    }
  }

  private static Moment moment(Sequential network, Tensor probe) {
    return new Moment(
        ActivationTrace.of(network, probe).layers().stream()
            .filter(layer -> layer.kind().equals("ReLU"))
            .map(ActivationTrace.Layer::norm)
            .toList(),
        weights(network).stream().map(w -> w.dim(1) * Numbers.variance(w)).toList());
  }

  /** The weights of the hidden layers. */
  private static List<Tensor> weights(Sequential network) {
    return network.modules().stream()
        .filter(Linear.class::isInstance)
        .limit(DEPTH)
        .map(module -> ((Linear) module).weight().value())
        .toList();
  }
}
