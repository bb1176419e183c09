package dev.panorm.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.panorm.DType;
import dev.panorm.Panorm;
import dev.panorm.RandomStream;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.backend.Backends;
import dev.panorm.backend.DropPlan;
import dev.panorm.backend.Operation;
import dev.panorm.testkit.BackendTest;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every backend drops what the reference drops, element by element. */
final class DropoutTest {

  private static final RandomStream STREAM = new RandomStream(0x9E3779B97F4A7C15L, -3);
  private static final long ELEMENTS = 5 * 7 * 2 * 1031;

  static final List<DropPlan> PLANS =
      List.of(
          DropPlan.inverted(0.3),
          DropPlan.inverted(0),
          DropPlan.inverted(1),
          DropPlan.inverted(0.5).withUnit(7),
          DropPlan.inverted(0.5).withUnit(2 * 1031 * 35),
          new DropPlan(1, 0.4, 1.5, 0.25, -2, 0),
          new DropPlan(1, 0.4, 1, 0, 0, 1031),
          new DropPlan(2, 0.4, 1, 0, 0, 35),
          new DropPlan(1, 0.4, 1, 0, 0, 5));

  @AfterEach
  void automatic() {
    Backends.force();
  }

  @ParameterizedTest
  @FieldSource("PLANS")
  void everyBackendDropsTheSame(DropPlan plan) {
    double[] expected = dropped("reference", plan);
    for (String name : BackendTest.serving(Operation.DROPOUT)) {
      double[] actual = dropped(name, plan);
      for (int i = 0; i < actual.length; i++) {
        // One rounding of the scale, one of the result.
        assertEquals(expected[i], actual[i], Math.abs(expected[i]) * 0x1p-22, name + " at " + i);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void sameBitsForAnyNumberOfThreads(int threads) {
    int before = Panorm.threads();
    double[] expected = dropped("vector", PLANS.getFirst());
    try {
      Panorm.setThreads(threads);
      assertArrayEquals(expected, dropped("vector", PLANS.getFirst()));
    } finally {
      Panorm.setThreads(before);
    }
  }

  private static double[] dropped(String backend, DropPlan plan) {
    Backends.force(backend);
    try (Scope scope = Scope.open()) {
      Tensor x = scope.zeros(DType.FLOAT32, ELEMENTS);
      x.fill(i -> 1 + i % 11);
      Dropout.apply(plan, STREAM, x, x);
      return x.toDoubleArray();
    }
  }
}
