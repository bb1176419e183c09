package dev.panorm.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.panorm.DType;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class AutogradTest {

  private static double[] values(@Nullable Tensor tensor) {
    return Objects.requireNonNull(tensor).toDoubleArray();
  }

  @Test
  void gradientsOfALeafAddUpUntilTheyAreForgotten() {
    try (Tape tape = Tape.open()) {
      Variable x = Variable.leaf(tape.scope().of(new double[] {1, 2, 3}));
      Sums.sum(Arithmetic.square(x)).backward();
      assertArrayEquals(new double[] {2, 4, 6}, values(x.grad()));
      Sums.sum(x).backward();
      assertArrayEquals(new double[] {3, 5, 7}, values(x.grad()));
      x.zeroGrad();
      assertNull(x.grad());
    }
  }

  @Test
  void aValueUsedSeveralTimesGetsTheSumOfItsGradients() {
    try (Tape tape = Tape.open()) {
      Variable x = Variable.leaf(tape.scope().of(new double[] {3}));
      Variable square = Arithmetic.mul(x, x);
      Arithmetic.add(Arithmetic.mul(square, x), square).backward(); // x³ + x²
      assertArrayEquals(new double[] {3 * 9 + 2 * 3}, values(x.grad()));
    }
  }

  @Test
  void thirdDerivativeOfAPower() {
    try (Tape tape = Tape.open()) {
      Variable x = Variable.leaf(tape.scope().of(new double[] {2}));
      Variable first = grad(Arithmetic.pow(x, 4), x);
      Variable second = grad(first, x);
      Variable third = grad(second, x);
      assertEquals(32, first.item(), 1e-12);
      assertEquals(48, second.item(), 1e-12);
      assertEquals(48, third.item(), 1e-12);
      assertNull(x.grad());
    }
  }

  private static Variable grad(Variable y, Variable x) {
    return Objects.requireNonNull(Autograd.grad(y, x, true));
  }

  @Test
  void gradientWithRespectToAValueOnTheWay() {
    try (Tape tape = Tape.open()) {
      Variable x = Variable.leaf(tape.scope().of(new double[] {2}));
      Variable middle = Arithmetic.square(x);
      Variable y = Arithmetic.scale(middle, 5);
      Variable gradient = Objects.requireNonNull(Autograd.grad(y, middle, false));
      assertEquals(5, gradient.item());
      assertFalse(gradient.requiresGrad());
      Variable other = Variable.leaf(tape.scope().of(new double[] {2}));
      assertNull(Autograd.grad(y, other, false));
    }
  }

  @Test
  void nothingIsRecordedInsideNoGradOrFromConstants() {
    try (Tape tape = Tape.open()) {
      Variable x = Variable.leaf(tape.scope().of(new double[] {2}));
      try (NoGrad _ = NoGrad.enter()) {
        assertFalse(Arithmetic.square(x).requiresGrad());
        assertFalse(Tape.isRecording());
      }
      assertTrue(Arithmetic.square(x).requiresGrad());
      Variable constant = Arithmetic.square(x.detach());
      assertFalse(constant.requiresGrad());
      assertThrows(IllegalStateException.class, constant::backward);
    }
  }

  @Test
  void resultsDieWithTheirTape() {
    try (Scope scope = Scope.open()) {
      Variable x = Variable.leaf(scope.of(new double[] {2}));
      Variable y;
      try (Tape _ = Tape.open()) {
        y = Arithmetic.square(x);
        assertEquals(4, y.item());
      }
      assertThrows(IllegalStateException.class, y::item);
      assertThrows(IllegalStateException.class, () -> Arithmetic.square(x));
      assertTrue(x.value().isAlive());
    }
  }

  @Test
  void tapesAreClosedFromTheInside() {
    Tape outer = Tape.open();
    Tape inner = Tape.open();
    assertThrows(IllegalStateException.class, outer::close);
    inner.close();
    inner.close();
    outer.close();
    assertThrows(IllegalStateException.class, Tape::memory);
  }

  @Test
  void upstreamMustFit() {
    try (Tape tape = Tape.open()) {
      Variable x = Variable.leaf(tape.scope().of(new double[] {1, 2}));
      Variable y = Arithmetic.square(x);
      assertThrows(IllegalArgumentException.class, y::backward);
      Tensor wrong = tape.scope().of(new double[] {1, 2, 3});
      IllegalArgumentException e =
          assertThrows(IllegalArgumentException.class, () -> y.backward(wrong));
      assertEquals(
          "backward: gradient is Tensor[3] of float64, expected shape [2] of float64",
          e.getMessage());
      assertNull(x.grad());
      y.backward(tape.scope().of(new double[] {1, 10}));
      assertArrayEquals(new double[] {2, 40}, values(x.grad()));
    }
  }

  @Test
  void integersHaveNoGradient() {
    try (Scope scope = Scope.open()) {
      Tensor x = scope.of(new long[] {1});
      assertThrows(IllegalArgumentException.class, () -> Variable.leaf(x));
    }
  }

  @Test
  void ownFunctionsWithSeveralResults() {
    try (Tape tape = Tape.open()) {
      Variable x = Variable.leaf(tape.scope().of(new double[] {3}));
      List<Variable> both = // x² and x + 1, the second of which may be left unused
          Tape.record(
              List.of(tape.scope().of(new double[] {9}), tape.scope().of(new double[] {4})),
              gradients -> {
                Variable first = gradients.upstream(0);
                Variable second = gradients.upstream(1);
                Variable sum = Variable.of(Tape.memory().zeros(DType.FLOAT64, 1));
                sum =
                    first == null
                        ? sum
                        : Arithmetic.add(sum, Arithmetic.mul(first, Arithmetic.scale(x, 2)));
                gradients.give(0, second == null ? sum : Arithmetic.add(sum, second));
              },
              x);
      both.get(0).backward();
      assertArrayEquals(new double[] {6}, values(x.grad()));
      Arithmetic.add(both.get(0), both.get(1)).backward();
      assertArrayEquals(new double[] {13}, values(x.grad()));
    }
  }

  @Test
  void gradCheckFindsAWrongGradient() {
    try (Scope scope = Scope.open()) {
      Tensor x = scope.of(new double[] {0.5, 2});
      GradCheck.Subject wrong =
          v -> {
            Tensor y = Tape.memory().copyOf(v.get(0).value());
            return Tape.record(
                y, gradients -> gradients.give(0, dy -> Arithmetic.scale(dy, 1.001)), v.get(0));
          };
      GradCheck.Result result = GradCheck.DEFAULT.check(wrong, x);
      assertFalse(result.passed());
      assertTrue(result.worstError() > 100, result::toString);
      assertNotNull(result.where());
      GradCheck.Result nan =
          GradCheck.DEFAULT.check(v -> Arithmetic.scale(v.get(0), Double.NaN), x);
      assertFalse(nan.passed());
    }
  }
}
