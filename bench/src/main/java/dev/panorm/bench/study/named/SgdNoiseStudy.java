package dev.panorm.bench.study.named;

import dev.panorm.Scope;
import dev.panorm.data.Batches;
import dev.panorm.data.Dataset;
import dev.panorm.nn.Sequential;
import java.util.ArrayList;
import java.util.List;

/** Gradients of batches as random approximations of the gradient of all samples. */
final class SgdNoiseStudy implements NamedStudy {

  private static final List<Double> SIZES = List.of(4.0, 8.0, 16.0, 32.0, 64.0, 128.0);
  private static final long SAMPLES = 2048;
  private static final long WIDTH = 50;

  @Override
  public String name() {
    return "sgd-noise";
  }

  @Override
  public String line() {
    return "how far gradients of batches lie from the gradient of all samples, by batch size";
  }

  @Override
  public int points() {
    return SIZES.size();
  }

  @Override
  public Finding run(Setting setting) {
    Dataset all = setting.data().get().train();
    Dataset data = all.slice(0, Math.min(SAMPLES, all.size() / 64 * 64));
    List<Double> deviations = new ArrayList<>();
    List<Double> law = new ArrayList<>();
    double bias = 0;
    try (Sequential network = Mlp.of(data, 1, WIDTH).build(setting.seed())) {
      double[] full = Slope.of(network, data).gradient();
      for (double size : SIZES) {
        bias = Math.max(bias, look(network, data, (int) size, full, setting.seed(), deviations));
        law.add(deviations.getFirst() * left(size, data) / left(SIZES.getFirst(), data));
        setting.done().accept(deviations.size());
      }
    }
    double power = Numbers.power(SIZES, corrected(deviations, data));
    return new Finding(
        List.of(
            new Figure(
                "sgd-noise",
                "batch size",
                "deviation from the full gradient over its length",
                true,
                true,
                SIZES,
                List.of(
                    new Figure.Curve("measured", deviations),
                    new Figure.Curve("as one over the root of the size", law)))),
        "SGD replaces the mean over all samples by that over a batch, a stochastic approximation",
        Say.format(
            "the mean of an epoch's gradients differs from the full one by at most %.1e of its length,"
                + " and a single one by %.2f at %.0f samples and %.2f at %.0f, which goes with the size"
                + " to the power of %.3f",
            bias,
            deviations.getFirst(),
            SIZES.getFirst(),
            deviations.getLast(),
            SIZES.getLast(),
            power),
        bias < 1e-4 && Math.abs(power + 0.5) < 0.05);
  }

  /** 1 / √B, but for what is drawn already: √((N − B) / (N − 1)) without putting back. */
  private static double left(double size, Dataset data) {
    return Math.sqrt((data.size() - size) / (data.size() - 1) / size);
  }

  private static List<Double> corrected(List<Double> deviations, Dataset data) {
    List<Double> all = new ArrayList<>();
    for (int i = 0; i < deviations.size(); i++) {
      double size = SIZES.get(i);
      all.add(deviations.get(i) / left(size, data) / Math.sqrt(size));
    }
    return all;
  }

  /** Adds the deviation, and returns that of the mean of all batches. */
  private static double look(
      Sequential network,
      Dataset data,
      int size,
      double[] full,
      long seed,
      List<Double> deviations) {
    Batches.Epoch epoch = Batches.shuffled(data, size, seed).dropLast().epoch(0);
    double[] mean = new double[full.length];
    double squares = 0;
    for (int i = 0; i < epoch.count(); i++) {
      try (Scope scope = Scope.open()) {
        double[] gradient = Slope.of(network, epoch.batch(i, scope)).gradient();
        squares += Math.pow(Numbers.distance(gradient, full), 2) / epoch.count();
        for (int j = 0; j < mean.length; j++) {
          mean[j] += gradient[j] / epoch.count();
        }
      }
    }
    deviations.add(Math.sqrt(squares) / Numbers.length(full));
    return Numbers.distance(mean, full) / Numbers.length(full);
  }
}
