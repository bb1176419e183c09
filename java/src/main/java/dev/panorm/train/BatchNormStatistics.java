package dev.panorm.train;

import dev.panorm.EpsMode;
import dev.panorm.Tensor;
import dev.panorm.autograd.NoGrad;
import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import dev.panorm.data.Batches;
import dev.panorm.data.Dataset;
import dev.panorm.internal.check.Check;
import dev.panorm.nn.BatchNorm;
import dev.panorm.nn.ChannelMoments;
import dev.panorm.nn.Module;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToDoubleBiFunction;

/**
 * Statistics for prediction, found after training by another pass over the data with frozen
 * weights: they replace the running statistics of every BatchNorm that has some.
 *
 * <p>In that pass each BatchNorm normalizes by its batch, as in training, so that every layer sees
 * what it was trained on; all other modules are in evaluation mode.
 */
public final class BatchNormStatistics {

  private BatchNormStatistics() {}

  /**
   * Sets the mean and the biased variance of all values that a layer saw, the variance between the
   * batches included.
   */
  public static void pooled(Module network, Dataset data, int batchSize) {
    collect(network, data, batchSize)
        .forEach(
            (norm, batches) -> {
              ChannelMoments all = batches.stream().reduce(ChannelMoments::merge).orElseThrow();
              write(norm, List.of(all), ChannelMoments::variance);
            });
  }

  /**
   * Sets E[x] = E[μ] and Var[x] = m / (m − 1) · E[σ²], averages over the batches of size m (Ioffe
   * and Szegedy 2015, algorithm 2, steps 9 and 10). The variance between the batches is left out.
   */
  public static void algorithm2(Module network, Dataset data, int batchSize) {
    collect(network, data, batchSize)
        .forEach((norm, batches) -> write(norm, batches, ChannelMoments::unbiasedVariance));
  }

  private static Map<BatchNorm, List<ChannelMoments>> collect(
      Module network, Dataset data, int batchSize) {
    Check.that(data.size() > 0, "batchNormStatistics", "data", "empty", "one sample or more");
    Map<BatchNorm, List<ChannelMoments>> found = new LinkedHashMap<>();
    for (Module module : network.modules()) {
      if (module instanceof BatchNorm norm && norm.runningMean() != null && !norm.isFrozen()) {
        found.put(norm, new ArrayList<>());
      }
    }
    boolean training = network.isTraining();
    network.eval();
    try {
      found.forEach(
          (norm, batches) -> {
            norm.train();
            norm.setListener(batches::add);
          });
      pass(network, Batches.inOrder(data, batchSize).epoch(0));
    } finally {
      found.keySet().forEach(norm -> norm.setListener(null));
      if (training) {
        network.train();
      } else {
        network.eval();
      }
    }
    return found;
  }

  private static void pass(Module network, Batches.Epoch epoch) {
    for (int i = 0; i < epoch.count(); i++) {
      try (Tape tape = Tape.open();
          NoGrad _ = NoGrad.enter()) {
        network.forward(Variable.of(epoch.batch(i, tape.scope()).inputs()));
      }
    }
  }

  private static void write(
      BatchNorm norm,
      List<ChannelMoments> batches,
      ToDoubleBiFunction<ChannelMoments, Integer> variance) {
    Tensor mean = Objects.requireNonNull(norm.runningMean());
    Tensor var = Objects.requireNonNull(norm.runningVar());
    EpsMode mode = norm.spec().epsMode();
    mean.fill(c -> average(batches, (b, i) -> b.mean(i), (int) c));
    var.fill(c -> mode.reported(average(batches, variance, (int) c), norm.spec().eps()));
  }

  private static double average(
      List<ChannelMoments> batches,
      ToDoubleBiFunction<ChannelMoments, Integer> figure,
      int channel) {
    return batches.stream()
        .mapToDouble(b -> figure.applyAsDouble(b, channel))
        .average()
        .orElseThrow();
  }
}
