package dev.panorm.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.nn.Linear;
import dev.panorm.nn.Parameter;
import java.util.List;
import java.util.Objects;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Expected figures of the schedules come from their formulas, worked out by hand. */
final class SchedulesTest {

  private static double[] factors(LrSchedule schedule, long... steps) {
    return LongStream.of(steps).mapToDouble(schedule::factor).toArray();
  }

  @Test
  void schedules() {
    assertArrayEquals(
        new double[] {1, 1, 0.5, 0.5, 0.25},
        factors(LrSchedule.step(2, 0.5), 0, 1, 2, 3, 4),
        1e-15);
    assertArrayEquals(
        new double[] {1, 0.1 + 0.9 * (1 + Math.sqrt(0.5)) / 2, 0.55, 0.1, 0.1},
        factors(LrSchedule.cosine(4, 0.1), 0, 1, 2, 4, 9),
        1e-15);
    assertArrayEquals(
        new double[] {1.0 / 3, 0.6, 1, 1},
        factors(LrSchedule.linear(5, 1.0 / 3, 1), 0, 2, 5, 6),
        1e-15);
    LrSchedule both = LrSchedule.linear(2, 0, 1).then(2, LrSchedule.cosine(2, 0));
    assertArrayEquals(new double[] {0, 0.5, 1, 0.5, 0}, factors(both, 0, 1, 2, 3, 4), 1e-15);
  }

  /** 10 steps: up over 0.3 · 10 − 1 = 2 steps, then down over 7. */
  @Test
  void oneCycle() {
    assertArrayEquals(
        new double[] {0.04, 0.52, 1, 1.0 / 250_000, 1.0 / 250_000},
        factors(LrSchedule.oneCycle(10), 0, 1, 2, 9, 20),
        1e-15);
    double[] down = factors(LrSchedule.oneCycle(10), 2, 3, 4, 5, 6, 7, 8, 9);
    for (int i = 1; i < down.length; i++) {
      assertTrue(down[i] < down[i - 1]);
    }
  }

  @Test
  void aSchedulerSetsTheRateFromStepZeroOn() {
    try (Linear linear = new Linear(1, 1);
        Sgd sgd = Sgd.of(linear.parameters(), 0.5)) {
      LrScheduler scheduler = new LrScheduler(sgd, LrSchedule.linear(2, 0, 1));
      assertEquals(0, sgd.learningRate());
      scheduler.step();
      assertEquals(0.25, sgd.learningRate());
      scheduler.step();
      assertEquals(0.5, sgd.learningRate());
    }
  }

  @Test
  void thePlateauIsLeftAfterThePatience() {
    try (Linear linear = new Linear(1, 1);
        Sgd sgd = Sgd.of(linear.parameters(), 1)) {
      PlateauScheduler scheduler = new PlateauScheduler(sgd, 0.5, 1, 0.1);
      scheduler.step(10);
      scheduler.step(9.5); // better, but by less than a tenth
      assertEquals(1, sgd.learningRate());
      scheduler.step(Double.NaN);
      assertEquals(0.5, sgd.learningRate());
      scheduler.step(8);
      scheduler.step(8);
      assertEquals(0.5, sgd.learningRate());
      scheduler.step(8);
      assertEquals(0.25, sgd.learningRate());
    }
  }

  @Test
  void clippingByNormAndValue() {
    try (Scope scope = Scope.open();
        Linear linear = new Linear(2, 1)) {
      List<Parameter> parameters = linear.parameters();
      Tensor three = scope.of(new float[] {3, 0}, 1, 2);
      Tensor four = scope.of(new float[] {-4}, 1);
      setGradients(parameters, three, four);
      assertEquals(7, GradientClip.norm(parameters, 1), 1e-6);
      assertEquals(Math.cbrt(27 + 64), GradientClip.norm(parameters, 3), 1e-6);
      assertEquals(4, GradientClip.norm(parameters, Double.POSITIVE_INFINITY));
      assertEquals(5, GradientClip.byNorm(parameters, 10), 1e-6);
      assertEquals(3, grad(parameters.get(0)).get(0));
      assertEquals(5, GradientClip.byNorm(parameters, 1), 1e-6);
      assertEquals(0.6, grad(parameters.get(0)).get(0), 1e-6);
      assertEquals(-0.8, grad(parameters.get(1)).get(0), 1e-6);
      setGradients(parameters, three, four);
      GradientClip.byValue(parameters, 3.5);
      assertEquals(3, grad(parameters.get(0)).get(0));
      assertEquals(-3.5, grad(parameters.get(1)).get(0));
      assertMessage(
          "clip: p is 0.5, expected 1 or more", () -> GradientClip.byNorm(parameters, 1, 0.5));
      assertMessage(
          "clip: limit is -1.0, expected 0 or more", () -> GradientClip.byValue(parameters, -1));
    }
  }

  private static void setGradients(List<Parameter> parameters, Tensor... gradients) {
    for (int i = 0; i < gradients.length; i++) {
      parameters.get(i).zeroGrad();
      parameters.get(i).backward(gradients[i]);
    }
  }

  private static Tensor grad(Parameter parameter) {
    return Objects.requireNonNull(parameter.grad());
  }

  @Test
  void theAverageFollowsTheWeightsAndChangesPlacesWithThem() {
    try (Linear linear = new Linear(1, 1, false, new dev.panorm.Generator(1))) {
      linear.weight().value().fill(1);
      try (WeightAverage average = new WeightAverage(linear.parameters(), 0.75)) {
        linear.weight().value().fill(5);
        average.update();
        average.swap();
        assertEquals(2, linear.weight().value().item());
        average.swap();
        assertEquals(5, linear.weight().value().item());
      }
      assertMessage(
          "average: decay is 1.0, expected 0 or more and below 1",
          () -> new WeightAverage(linear.parameters(), 1).close());
    }
  }

  @Test
  void wrongOptionsAreRefused() {
    assertMessage("schedule: size is 0, expected 1 or more", () -> LrSchedule.step(0, 1));
    assertMessage("schedule: steps is 0, expected 1 or more", () -> LrSchedule.cosine(0, 1));
    assertMessage("schedule: steps is 1, expected 2 or more", () -> LrSchedule.oneCycle(1));
    try (Linear linear = new Linear(1, 1);
        Sgd sgd = Sgd.of(linear.parameters(), 1)) {
      assertMessage(
          "plateau: patience is -1, expected 0 or more",
          () -> new PlateauScheduler(sgd, 0.5, -1, 0));
    }
  }

  private static void assertMessage(String message, Executable run) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, run).getMessage());
  }
}
