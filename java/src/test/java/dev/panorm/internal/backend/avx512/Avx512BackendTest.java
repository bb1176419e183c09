package dev.panorm.internal.backend.avx512;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.panorm.DType;
import dev.panorm.backend.Backend;
import dev.panorm.backend.Operation;
import dev.panorm.backend.Support;
import org.junit.jupiter.api.Test;

class Avx512BackendTest {

  private final Backend backend = new Avx512Backend();

  @Test
  void productsOfLayersAreWorthwhile() {
    assertTrue(worthwhile(1 << 14, 128));
    assertTrue(worthwhile(1 << 20, 512));
    assertFalse(worthwhile((1 << 14) - 1, 100));
    assertFalse(worthwhile((1 << 20) + 1, 128));
    assertFalse(worthwhile(1 << 20, 513));
  }

  private boolean worthwhile(long elements, long shortest) {
    return backend.worthwhile(Operation.GEMM, DType.FLOAT32, elements, shortest);
  }

  @Test
  void otherOperationsAndTypesAreDeclined() {
    assertTrue(backend.supports(Operation.NORM, DType.FLOAT32, 1 << 16) instanceof Support.No);
    assertTrue(backend.supports(Operation.GEMM, DType.FLOAT64, 1 << 16) instanceof Support.No);
  }
}
