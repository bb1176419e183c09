package dev.panorm.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.panorm.Activation;
import dev.panorm.DType;
import dev.panorm.Layout;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.backend.Affine;
import dev.panorm.backend.NormStats;
import dev.panorm.testkit.BackendTest;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for norms on every backend of the processor. */
@Tag("norms")
class NormsTest {

  private static final float NAN = Float.NaN;

  private static Tensor random(Scope scope, long seed, long... dims) {
    Tensor tensor = scope.empty(DType.FLOAT32, dims);
    Random random = new Random(seed);
    float[] values = new float[(int) tensor.elements()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    tensor.copyFrom(values);
    return tensor;
  }

  private static float[] floats(@Nullable Tensor tensor) {
    return Objects.requireNonNull(tensor).toFloatArray();
  }

  private static float[] normalized(Scope scope, NormSpec spec, Tensor x) {
    Tensor y = scope.full(7, DType.FLOAT32, x.shape());
    Norms.forward(spec, x, Affine.NONE, y, null);
    return y.toFloatArray();
  }

  @ParameterizedTest
  @MethodSource("dev.panorm.testkit.BackendTest#cpu")
  void theExamplesOfTheLectureNotes(String backend) {
    BackendTest.on(
        backend,
        () -> {
          try (Scope scope = Scope.open()) {
            Tensor row = scope.of(new float[] {1, 2, 3, 4, 5}, 1, 5);
            float one = (float) Math.sqrt(0.5);
            assertArrayEquals(
                new float[] {-2 * one, -one, 0, one, 2 * one},
                normalized(scope, NormSpec.layerNorm(5).withEps(0), row),
                1e-6f);
            Tensor batch = scope.of(new float[] {1, 2, 3, 4, 2, 4, 6, 8}, 2, 4);
            assertArrayEquals(
                new float[] {-1, -1, -1, -1, 1, 1, 1, 1},
                normalized(scope, NormSpec.batchNorm().withEps(0), batch),
                1e-6f);
          }
        });
  }

  @ParameterizedTest
  @MethodSource("dev.panorm.testkit.BackendTest#cpu")
  void constantRowsBecomeExactlyZero(String backend) {
    BackendTest.on(
        backend,
        () -> {
          try (Scope scope = Scope.open()) {
            for (long length : new long[] {1, 5, 100, 5000}) {
              Tensor x =
                  scope.full(0.1, DType.FLOAT32, scope.empty(DType.FLOAT32, 3, length).shape());
              assertArrayEquals(
                  new float[(int) (3 * length)], normalized(scope, NormSpec.layerNorm(length), x));
            }
          }
        });
  }

  @ParameterizedTest
  @MethodSource("dev.panorm.testkit.BackendTest#cpu")
  void batchNormOfAMatrixIsLayerNormOfItsTranspose(String backend) {
    BackendTest.on(
        backend,
        () -> {
          try (Scope scope = Scope.open()) {
            Tensor x = random(scope, 1, 37, 19);
            Tensor transposed = scope.empty(DType.FLOAT32, 19, 37);
            transposed.copyFrom(transpose(x.toFloatArray(), 37, 19));
            float[] rows = normalized(scope, NormSpec.layerNorm(37), transposed);
            assertArrayEquals(
                transpose(rows, 19, 37), normalized(scope, NormSpec.batchNorm(), x), 2e-6f);
          }
        });
  }

  private static float[] transpose(float[] values, int rows, int columns) {
    float[] transposed = new float[values.length];
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        transposed[c * rows + r] = values[r * columns + c];
      }
    }
    return transposed;
  }

  @ParameterizedTest
  @MethodSource("dev.panorm.testkit.BackendTest#cpu")
  void notANumberStaysInItsRow(String backend) {
    BackendTest.on(
        backend,
        () -> {
          try (Scope scope = Scope.open()) {
            Tensor x = random(scope, 2, 6, 45);
            float[] clean = normalized(scope, NormSpec.layerNorm(45), x);
            float[] values = x.toFloatArray();
            values[2 * 45 + 11] = NAN;
            values[4 * 45 + 44] = Float.POSITIVE_INFINITY;
            x.copyFrom(values);
            float[] y = normalized(scope, NormSpec.layerNorm(45), x);
            for (int i = 0; i < y.length; i++) {
              int row = i / 45;
              assertEquals(row == 2 || row == 4 ? NAN : clean[i], y[i]);
            }
          }
        });
  }

  @ParameterizedTest
  @MethodSource("dev.panorm.testkit.BackendTest#cpu")
  void notANumberStaysInItsChannel(String backend) {
    BackendTest.on(
        backend,
        () -> {
          for (Layout layout : Layout.values()) {
            try (Scope scope = Scope.open()) {
              NormSpec spec = NormSpec.batchNorm().withLayout(layout);
              Tensor x =
                  layout == Layout.NCHW ? random(scope, 3, 4, 5, 9) : random(scope, 3, 4, 9, 5);
              float[] clean = normalized(scope, spec, x);
              float[] values = x.toFloatArray();
              values[layout == Layout.NCHW ? 9 + 3 : 5 * 3 + 1] = NAN;
              x.copyFrom(values);
              float[] y = normalized(scope, spec, x);
              for (int i = 0; i < y.length; i++) {
                int channel = layout == Layout.NCHW ? i / 9 % 5 : i % 5;
                assertEquals(channel == 1 ? NAN : clean[i], y[i]);
              }
            }
          }
        });
  }

  @ParameterizedTest
  @MethodSource("dev.panorm.testkit.BackendTest#cpu")
  void emptyBatches(String backend) {
    BackendTest.on(
        backend,
        () -> {
          try (Scope scope = Scope.open()) {
            for (NormSpec spec :
                List.of(NormSpec.layerNorm(4), NormSpec.batchNorm(), NormSpec.groupNorm(2))) {
              Tensor x = scope.empty(DType.FLOAT32, 0, 4);
              NormStats saved = Norms.stats(scope, spec, x);
              Norms.forward(spec, x, Affine.NONE, scope.emptyLike(x), saved);
              Affine gradient =
                  new Affine(scope.ones(DType.FLOAT32, 4), scope.ones(DType.FLOAT32, 4));
              Norms.backward(spec, x, Affine.NONE, saved, x, scope.emptyLike(x), gradient);
              assertArrayEquals(new float[4], floats(gradient.weight()));
              assertArrayEquals(new float[4], floats(gradient.bias()));
            }
          }
        });
  }

  private static final List<NormSpec> EVERY_WAY =
      List.of(
          NormSpec.layerNorm(10),
          NormSpec.rmsNorm(10),
          NormSpec.groupNorm(5),
          NormSpec.instanceNorm(),
          NormSpec.batchNorm(),
          NormSpec.groupNorm(5).withLayout(Layout.NHWC),
          NormSpec.batchNorm().withLayout(Layout.NHWC));

  @ParameterizedTest
  @MethodSource("dev.panorm.testkit.BackendTest#cpu")
  void gradientsInThePlaceOfTheUpstreamOnes(String backend) {
    BackendTest.on(
        backend,
        () -> {
          for (NormSpec plain : EVERY_WAY) {
            for (NormSpec spec : List.of(plain, plain.withActivation(Activation.GELU))) {
              try (Scope scope = Scope.open()) {
                Tensor x = random(scope, 4, 6, 10, 10);
                Affine affine = new Affine(random(scope, 5, 10), random(scope, 6, 10));
                NormStats saved = Norms.stats(scope, spec, x);
                Norms.forward(spec, x, affine, scope.emptyLike(x), saved);
                Tensor dy = random(scope, 7, 6, 10, 10);
                Tensor dx = scope.emptyLike(x);
                Affine apart =
                    new Affine(scope.empty(DType.FLOAT32, 10), scope.empty(DType.FLOAT32, 10));
                Norms.backward(spec, x, affine, saved, dy, dx, apart);
                Affine within =
                    new Affine(scope.empty(DType.FLOAT32, 10), scope.empty(DType.FLOAT32, 10));
                Norms.backward(spec, x, affine, saved, dy, dy, within);
                assertArrayEquals(dx.toFloatArray(), dy.toFloatArray());
                assertArrayEquals(floats(apart.weight()), floats(within.weight()));
                assertArrayEquals(floats(apart.bias()), floats(within.bias()));
              }
            }
          }
        });
  }

  @ParameterizedTest
  @MethodSource("dev.panorm.testkit.BackendTest#cpu")
  void sameBitsForAnySplitOfSamplesIntoCalls(String backend) {
    BackendTest.on(
        backend,
        () -> {
          for (NormSpec spec : EVERY_WAY) {
            if (spec.kind() != NormSpec.Kind.BATCH) {
              try (Scope scope = Scope.open()) {
                Tensor x = random(scope, 8, 23, 10, 10);
                float[] whole = normalized(scope, spec, x);
                Tensor y = scope.emptyLike(x);
                for (long from = 0; from < 23; from += 7) {
                  long to = Math.min(23, from + 7);
                  Norms.forward(spec, x.slice(from, to), Affine.NONE, y.slice(from, to), null);
                }
                assertArrayEquals(whole, y.toFloatArray());
              }
            }
          }
        });
  }

  @ParameterizedTest
  @MethodSource("dev.panorm.testkit.BackendTest#cpu")
  void closedByAnotherThreadWhileItRuns(String backend) {
    BackendTest.on(
        backend,
        () -> {
          NormSpec spec = NormSpec.layerNorm(257);
          for (int round = 0; round < 40; round++) {
            Scope scope = Scope.open();
            Tensor x = random(scope, round, 64, 257);
            Tensor y = scope.emptyLike(x);
            Thread closer = Thread.ofPlatform().start(scope::close);
            assertThrows(
                IllegalStateException.class,
                () -> {
                  while (closer.isAlive()) {
                    Norms.forward(spec, x, Affine.NONE, y, null);
                  }
                  Norms.forward(spec, x, Affine.NONE, y, null);
                },
                "every round ends with a dead tensor");
            join(closer);
          }
        });
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
