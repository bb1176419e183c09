package dev.panorm.internal.backend.vector;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.panorm.DType;
import dev.panorm.RandomStream;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@link CorrelationTask} promises of whoever computes it. */
class CorrelationTest {

  private static Correlation of(int channels, int width, int dilation, boolean turned) {
    int side = 2 * dilation;
    return new Correlation(
        3, 2, channels, 11, 9, width, 9, width, 3, 3, side / 2, side / 2, dilation, dilation,
        turned);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 17, 96})
  void loopsInCAndTilesGiveTheSameBits(int channels) {
    assumeTrue(CorrelationInC.AVAILABLE, "AVX-512 and the library in C");
    for (int width : new int[] {16, 33}) {
      for (int dilation : new int[] {1, 2}) {
        for (boolean turned : new boolean[] {false, true}) {
          Correlation c = of(channels, width, dilation, turned);
          assertArrayEquals(result(new CorrelationTiles(c)), result(new CorrelationInC(c)));
        }
      }
    }
  }

  private static float[] result(CorrelationTask task) {
    Correlation c = task.c;
    long sets = c.batch() * c.groups();
    try (Scope scope = Scope.open()) {
      Tensor source = random(scope, 1, sets * c.channels() * c.height() * c.width());
      Tensor weight = random(scope, 2, c.groups() * c.outChannels() * c.depth());
      Tensor bias = random(scope, 3, c.groups() * c.outChannels());
      Tensor target =
          scope.empty(DType.FLOAT32, sets * c.outChannels() * c.outHeight() * c.outWidth());
      task.run(
          source.readAddress(), weight.readAddress(), bias.readAddress(), target.writeAddress());
      return target.toFloatArray();
    }
  }

  private static Tensor random(Scope scope, long seed, long elements) {
    Tensor tensor = scope.empty(DType.FLOAT32, elements);
    new RandomStream(seed, 1).fillNormal(tensor, 0, 1);
    return tensor;
  }
}
