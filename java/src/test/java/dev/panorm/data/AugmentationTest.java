package dev.panorm.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.panorm.DType;
import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Rows N63 and N64 of the lecture notes. */
final class AugmentationTest {

  private static final long SEED = 63;

  @SuppressWarnings("NullAway.Init") // by open()
  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  static Stream<Augmentation> all() {
    return Stream.of(
        new RandomHorizontalFlip(),
        new RandomCrop(3, 2, 1),
        new RandomRotation(180),
        new GaussianNoise(0.5),
        PcaColorNoise.of(new double[] {3}, new double[][] {{0.36, 0.48, 0.8}}, 0.1),
        Compose.of(
            new RandomCrop(3, 3, 1),
            new RandomHorizontalFlip(),
            Compose.of(new RandomRotation(20), new GaussianNoise(0.1))));
  }

  private Tensor images(DType dtype, long... dims) {
    return RandomData.normal(scope, dtype, SEED, dims);
  }

  private static SampleDraws draws(long epoch, int samples) {
    return SampleDraws.of(SEED, epoch, LongStream.range(0, samples).toArray());
  }

  @Test
  void aFlipMirrorsLeftToRight() {
    Tensor x = scope.of(new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, 1, 2, 2, 3);
    assertArrayEquals(
        new float[] {3, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10},
        new RandomHorizontalFlip(1).apply(scope, x, draws(0, 1)).toFloatArray());
    assertArrayEquals(
        x.toFloatArray(), new RandomHorizontalFlip(0).apply(scope, x, draws(0, 1)).toFloatArray());
  }

  @Test
  void aboutHalfOfTheImagesAreFlipped() {
    int n = 10_000;
    float[] values = new float[2 * n];
    for (int i = 0; i < n; i++) {
      values[2 * i + 1] = 1;
    }
    Tensor x = scope.of(values, n, 1, 1, 2);
    float[] y = new RandomHorizontalFlip().apply(scope, x, draws(0, n)).toFloatArray();
    double flipped = 0;
    for (int i = 0; i < n; i++) {
      assertEquals(1, y[2 * i] + y[2 * i + 1]);
      flipped += y[2 * i];
    }
    // Five standard deviations of a binomial distribution.
    assertEquals(0.5, flipped / n, 5 * 0.5 / Math.sqrt(n), "seed " + SEED);
  }

  @Test
  void everyCropIsAWindowAndEveryWindowComes() {
    Tensor x = scope.of(new float[] {1, 2, 3, 4}, 1, 1, 2, 2);
    // The nine windows of 2 x 2 over the image in a frame of zeros.
    Set<String> windows = new HashSet<>();
    float[][] framed = {{0, 0, 0, 0}, {0, 1, 2, 0}, {0, 3, 4, 0}, {0, 0, 0, 0}};
    for (int i = 0; i < 3; i++) {
      for (int j = 0; j < 3; j++) {
        windows.add(
            Arrays.toString(
                new float[] {
                  framed[i][j], framed[i][j + 1], framed[i + 1][j], framed[i + 1][j + 1]
                }));
      }
    }
    Set<String> seen = new HashSet<>();
    for (int epoch = 0; epoch < 200; epoch++) {
      seen.add(
          Arrays.toString(new RandomCrop(2, 2, 1).apply(scope, x, draws(epoch, 1)).toFloatArray()));
    }
    assertEquals(windows, seen, "seed " + SEED);
  }

  @Test
  void aCropOfTheWholeIsTheWholeAndPaddingMayBeLargerThanTheWindow() {
    Tensor x = images(DType.FLOAT64, 2, 3, 4, 5);
    assertArrayEquals(
        x.toDoubleArray(), new RandomCrop(4, 5).apply(scope, x, draws(0, 2)).toDoubleArray());
    Set<Double> seen = new HashSet<>();
    for (int epoch = 0; epoch < 300; epoch++) {
      Tensor one = new RandomCrop(1, 1, 3).apply(scope, x, draws(epoch, 2));
      assertEquals(Shape.of(2, 3, 1, 1), one.shape());
      seen.add(one.get(0));
    }
    assertTrue(seen.contains(0.0), "only padding");
    assertTrue(seen.size() > 10, "pixels");
  }

  @Test
  void rotationsByRightAnglesMovePixels() {
    double[] plane = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    // A right angle's sine and cosine are off by 2^-53, which mixes in a neighbour by as much.
    double bound = 9 * 0x1p-50;
    assertArrayEquals(plane, turned(plane, 3, 3, 0));
    assertArrayEquals(new double[] {3, 6, 9, 2, 5, 8, 1, 4, 7}, turned(plane, 3, 3, 90), bound);
    assertArrayEquals(new double[] {9, 8, 7, 6, 5, 4, 3, 2, 1}, turned(plane, 3, 3, 180), bound);
    assertArrayEquals(new double[] {7, 4, 1, 8, 5, 2, 9, 6, 3}, turned(plane, 3, 3, -90), bound);
    assertArrayEquals(
        new double[] {6, 5, 4, 3, 2, 1}, turned(new double[] {1, 2, 3, 4, 5, 6}, 2, 3, 180), bound);
    // A row of three stood upright: its ends leave the image.
    assertArrayEquals(new double[] {0, 2, 0}, turned(new double[] {1, 2, 3}, 1, 3, 90), bound);
  }

  @Test
  void betweenPixelsARotationIsBilinear() {
    // By 45°, the corner (0, 0) of 3 x 3 comes from row 1 - √2, column 1: a mix of 0 and plane[1].
    double[] plane = {0, 10, 0, 0, 4, 0, 0, 0, 0};
    double[] turned = turned(plane, 3, 3, 45);
    assertEquals(4, turned[4]);
    assertEquals(10 * (2 - Math.sqrt(2)), turned[0], 1e-14);
    // (0, 1) comes from row 1 - √½, column 1 + √½: bilinear in the upper right quarter.
    double t = Math.sqrt(0.5);
    assertEquals(10 * t * (1 - t) + 4 * (1 - t) * (1 - t), turned[1], 1e-14);
  }

  private static double[] turned(double[] plane, int height, int width, double degrees) {
    double[] turned = new double[plane.length];
    RandomRotation.turn(plane, height, width, degrees, turned);
    return turned;
  }

  @Test
  void noiseHasItsDeviation() {
    int n = 20_000;
    Tensor x = scope.zeros(DType.FLOAT64, 2, 1, 1, n / 2);
    Tensor y = new GaussianNoise(0.1).apply(scope, x, draws(4, 2)).view(n, 1);
    Statistics statistics = new Statistics(y, 1);
    double[] mean = statistics.mean();
    // Five standard deviations of the mean and of the variance of n normal numbers.
    assertEquals(0, mean[0], 5 * 0.1 / Math.sqrt(n), "seed " + SEED);
    assertEquals(0.01, statistics.variance(mean)[0], 5 * 0.01 * Math.sqrt(2.0 / n), "seed " + SEED);
    Tensor image = images(DType.FLOAT32, 2, 1, 2, 2);
    assertArrayEquals(
        image.toFloatArray(), new GaussianNoise(0).apply(scope, image, draws(0, 2)).toFloatArray());
  }

  @Test
  void colourNoiseShiftsAWholeImageAlongItsComponents() {
    Tensor x = images(DType.FLOAT64, 3, 2, 2, 2);
    double[][] vectors = {{0.6, 0.8}, {-0.8, 0.6}};
    PcaColorNoise noise = PcaColorNoise.of(new double[] {2, 0.5}, vectors, 0.1);
    SampleDraws draws = draws(7, 3);
    double[] before = x.toDoubleArray();
    double[] after = noise.apply(scope, x, draws).toDoubleArray();
    for (int i = 0; i < after.length; i++) {
      int channel = i / 4 % 2;
      double shift =
          vectors[0][channel] * 2 * 0.1 * draws.normal(i / 8, 0)
              + vectors[1][channel] * 0.5 * 0.1 * draws.normal(i / 8, 1);
      assertEquals(before[i] + shift, after[i], 4 * 0x1p-52 * Math.abs(after[i]));
    }
  }

  @Test
  void colourNoiseLearnsTheChannelsOfThePixels() {
    // Pixels (0, 0), (2, 2), (2, 2), (4, 4): covariance 2 everywhere, so λ = 4 along (1, 1)/√2.
    Tensor x = scope.of(new float[] {0, 2, 0, 2, 2, 4, 2, 4}, 2, 2, 1, 2);
    double[] y = PcaColorNoise.fit(x, 0.1).apply(scope, x, draws(0, 2)).toDoubleArray();
    double alpha = 0.1 * draws(0, 2).normal(1, 0);
    // y is rounded to float32; λ's other vector has λ = 0 but for rounding.
    assertEquals(2 + 4 * Math.sqrt(0.5) * alpha, y[4], 8 * 0x1p-23);
    assertEquals(y[4], y[6]);
  }

  @ParameterizedTest
  @MethodSource("all")
  void anImageIsChangedTheSameWayInAnyBatch(Augmentation augmentation) {
    Tensor x = images(DType.FLOAT32, 6, 3, 5, 4);
    Tensor together = augmentation.apply(scope, x, draws(2, 6));
    int size = (int) (together.elements() / 6);
    for (int n = 5; n >= 0; n--) {
      Tensor alone = augmentation.apply(scope, x.slice(n, n + 1), SampleDraws.of(SEED, 2, n));
      assertArrayEquals(
          together.slice(n, n + 1).toFloatArray(), alone.toFloatArray(), "image " + n);
      assertEquals(size, alone.elements());
    }
    Tensor later = augmentation.apply(scope, x, draws(3, 6));
    assertFalse(Arrays.equals(together.toFloatArray(), later.toFloatArray()), "another epoch");
  }

  @ParameterizedTest
  @MethodSource("all")
  void bothTypesAreChangedTheSameWay(Augmentation augmentation) {
    Tensor narrow = images(DType.FLOAT32, 3, 3, 5, 4);
    Tensor wide = scope.empty(DType.FLOAT64, narrow.shape());
    wide.copyFrom(narrow);
    float[] rounded = augmentation.apply(scope, wide, draws(0, 3)).toFloatArray();
    float[] direct = augmentation.apply(scope, narrow, draws(0, 3)).toFloatArray();
    // A composition rounds after each of its at most four steps; values are below 1024.
    assertArrayEquals(rounded, direct, 4 * 1024 * 0x1p-24f);
  }

  @Test
  void stepsOfACompositionDrawTheirOwnNumbers() {
    int n = 64;
    Tensor x = images(DType.FLOAT32, n, 1, 1, 2);
    RandomHorizontalFlip flip = new RandomHorizontalFlip();
    Tensor twice = Compose.of(flip, flip).apply(scope, x, draws(0, n));
    // The same numbers would undo every flip.
    assertFalse(Arrays.equals(x.toFloatArray(), twice.toFloatArray()));
    Tensor first = flip.apply(scope, x, draws(0, n).step(0));
    Tensor second = flip.apply(scope, first, draws(0, n).step(1));
    assertArrayEquals(second.toFloatArray(), twice.toFloatArray());
    Tensor nested = Compose.of(Compose.of(flip), flip).apply(scope, x, draws(0, n));
    assertArrayEquals(twice.toFloatArray(), nested.toFloatArray());
  }

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"FLOAT32", "FLOAT64"})
  void anAugmentedPassKeepsLabelsAndIsTheSameForAnyThreads(DType dtype) {
    int n = 23;
    Tensor x = images(dtype, n, 1, 4, 4);
    long[] classes = LongStream.range(0, n).map(i -> i % 5).toArray();
    Dataset data = new Dataset(x, scope.of(classes), 5);
    Batches.Epoch order = Batches.shuffled(data, 4, 9).epoch(1);
    Augmentation change = Compose.of(new RandomCrop(4, 4, 1), new RandomHorizontalFlip());
    AugmentedPass pass = new AugmentedPass(order, change, SEED);
    Tensor all = change.apply(scope, x, draws(1, n));
    for (int threads = 1; threads < 4; threads++) {
      try (PrefetchedPass ahead = PrefetchedPass.of(pass, threads, threads)) {
        assertEquals(1, ahead.number());
        for (int b = 0; b < ahead.count(); b++) {
          Dataset batch = ahead.batch(b, scope);
          long[] samples = order.samples(b);
          for (int k = 0; k < samples.length; k++) {
            assertEquals(classes[(int) samples[k]], batch.targets().toLongArray()[k]);
            assertArrayEquals(
                all.slice(samples[k], samples[k] + 1).toDoubleArray(),
                batch.inputs().slice(k, k + 1).toDoubleArray());
          }
        }
        refused(
            "PrefetchedPass.batch: index is 0, expected 6, the next one",
            () -> ahead.batch(0, scope));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void badInputsAreRefusedBeforeAnythingIsWritten(Augmentation augmentation) {
    Tensor x = images(DType.FLOAT32, 2, 3, 4, 4);
    Tensor y = scope.full(7, DType.FLOAT32, augmentation.outputShape(x.shape()));
    SampleDraws draws = draws(0, 2);
    assertRefused(() -> augmentation.apply(x.view(2, 3, 16), draws, y));
    assertRefused(() -> augmentation.apply(x, draws(0, 3), y));
    assertRefused(() -> augmentation.apply(x, draws, scope.empty(DType.FLOAT64, y.shape())));
    assertRefused(() -> augmentation.apply(x, draws, y.view(y.elements())));
    assertRefused(() -> augmentation.apply(scope.zeros(DType.INT64, 2, 3, 4, 4), draws, y));
    assertRefused(
        () ->
            augmentation.apply(
                x, draws, x.view(x.elements()).slice(0, y.elements()).view(y.shape())));
    for (float value : y.toFloatArray()) {
      assertEquals(7, value);
    }
    Tensor empty = augmentation.apply(scope, x.slice(0, 0), draws(0, 0));
    assertEquals(0, empty.elements());
  }

  private static void assertRefused(Executable call) {
    assertThrows(IllegalArgumentException.class, call);
  }

  @Test
  void badSettingsAreNamed() {
    refused(
        "RandomHorizontalFlip: probability is 1.5, expected 0 to 1",
        () -> new RandomHorizontalFlip(1.5));
    refused(
        "RandomHorizontalFlip: probability is NaN, expected 0 to 1",
        () -> new RandomHorizontalFlip(Double.NaN));
    refused("RandomCrop: height is 0, expected 1 or more", () -> new RandomCrop(0, 1));
    refused("RandomCrop: padding is -1, expected 0 or more", () -> new RandomCrop(1, 1, -1));
    refused(
        "RandomCrop: x's shape is [1, 1, 4, 4], expected images of at least 7 x 4 with padding 1",
        () -> new RandomCrop(7, 4, 1).outputShape(Shape.of(1, 1, 4, 4)));
    refused(
        "RandomRotation: degrees is -1.0, expected a finite number, 0 or more",
        () -> new RandomRotation(-1));
    refused(
        "GaussianNoise: std is Infinity, expected a finite number, 0 or more",
        () -> new GaussianNoise(Double.POSITIVE_INFINITY));
    refused(
        "PcaColorNoise: std is -1.0, expected a finite number, 0 or more",
        () -> PcaColorNoise.of(new double[1], new double[1][1], -1));
    refused(
        "PcaColorNoise.of: number of eigenvectors is 1, expected 2",
        () -> PcaColorNoise.of(new double[2], new double[1][1], 1));
    refused(
        "PcaColorNoise.of: length of eigenvector 1 is 3, expected 2",
        () -> PcaColorNoise.of(new double[2], new double[][] {{1, 2}, {1, 2, 3}}, 1));
    refused(
        "PcaColorNoise: x's shape is [1, 1, 4, 4], expected images of 2 channels",
        () ->
            PcaColorNoise.of(new double[1], new double[1][2], 1).outputShape(Shape.of(1, 1, 4, 4)));
    refused("Compose.of: number of steps is 0, expected 1 or more", Compose::of);
    refused("SampleDraws.of: epoch is -1, expected 0 to 2^40 - 1", () -> SampleDraws.of(1, -1, 0));
    refused("SampleDraws.of: sample is -3, expected 0 to 2^31 - 1", () -> SampleDraws.of(1, 0, -3));
    refused(
        "SampleDraws.step: number is 65536, expected 0 to 65535",
        () -> SampleDraws.of(1, 0, 0).step(65536));
  }

  private static void refused(String message, Executable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
  }
}
