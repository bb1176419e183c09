package dev.panorm.bench.study.named;

import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.data.Dataset;
import dev.panorm.nn.Sequential;
import dev.panorm.optim.Optimizer;
import dev.panorm.optim.Sgd;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The loss along the gradient while a network trains (Santurkar et al. 2018). */
final class LandscapeStudy implements NamedStudy {

  private static final int DEPTH = 10;
  private static final long WIDTH = 100;
  private static final double RATE = 0.1;
  private static final int PARTS = 12;
  private static final long PROBE = 256;

  /** Lengths of the looks ahead, in steps of the training. */
  private static final List<Double> STEPS = List.of(0.5, 1.0, 2.0, 4.0);

  @Override
  public String name() {
    return "landscape";
  }

  @Override
  public String line() {
    return "how much loss and gradient vary along the gradient in training, with and without a norm";
  }

  @Override
  public int points() {
    return 2 * PARTS;
  }

  /** By moment: (max − min) / loss on the way, and max |Δgradient| / |gradient|. */
  private record Seen(List<Double> ranges, List<Double> turns) {}

  @Override
  public Finding run(Setting setting) {
    Seen bare = look(setting, Norm.NONE, 0);
    Seen normed = look(setting, Norm.BATCH, PARTS);
    double bareTurn = Numbers.mean(bare.turns());
    double normedTurn = Numbers.mean(normed.turns());
    return new Finding(
        List.of(
            figure(
                "landscape-loss",
                "range of the loss over the loss",
                bare.ranges(),
                normed.ranges()),
            figure(
                "landscape-gradient",
                "largest change of the gradient over the gradient",
                bare.turns(),
                normed.turns())),
        "BatchNorm smooths the loss landscape, so that gradients predict better",
        Say.format(
            "up to %.0f steps of rate %.1f ahead the gradient of %d layers changes by %.2f of its length"
                + " without a norm and by %.2f with BatchNorm, and the loss by %.2f and %.2f of itself,"
                + " means over an epoch",
            STEPS.getLast(),
            RATE,
            DEPTH,
            bareTurn,
            normedTurn,
            Numbers.mean(bare.ranges()),
            Numbers.mean(normed.ranges())),
        normedTurn < bareTurn);
  }

  private static Figure figure(String name, String y, List<Double> bare, List<Double> normed) {
    return new Figure(
        name,
        "part of an epoch",
        y,
        false,
        false,
        Figure.countTo(PARTS),
        List.of(new Figure.Curve("none", bare), new Figure.Curve("batch", normed)));
  }

  private static Seen look(Setting setting, Norm norm, int done) {
    Dataset data = setting.data().get().train();
    Dataset probe = data.slice(0, Math.min(PROBE, data.size()));
    Seen seen = new Seen(new ArrayList<>(), new ArrayList<>());
    try (Sequential network =
            Mlp.of(data, DEPTH, WIDTH).norm(norm).variance(2).build(setting.seed());
        Optimizer sgd = Sgd.of(network.parameters(), RATE)) {
      for (int part = 0; part < PARTS; part++) {
        Dataset some = data.slice(part * data.size() / PARTS, (part + 1) * data.size() / PARTS);
        Learning.epoch(network, sgd, some, Learning.BATCH, setting.seed(), 0);
        lookAhead(network, probe, seen);
        setting.done().accept(done + part + 1);
      }
    }
    return seen;
  }

  private static void lookAhead(Sequential network, Dataset probe, Seen seen) {
    Slope here = Slope.of(network, probe);
    double length = Numbers.length(here.gradient());
    double least = here.loss();
    double most = here.loss();
    double turn = 0;
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> state = new LinkedHashMap<>();
      network.stateDict().forEach((name, tensor) -> state.put(name, scope.copyOf(tensor)));
      for (double step : STEPS) {
        here.move(network, -step * RATE);
        Slope there = Slope.of(network, probe);
        network.loadStateDict(state);
        least = Math.min(least, there.loss());
        most = Math.max(most, there.loss());
        turn = Math.max(turn, Numbers.distance(there.gradient(), here.gradient()) / length);
      }
    }
    seen.ranges().add((most - least) / here.loss());
    seen.turns().add(turn);
  }
}
