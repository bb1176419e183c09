package dev.panorm.internal.backend.avx512;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.panorm.DType;
import dev.panorm.RandomStream;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.backend.Backends;
import dev.panorm.backend.Operation;
import dev.panorm.ops.LinearAlgebra;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who multiplies what. */
class LowProductsTest {

  private static final long SEED = 20_261_122;
  private static final int LARGE = (int) LowProducts.LOW + 1;

  @BeforeEach
  void onThisProcessor() {
    assumeTrue(Backends.available().contains("avx512"));
  }

  @AfterEach
  void automatic() {
    Backends.force();
  }

  @Test
  void theAutomaticChoiceGoesByTheLargestMatrix() {
    assertEquals("avx512", chosen(1 << 14));
    assertEquals("avx512", chosen(1 << 20));
    assertEquals("openblas", chosen((1 << 14) - 1));
    assertEquals("openblas", chosen((1 << 20) + 1));
  }

  private static String chosen(long elements) {
    return Backends.selectOnHost(Operation.GEMM, DType.FLOAT32, elements).name();
  }

  @Test
  void whatIsLargeInAllSizesHasTheBitsOfTheNextRung() {
    assertArrayEquals(product("openblas", LARGE), product("avx512", LARGE));
  }

  private static double[] product(String backend, int size) {
    Backends.force(backend);
    try (Scope scope = Scope.open()) {
      Tensor a = scope.empty(DType.FLOAT32, size, size);
      Tensor b = scope.empty(DType.FLOAT32, size, size);
      Tensor c = scope.empty(DType.FLOAT32, size, size);
      RandomStream numbers = new RandomStream(SEED, 1);
      numbers.fillNormal(a, 0, 1);
      numbers.fillNormal(b, 0, 1);
      LinearAlgebra.mm(false, false, a, b, c);
      return c.toDoubleArray();
    }
  }
}
