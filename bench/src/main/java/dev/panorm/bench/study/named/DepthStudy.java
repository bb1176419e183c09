package dev.panorm.bench.study.named;

import dev.panorm.DType;
import dev.panorm.Generator;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.autograd.Arithmetic;
import dev.panorm.autograd.Sums;
import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import dev.panorm.init.Init;
import dev.panorm.nn.BatchNorm1d;
import dev.panorm.nn.LayerNorm;
import dev.panorm.nn.Linear;
import dev.panorm.nn.Module;
import dev.panorm.nn.Parameter;
import dev.panorm.nn.ReLU;
import dev.panorm.nn.Sequential;
import dev.panorm.train.ActivationTrace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.IntStream;

/** Activations and gradients layer by layer, for weights of variance c / n. */
final class DepthStudy implements NamedStudy {

  private static final int DEPTH = 20;
  private static final int WIDTH = 100;
  private static final int SAMPLES = 256;
  private static final List<Integer> VARIANCES = List.of(1, 2, 3);
  private static final List<String> NORMS = List.of("none", "batch", "layer");

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

  /** What one network showed, layer by layer. */
  private record Seen(List<Double> activations, List<Double> gradients) {
    double change() {
      return activations.getLast() / activations.getFirst();
    }
  }

  @Override
  public Finding run(Setting setting) {
    List<Figure.Curve> activations = new ArrayList<>();
    List<Figure.Curve> gradients = new ArrayList<>();
    List<Double> bare = new ArrayList<>();
    double worst = 1;
    for (String norm : NORMS) {
      for (int c : VARIANCES) {
        Seen seen = look(norm, c, setting.seed());
        activations.add(new Figure.Curve(norm + " c=" + c, seen.activations()));
        gradients.add(new Figure.Curve(norm + " c=" + c, seen.gradients()));
        if (norm.equals("none")) {
          bare.add(seen.change());
        } else {
          worst = Math.max(worst, Math.max(seen.change(), 1 / seen.change()));
        }
        setting.done().accept(activations.size());
      }
    }
    List<Double> layers = IntStream.rangeClosed(1, DEPTH).mapToObj(i -> (double) i).toList();
    boolean holds =
        bare.get(0) < 0.1 && bare.get(1) > 0.1 && bare.get(1) < 10 && bare.get(2) > 10 && worst < 2;
    return new Finding(
        List.of(
            new Figure(
                "depth-activations", "layer", "root mean square", false, true, layers, activations),
            new Figure("depth-gradients", "layer", "length", false, true, layers, gradients)),
        "variance 2 / n keeps the activations of a ReLU network alive, others do not, and with a norm"
            + " it does not matter",
        String.format(
            Locale.ROOT,
            "over %d layers they change by factors of %.2g, %.2g and %.2g for c = 1, 2 and 3 without a"
                + " norm, and by at most %.2g with one",
            DEPTH,
            bare.get(0),
            bare.get(1),
            bare.get(2),
            worst),
        holds);
  }

  private static Seen look(String norm, int c, long seed) {
    Generator generator = new Generator(seed);
    List<Module> modules = new ArrayList<>();
    for (int layer = 0; layer < DEPTH; layer++) {
      Linear linear = new Linear(WIDTH, WIDTH, false, generator);
      Init.scaledNormal(linear.weight().value(), c, generator.next());
      modules.add(linear);
      switch (norm) {
        case "batch" -> modules.add(new BatchNorm1d(WIDTH));
        case "layer" -> modules.add(new LayerNorm(WIDTH));
        default -> {}
      }
      modules.add(new ReLU());
    }
    try (Scope scope = Scope.open();
        Sequential network = new Sequential(modules)) {
      Tensor x = scope.empty(DType.FLOAT32, SAMPLES, WIDTH);
      generator.next().fillNormal(x, 0, 1);
      Tensor upstream = scope.empty(DType.FLOAT32, SAMPLES, WIDTH);
      generator.next().fillNormal(upstream, 0, 1);
      List<Double> activations =
          ActivationTrace.of(network, x).layers().stream()
              .filter(layer -> layer.kind().equals("ReLU"))
              .map(ActivationTrace.Layer::norm)
              .toList();
      try (Tape _ = Tape.open()) {
        Variable y = network.forward(Variable.of(x));
        Sums.sum(Arithmetic.mul(y, Variable.of(upstream))).backward();
      }
      return new Seen(activations, gradients(network));
    }
  }

  private static List<Double> gradients(Module network) {
    return network.parameters().stream()
        .filter(parameter -> parameter.role() == Parameter.Role.WEIGHT)
        .map(parameter -> Objects.requireNonNull(parameter.grad()).toDoubleArray())
        .map(gradient -> Math.sqrt(Arrays.stream(gradient).map(g -> g * g).sum()))
        .toList();
  }
}
