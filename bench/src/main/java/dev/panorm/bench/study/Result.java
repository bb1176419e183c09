package dev.panorm.bench.study;

import dev.panorm.bench.study.named.Norm;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What came of training one network.
 *
 * @param backend what computed, first asked first
 * @param stepLoss training loss of each step
 * @param trainLoss mean training loss of each epoch
 * @param testAccuracy share of test images that are recognized, after each epoch
 * @param seconds training alone, without the tests
 * @param imagesPerSecond training images per second
 */
record Result(
    Network model,
    Norm norm,
    long seed,
    String backend,
    List<Double> stepLoss,
    List<Double> trainLoss,
    List<Double> testAccuracy,
    double seconds,
    double imagesPerSecond) {

  /** Returns the object that {@code --json} writes. */
  Map<String, Object> toJson() {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("norm", norm);
    object.put("model", model);
    object.put("seed", seed);
    object.put("backend", backend);
    object.put("train_loss", trainLoss);
    object.put("test_accuracy", testAccuracy.getLast());
    object.put("seconds", seconds);
    object.put("images_per_second", imagesPerSecond);
    return object;
  }
}
