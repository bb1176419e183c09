package dev.panorm.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.panorm.DType;
import dev.panorm.Generator;
import dev.panorm.RandomStream;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.data.Augmentation;
import dev.panorm.data.AugmentedPass;
import dev.panorm.data.Batches;
import dev.panorm.data.Compose;
import dev.panorm.data.Dataset;
import dev.panorm.data.Pass;
import dev.panorm.data.PrefetchedPass;
import dev.panorm.data.RandomCrop;
import dev.panorm.data.RandomHorizontalFlip;
import dev.panorm.nn.Flatten;
import dev.panorm.nn.Linear;
import dev.panorm.nn.Sequential;
import dev.panorm.optim.Sgd;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Row N64 of the lecture notes, in a training loop. */
@Timeout(120) // only against a hang
final class PrefetchedTrainingTest {

  private static final long SEED = 64;
  private static final int CLASSES = 3;

  @Test
  void trainingOnPrefetchedImagesIsTheSameTraining() {
    try (Scope scope = Scope.open()) {
      Dataset images = images(scope);
      float[] plain = train(images, 0);
      for (int threads = 1; threads < 4; threads++) {
        assertArrayEquals(plain, train(images, threads), "threads " + threads + ", seed " + SEED);
      }
    }
  }

  private static Dataset images(Scope scope) {
    Tensor inputs = scope.empty(DType.FLOAT32, 50, 1, 6, 6);
    inputs.fill(new RandomStream(SEED, 0)::normal);
    Tensor targets = scope.empty(DType.INT64, 50);
    targets.fill(i -> i % CLASSES);
    return new Dataset(inputs, targets, CLASSES);
  }

  /** Trains for two epochs and returns the weights; without threads, nothing is prefetched. */
  private static float[] train(Dataset images, int threads) {
    Augmentation change = Compose.of(new RandomCrop(6, 6, 1), new RandomHorizontalFlip());
    Linear linear = new Linear(36, CLASSES, true, new Generator(SEED));
    try (Sequential network = new Sequential(new Flatten(), linear);
        Sgd optimizer = Sgd.of(network.parameters(), 0.1)) {
      Trainer trainer = new Trainer(network, optimizer, Criterion.crossEntropy());
      Batches batches = Batches.shuffled(images, 8, SEED);
      for (int epoch = 0; epoch < 2; epoch++) {
        Pass pass = new AugmentedPass(batches.epoch(epoch), change, SEED);
        EpochResult result;
        if (threads == 0) {
          result = trainer.epoch(pass);
        } else {
          try (PrefetchedPass ahead = PrefetchedPass.of(pass, threads, 2)) {
            result = trainer.epoch(ahead);
          }
        }
        assertEquals(epoch, result.epoch());
        assertEquals(50, result.samples());
      }
      return linear.weight().value().toFloatArray();
    }
  }
}
