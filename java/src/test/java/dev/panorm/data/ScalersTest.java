package dev.panorm.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.panorm.DType;
import dev.panorm.Panorm;
import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.io.SafeTensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterTry;
import net.jqwik.api.lifecycle.BeforeTry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Rows N73 and N74 of the lecture notes. */
final class ScalersTest {

  private static final int THREADS = Panorm.threads();

  @SuppressWarnings("NullAway.Init") // jqwik's hook or JUnit's, whichever runs the test
  private Scope scope;

  @BeforeTry
  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterTry
  @AfterEach
  void close() {
    scope.close();
    Panorm.setThreads(THREADS);
  }

  @Test
  void minMaxIsTheNotesFormula() {
    Tensor x = scope.of(new double[] {1, 10, 3, 30, 2, 15}, 3, 2);
    MinMaxScaler unit = MinMaxScaler.fit(scope, x);
    assertArrayEquals(new double[] {0, 0, 1, 1, 0.5, 0.25}, unit.apply(scope, x).toDoubleArray());
    MinMaxScaler symmetric = MinMaxScaler.fit(scope, x, Per.FEATURE, -1, 1);
    assertArrayEquals(
        new double[] {-1, -1, 1, 1, 0, -0.5}, symmetric.apply(scope, x).toDoubleArray());
    MinMaxScaler whole = MinMaxScaler.fit(scope, x, Per.DATASET, 0, 29);
    assertArrayEquals(
        new double[] {0, 9, 2, 29, 1, 14}, whole.apply(scope, x).toDoubleArray(), 29 * 0x1p-52);
  }

  @Test
  void standardizationIsTheNotesFormula() {
    Tensor x = scope.of(new float[] {1, 5, 3, 5, 5, 5}, 3, 2);
    Standardizer standardizer = Standardizer.fit(scope, x);
    double sigma = Math.sqrt(8.0 / 3);
    assertArrayEquals(new double[] {3, 5}, standardizer.mean().toDoubleArray());
    assertArrayEquals(new double[] {sigma, 1}, standardizer.deviation().toDoubleArray());
    float edge = (float) (2 / sigma);
    assertArrayEquals(
        new float[] {-edge, 0, 0, 0, edge, 0}, standardizer.apply(scope, x).toFloatArray());
  }

  @Test
  void publishedFiguresServeToo() {
    Tensor x = scope.of(new float[] {1, 3, 10, 20}, 1, 2, 2);
    assertArrayEquals(
        new float[] {0, 1, 4.5f, 9.5f},
        Standardizer.of(scope, 1, 2).apply(scope, x).toFloatArray());
    Standardizer channels = Standardizer.of(scope, new double[] {1, 10}, new double[] {2, 5});
    assertArrayEquals(new float[] {0, 1, 0, 2}, channels.apply(scope, x).toFloatArray());
    refused(
        "Standardizer.of: deviation is 0.0, expected a finite number above 0",
        () -> Standardizer.of(scope, 1, 0));
    refused(
        "Standardizer.of: number of deviations is 1, expected 2",
        () -> Standardizer.of(scope, new double[2], new double[1]));
  }

  @Test
  void whatIsLearnedOnTrainingDataServesOthers() {
    Tensor train = scope.of(new float[] {0, 4, 2, 2}, 4, 1);
    Tensor validation = scope.of(new float[] {6, -2}, 2, 1);
    assertArrayEquals(
        new float[] {1.5f, -0.5f},
        MinMaxScaler.fit(scope, train).apply(scope, validation).toFloatArray());
    float sigma = (float) Math.sqrt(2);
    assertArrayEquals(
        new float[] {4 / sigma, -4 / sigma},
        Standardizer.fit(scope, train).apply(scope, validation).toFloatArray(),
        4 * 0x1p-24f);
  }

  @Test
  void aChannelSharesItsStatistics() {
    // Channel 0 holds 1 and 3, channel 1 holds 10, 20, 30 and 40: means 2 and 25.
    Tensor x = scope.of(new double[] {1, 3, 10, 20, 3, 1, 30, 40}, 2, 2, 1, 2);
    Standardizer standardizer = Standardizer.fit(scope, x, Per.CHANNEL);
    assertEquals(Shape.of(2), standardizer.mean().shape());
    assertArrayEquals(new double[] {2, 25}, standardizer.mean().toDoubleArray());
    double s = Math.sqrt(125);
    assertArrayEquals(
        new double[] {-1, 1, -15 / s, -5 / s, 1, -1, 5 / s, 15 / s},
        standardizer.apply(scope, x).toDoubleArray());
    Tensor larger = scope.full(25, DType.FLOAT64, Shape.of(1, 2, 3, 3));
    assertEquals(0, standardizer.apply(scope, larger).get(9), "images of another size");
  }

  @ParameterizedTest
  @EnumSource(Per.class)
  void constantFeaturesLoseNothing(Per per) {
    // The mean of thirds is not exact, so that a deviation from rounding alone would blow up.
    Tensor x = scope.full(1.0 / 3, DType.FLOAT64, Shape.of(7, 2, 3));
    Standardizer standardizer = Standardizer.fit(scope, x, per);
    Tensor y = standardizer.apply(scope, x);
    assertArrayEquals(new double[42], y.toDoubleArray());
    assertArrayEquals(x.toDoubleArray(), standardizer.inverse(scope, y).toDoubleArray());
    MinMaxScaler scaler = MinMaxScaler.fit(scope, x, per, -1, 1);
    y = scaler.apply(scope, x);
    assertEquals(-1, y.get(5));
    assertArrayEquals(x.toDoubleArray(), scaler.inverse(scope, y).toDoubleArray());
  }

  @Test
  void aLargeMeanCostsNoAccuracy() {
    // Deviation 1 around 10^8 in float64: E[x²] − E[x]² would leave one digit.
    double[] values = new double[2000];
    for (int i = 0; i < values.length; i++) {
      values[i] = 1e8 + (i % 2 == 0 ? 1 : -1);
    }
    Standardizer standardizer = Standardizer.fit(scope, scope.of(values, values.length, 1));
    assertEquals(1e8, standardizer.mean().item());
    assertEquals(1, standardizer.deviation().item());
  }

  @Property(tries = 200)
  void inverseUndoesApply(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 40) int samples,
      @ForAll @IntRange(min = 1, max = 7) int channels,
      @ForAll @IntRange(min = 1, max = 5) int width,
      @ForAll Per per,
      @ForAll boolean wide) {
    DType dtype = wide ? DType.FLOAT64 : DType.FLOAT32;
    Tensor x = RandomData.normal(scope, dtype, seed, samples, channels, width);
    roundTrip(Standardizer.fit(scope, x, per), x, largest(x));
    roundTrip(MinMaxScaler.fit(scope, x, per, -1, 1), x, largest(x));
  }

  /**
   * In float64 every formula is at most six roundings of terms no larger than 2·max|x| (for float32
   * they vanish in the roundings of y and of the result): y is at most 2·max|x| / spread in size,
   * so its rounding comes back as at most u·2·max|x|, and the result's own rounding is u·max|x|.
   * Together 15·u·max|x|.
   */
  private void roundTrip(FittedTransform transform, Tensor x, double largest) {
    double unit = x.dtype() == DType.FLOAT64 ? 0x1p-53 : 0x1p-24;
    Tensor y = transform.apply(scope, x);
    assertArrayEquals(
        x.toDoubleArray(), transform.inverse(scope, y).toDoubleArray(), 15 * unit * largest);
    Tensor inPlace = scope.copyOf(x);
    transform.apply(inPlace, inPlace);
    assertArrayEquals(y.toDoubleArray(), inPlace.toDoubleArray());
  }

  private static double largest(Tensor x) {
    double largest = 0;
    for (double value : x.toDoubleArray()) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }

  /**
   * With M = max|x|: the mean is a sum of n differences of at most 2·M and one addition, so it is
   * off by at most (2n + 1)·u·M, and so is the mean of y by that over σ; measuring it adds as much
   * again with M/σ in place of M, 2·u·M/σ for the roundings of y: below 8·n·u·M/σ. A shift of the
   * mean does not change the variance but by its square. Values of y have relative errors below 4·u
   * and σ² one of (n + 4)·u; measuring adds (n + 4)·u: below 16·n·u for n from 2 on.
   */
  @Property(tries = 50)
  void standardizedDataHaveZeroMeanAndUnitVariance(
      @ForAll long seed, @ForAll @IntRange(min = 2, max = 3000) int samples) {
    Tensor x = RandomData.normal(scope, DType.FLOAT64, seed, samples, 3);
    Standardizer standardizer = Standardizer.fit(scope, x);
    Statistics statistics = new Statistics(standardizer.apply(scope, x), 3);
    double[] mean = statistics.mean();
    double[] variance = statistics.variance(mean);
    for (int f = 0; f < 3; f++) {
      double shift = 8 * samples * 0x1p-53 * largest(x) / standardizer.deviation().get(f);
      assertEquals(0, mean[f], shift);
      assertEquals(1, variance[f], 16 * samples * 0x1p-53 + shift * shift);
    }
  }

  @Test
  void theNumberOfThreadsChangesNoBit() {
    Tensor x = RandomData.normal(scope, DType.FLOAT32, 5, 5000, 3, 4);
    Panorm.setThreads(1);
    Standardizer one = Standardizer.fit(scope, x);
    float[] expected = one.apply(scope, x).toFloatArray();
    for (int threads = 2; threads < 5; threads++) {
      Panorm.setThreads(threads);
      Standardizer more = Standardizer.fit(scope, x);
      assertArrayEquals(one.mean().toDoubleArray(), more.mean().toDoubleArray());
      assertArrayEquals(one.deviation().toDoubleArray(), more.deviation().toDoubleArray());
      assertArrayEquals(expected, more.apply(scope, x).toFloatArray());
    }
  }

  @Test
  void aSavedScalerIsTheSame(@TempDir Path folder) throws IOException {
    Tensor x = RandomData.normal(scope, DType.FLOAT32, 6, 20, 2, 3);
    Path file = folder.resolve("scaler.safetensors");
    MinMaxScaler scaler = MinMaxScaler.fit(scope, x, Per.CHANNEL, -1, 3);
    scaler.save(file);
    assertSame(scaler, MinMaxScaler.load(scope, file), x);
    IOException other = assertThrows(IOException.class, () -> Standardizer.load(scope, file));
    assertEquals(
        "load: " + file + ": transform is MinMaxScaler, expected Standardizer", other.getMessage());
    Standardizer standardizer = Standardizer.fit(scope, x);
    standardizer.save(file);
    assertSame(standardizer, Standardizer.load(scope, file), x);
    Files.delete(file);
    assertThrows(IOException.class, () -> Standardizer.load(scope, file));
  }

  @Test
  void aDamagedFileIsRefused(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("scaler.safetensors");
    Tensor mean = scope.of(new double[] {1, 2});
    Map<String, String> kind = Map.of("panorm.transform", "Standardizer");
    SafeTensors.write(file, Map.of("mean", mean, "deviation", scope.of(new double[] {1, 0})), kind);
    damaged(file, "a value of deviation is 0.0, expected finite numbers above 0");
    SafeTensors.write(
        file, Map.of("mean", scope.of(new double[] {Double.NaN}), "deviation", mean), kind);
    damaged(file, "deviation's shape is [2], expected [1]");
    SafeTensors.write(
        file, Map.of("mean", scope.of(new double[] {1, Double.NaN}), "deviation", mean), kind);
    damaged(file, "a value of mean is NaN, expected finite numbers");
    SafeTensors.write(file, Map.of("mean", scope.of(new float[] {1, 2}), "deviation", mean), kind);
    damaged(file, "mean is float32, expected float64");
    SafeTensors.write(file, Map.of("mean", mean), kind);
    assertThrows(IOException.class, () -> Standardizer.load(scope, file));
  }

  private void damaged(Path file, String message) {
    assertEquals(
        "load: " + file + ": " + message,
        assertThrows(IOException.class, () -> Standardizer.load(scope, file)).getMessage());
  }

  private void assertSame(FittedTransform saved, FittedTransform loaded, Tensor x) {
    Tensor y = saved.apply(scope, x);
    assertArrayEquals(y.toFloatArray(), loaded.apply(scope, x).toFloatArray());
    assertArrayEquals(
        saved.inverse(scope, y).toFloatArray(), loaded.inverse(scope, y).toFloatArray());
  }

  @Test
  void badArgumentsAreNamed() {
    Tensor x = scope.of(new float[] {1, 2, 3, 4}, 2, 2);
    Standardizer standardizer = Standardizer.fit(scope, x);
    refused(
        "Standardizer.fit: x's shape is [4], expected [samples, features...] with at least one of"
            + " each",
        () -> Standardizer.fit(scope, x.view(4)));
    refused(
        "Standardizer.fit: x's shape is [0, 2], expected [samples, features...] with at least one"
            + " of each",
        () -> Standardizer.fit(scope, x.slice(0, 0)));
    refused(
        "MinMaxScaler.fit: x has dtype int64, expected float32 or float64",
        () -> MinMaxScaler.fit(scope, scope.of(new long[] {1}, 1, 1)));
    refused(
        "MinMaxScaler.fit: range is [1.0, 1.0], expected finite numbers, low below high",
        () -> MinMaxScaler.fit(scope, x, Per.FEATURE, 1, 1));
    refused(
        "MinMaxScaler.fit: range is [NaN, 1.0], expected finite numbers, low below high",
        () -> MinMaxScaler.fit(scope, x, Per.FEATURE, Double.NaN, 1));
    refused(
        "Standardizer.fit: x's variance 1 is NaN, expected finite values",
        () -> Standardizer.fit(scope, scope.of(new float[] {1, Float.NaN}, 1, 2)));
    refused(
        "MinMaxScaler.fit: x's maximum - minimum 0 is Infinity, expected finite values",
        () -> MinMaxScaler.fit(scope, scope.of(new double[] {-1e308, 1e308}, 2, 1)));
    refused(
        "Standardizer.apply: x's shape is [1, 4], expected [samples, features...] with features"
            + " that fit statistics of [2]",
        () -> standardizer.apply(x.view(1, 4), x.view(1, 4)));
    refused(
        "Standardizer.inverse: x has dtype float64, expected float32",
        () -> standardizer.inverse(x, scope.empty(DType.FLOAT64, 2, 2)));
    assertArrayEquals(new float[] {1, 2, 3, 4}, x.toFloatArray(), "nothing was written");
  }

  @Test
  void statisticsOfOneChannelDoNotPassForThoseOfThree() {
    Tensor grey = RandomData.normal(scope, DType.FLOAT32, 1, 4, 1, 2, 2);
    Tensor colour = RandomData.normal(scope, DType.FLOAT32, 2, 4, 3, 2, 2);
    Standardizer standardizer = Standardizer.fit(scope, grey);
    assertThrows(IllegalArgumentException.class, () -> standardizer.apply(scope, colour));
  }

  @Test
  void aDeadScopeEndsWhatWasLearnedInIt() {
    Tensor x = scope.of(new float[] {1, 2}, 2, 1);
    Standardizer standardizer;
    try (Scope inner = Scope.open()) {
      standardizer = Standardizer.fit(inner, x);
    }
    assertThrows(IllegalStateException.class, () -> standardizer.apply(scope, x));
  }

  private static void refused(String message, Executable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
  }
}
