package dev.panorm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import dev.panorm.backend.Backends;
import dev.panorm.backend.Operation;
import dev.panorm.data.AugmentedPass;
import dev.panorm.data.Batches;
import dev.panorm.data.Compose;
import dev.panorm.data.Dataset;
import dev.panorm.data.PcaColorNoise;
import dev.panorm.data.RandomCrop;
import dev.panorm.data.RandomHorizontalFlip;
import dev.panorm.data.RandomRotation;
import dev.panorm.nn.AlphaDropout;
import dev.panorm.nn.DropPath;
import dev.panorm.nn.Dropout;
import dev.panorm.nn.Dropout2d;
import dev.panorm.nn.GaussianDropout;
import dev.panorm.nn.GaussianNoise;
import dev.panorm.regularize.CountDropout;
import dev.panorm.regularize.DropConnect;
import dev.panorm.regularize.GaussianPerturbation;
import dev.panorm.testkit.BackendTest;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is drawn at random is the same on every backend and for any number of threads. */
final class RandomnessTest {

  private static final long SEED = 64;
  private static final RandomStream STREAM = new RandomStream(SEED, 1);
  private static final int MOST_THREADS = 3;

  private final int threads = Panorm.threads();

  @AfterEach
  void automatic() {
    Backends.force();
    Panorm.setThreads(threads);
  }

  /** Something random that is done to [6, 5, 8, 8]. */
  record Case(String name, UnaryOperator<Variable> function) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Case> cases() {
    return Stream.of(
        new Case("dropout", x -> new Dropout(0.3, new Generator(SEED)).forward(x)),
        new Case("dropout2d", x -> new Dropout2d(0.3, new Generator(SEED)).forward(x)),
        new Case("alphaDropout", x -> new AlphaDropout(0.3, new Generator(SEED)).forward(x)),
        new Case("dropPath", x -> new DropPath(0.3, new Generator(SEED)).forward(x)),
        new Case("gaussianDropout", x -> new GaussianDropout(0.3, new Generator(SEED)).forward(x)),
        new Case("gaussianNoise", x -> new GaussianNoise(0.3, new Generator(SEED)).forward(x)),
        new Case("countDropout", x -> new CountDropout(0.3).train(x, STREAM)),
        new Case("dropConnect", x -> new DropConnect(0.3).train(x, STREAM)),
        new Case("perturbation", x -> new GaussianPerturbation(0.3).apply(x, STREAM)),
        new Case("augmentation", RandomnessTest::augmented));
  }

  private static Variable augmented(Variable x) {
    Tensor images = x.value();
    Dataset data = new Dataset(images, Tape.memory().zeros(DType.INT64, images.dim(0)), 1);
    Compose change =
        Compose.of(
            new RandomCrop(8, 8, 2),
            new RandomHorizontalFlip(),
            new RandomRotation(20),
            PcaColorNoise.fit(images, 0.1),
            new dev.panorm.data.GaussianNoise(0.2));
    Batches batches = Batches.shuffled(data, 6, SEED);
    return Variable.of(
        new AugmentedPass(batches.epoch(0), change, SEED).batch(0, Tape.memory()).inputs());
  }

  private static double[] drawn(Case which, String backend, int threads) {
    // what a backend does not serve, such as eigenvectors, the reference does
    Backends.force(Stream.of(backend, "reference").distinct().toArray(String[]::new));
    Panorm.setThreads(threads);
    try (Tape tape = Tape.open()) {
      Tensor x = tape.scope().empty(DType.FLOAT32, 6, 5, 8, 8);
      new RandomStream(SEED, 2).fillNormal(x, 3, 1);
      return which.function().apply(Variable.of(x)).value().toDoubleArray();
    }
  }

  /**
   * The numbers that are drawn are the same, so zeros stand in the same places; what is done with
   * them may be rounded otherwise: up to 8 times, of values up to 16, and the eigenvectors of the
   * colours once more by 1e-5.
   */
  @ParameterizedTest
  @MethodSource("cases")
  void everyBackendAndAnyThreadsDrawTheSame(Case which) {
    double[] expected = drawn(which, "reference", 1);
    for (String backend : BackendTest.serving(Operation.DROPOUT)) {
      double[] one = drawn(which, backend, 1);
      for (int i = 0; i < one.length; i++) {
        assertEquals(expected[i] == 0, one[i] == 0, backend + " at " + i);
      }
      assertArrayEquals(expected, one, 1e-5, backend);
      for (int more = 2; more <= MOST_THREADS; more++) {
        assertArrayEquals(one, drawn(which, backend, more), backend + " on " + more + " threads");
      }
    }
  }
}
