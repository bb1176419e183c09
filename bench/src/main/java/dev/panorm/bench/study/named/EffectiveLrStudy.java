package dev.panorm.bench.study.named;

import dev.panorm.data.Dataset;
import dev.panorm.nn.Parameter;
import dev.panorm.nn.Sequential;
import dev.panorm.ops.Elementwise;
import dev.panorm.optim.Optimizer;
import dev.panorm.optim.ParameterGroup;
import dev.panorm.optim.Sgd;
import java.util.ArrayList;
import java.util.List;

/** How far a step moves weights before a BatchNorm when they are larger by a factor a. */
final class EffectiveLrStudy implements NamedStudy {

  private static final List<Double> SCALES = List.of(0.3, 1.0, 3.0, 10.0);
  private static final int DEPTH = 2;
  private static final long WIDTH = 100;
  private static final double RATE = 0.05;

  @Override
  public String name() {
    return "effective-lr";
  }

  @Override
  public String line() {
    return "steps of weights that are larger by a before a BatchNorm, and rates that grow with a^2";
  }

  @Override
  public int points() {
    return SCALES.size();
  }

  @Override
  public Finding run(Setting setting) {
    Dataset data = setting.data().get().train();
    List<Double> moves = new ArrayList<>();
    List<Double> same = new ArrayList<>();
    List<Double> grown = new ArrayList<>();
    for (double a : SCALES) {
      moves.add(move(data, a, setting.seed()));
      same.add(loss(data, a, 1, setting.seed()));
      grown.add(loss(data, a, a * a, setting.seed()));
      setting.done().accept(moves.size());
    }
    double power = Numbers.power(SCALES, moves);
    double spread = Numbers.spread(grown);
    return new Finding(
        List.of(
            new Figure(
                "effective-lr-step",
                "a",
                "length of a step over length of the weights",
                true,
                true,
                SCALES,
                List.of(new Figure.Curve("first layer", moves))),
            new Figure(
                "effective-lr-loss",
                "a",
                "training loss of one epoch",
                true,
                false,
                SCALES,
                List.of(
                    new Figure.Curve("same rate", same),
                    new Figure.Curve("rate times a^2", grown)))),
        "dividing by the deviation lowers the effective learning rate, as the gradient with respect"
            + " to aW is 1 / a of that with respect to W",
        Say.format(
            "a step relative to the weights goes with a to the power of %.3f, and the loss of an"
                + " epoch, from %.3f to %.3f over these a with one rate, varies by %.1f %% with rates"
                + " times a^2",
            power, same.getFirst(), same.getLast(), 100 * spread),
        Math.abs(power + 2) < 0.05 && spread < Numbers.spread(same) / 4);
  }

  /** |ΔW| / |W| of the first layer in the first step. */
  private static double move(Dataset data, double a, long seed) {
    try (Sequential network = network(data, a, seed);
        Optimizer sgd = Sgd.of(network.parameters(), RATE)) {
      Parameter weight = network.parameters().getFirst();
      double[] before = weight.value().toDoubleArray();
      Dataset batch = data.slice(0, Math.min(Learning.BATCH, data.size()));
      Learning.epoch(network, sgd, batch, Learning.BATCH, seed, 0);
      return Numbers.distance(weight.value().toDoubleArray(), before) / Numbers.length(before);
    }
  }

  private static double loss(Dataset data, double a, double rateFactor, long seed) {
    try (Sequential network = network(data, a, seed)) {
      List<Parameter> scaled = scaled(network);
      List<Parameter> others =
          network.parameters().stream().filter(p -> !scaled.contains(p)).toList();
      List<ParameterGroup> groups =
          List.of(new ParameterGroup(scaled, rateFactor, 1), new ParameterGroup(others, 1, 1));
      try (Optimizer sgd =
          Sgd.builder(network.parameters()).groups(groups).learningRate(RATE).build()) {
        return Learning.epoch(network, sgd, data, Learning.BATCH, seed, 0);
      }
    }
  }

  private static Sequential network(Dataset data, double a, long seed) {
    Sequential network = Mlp.of(data, DEPTH, WIDTH).norm(Norm.BATCH).build(seed);
    scaled(network).forEach(p -> Elementwise.affine(p.value(), a, 0, p.value()));
    return network;
  }

  /** The weights that a BatchNorm follows. */
  private static List<Parameter> scaled(Sequential network) {
    return network.parameters().stream()
        .filter(parameter -> parameter.role() == Parameter.Role.WEIGHT)
        .limit(DEPTH)
        .toList();
  }
}
