package dev.panorm.autograd;

import dev.panorm.DType;
import dev.panorm.RandomStream;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Compares gradients with finite differences, in float64.
 *
 * <p>The function's output is multiplied with fixed random numbers and summed up to one number L.
 * Each element of each input is moved by ± step, and (L⁺ − L⁻) / (2 step) is compared with the
 * gradient: the difference may be {@code absolute + relative · |expected|}.
 *
 * <p>The default step is 6e-6, the cube root of float64's 2^−53 about: there truncation (step² / 6
 * · L‴) and rounding (2^−53 · |L| / step) are of one size, 1e-11 for L and its derivatives near 1.
 * The default tolerance of 1e-6 leaves room for values up to 1e4.
 *
 * @param step distance by which inputs are moved
 * @param absolute tolerance
 * @param relative tolerance in units of the expected derivative
 */
public record GradCheck(double step, double absolute, double relative) {

  /** Step 6e-6, tolerances 1e-6. */
  public static final GradCheck DEFAULT = new GradCheck(6e-6, 1e-6, 1e-6);

  private static final RandomStream WEIGHTS = new RandomStream(0x6772616463686bL, 0);

  /** What is checked: a function of variables. */
  @FunctionalInterface
  public interface Subject {
    /** Returns the output for these inputs; every call must do the same. */
    Variable apply(List<Variable> inputs);
  }

  /**
   * What came out.
   *
   * @param passed whether every derivative is within the tolerance
   * @param worstError largest difference, in units of the tolerance
   * @param where the derivative that it belongs to, with both figures
   */
  public record Result(boolean passed, double worstError, String where) {}

  /** Checks the gradients with respect to all inputs, which are converted to float64. */
  public Result check(Subject subject, Tensor... inputs) {
    try (Scope scope = Scope.open()) {
      return check(subject, copies(scope, inputs));
    }
  }

  /**
   * Checks the second derivatives: the gradients with respect to all inputs, themselves taken as a
   * function of the inputs and of the upstream gradient.
   */
  public Result checkSecond(Subject subject, Tensor... inputs) {
    try (Scope scope = Scope.open()) {
      List<Tensor> arguments = copies(scope, inputs);
      try (Tape _ = Tape.open()) {
        Variable output = subject.apply(leaves(arguments));
        Tensor upstream = scope.empty(DType.FLOAT64, output.shape());
        WEIGHTS.fillNormal(upstream, 0, 1);
        arguments.add(upstream);
      }
      return check(all -> gradientSum(subject, all), arguments);
    }
  }

  private static List<Tensor> copies(Scope scope, Tensor... inputs) {
    List<Tensor> copies = new ArrayList<>();
    for (Tensor input : inputs) {
      Tensor copy = scope.empty(DType.FLOAT64, input.shape());
      copy.copyFrom(input);
      copies.add(copy);
    }
    return copies;
  }

  private static List<Variable> leaves(List<Tensor> values) {
    return values.stream().map(Variable::leaf).toList();
  }

  /** The gradients, each multiplied with fixed random numbers, summed up. */
  private static Variable gradientSum(Subject subject, List<Variable> inputsAndUpstream) {
    int count = inputsAndUpstream.size() - 1;
    List<Variable> inputs = inputsAndUpstream.subList(0, count);
    Variable output = subject.apply(inputs);
    List<@Nullable Variable> gradients =
        Autograd.grad(output, inputs, inputsAndUpstream.get(count), true);
    Variable sum = Variable.of(Tape.memory().zeros(DType.FLOAT64));
    for (int i = 0; i < count; i++) {
      Variable gradient = gradients.get(i);
      if (gradient != null) {
        Tensor weights = Arithmetic.like(gradient);
        new RandomStream(WEIGHTS.seed(), 1 + i).fillNormal(weights, 0, 1);
        sum = Arithmetic.add(sum, Sums.sum(Arithmetic.mul(gradient, Variable.of(weights))));
      }
    }
    return sum;
  }

  private Result check(Subject subject, List<Tensor> inputs) {
    List<double @Nullable []> gradients = gradients(subject, inputs);
    double worst = 0;
    String where = "nothing to compare";
    for (int i = 0; i < inputs.size(); i++) {
      double[] gradient = gradients.get(i);
      for (long j = 0; j < inputs.get(i).elements(); j++) {
        double expected = slope(subject, inputs, inputs.get(i), j);
        double got = gradient == null ? 0 : gradient[(int) j];
        double error = Math.abs(got - expected) / (absolute + relative * Math.abs(expected));
        if (!(error <= worst)) {
          worst = error;
          where = "input " + i + ", element " + j + ": " + got + ", expected " + expected;
        }
      }
    }
    return new Result(worst <= 1, worst, where);
  }

  private static List<double @Nullable []> gradients(Subject subject, List<Tensor> inputs) {
    try (Tape _ = Tape.open()) {
      List<Variable> leaves = leaves(inputs);
      Variable output = subject.apply(leaves);
      Tensor upstream = Arithmetic.like(output);
      WEIGHTS.fillNormal(upstream, 0, 1);
      List<double @Nullable []> values = new ArrayList<>();
      for (Variable gradient : Autograd.grad(output, leaves, Variable.of(upstream), false)) {
        values.add(gradient == null ? null : gradient.value().toDoubleArray());
      }
      return values;
    }
  }

  private double slope(Subject subject, List<Tensor> inputs, Tensor input, long element) {
    Tensor one = input.view(input.elements()).slice(element, element + 1);
    double before = one.item();
    one.fill(before + step);
    double above = weighted(subject, inputs);
    one.fill(before - step);
    double below = weighted(subject, inputs);
    one.fill(before);
    return (above - below) / (2 * step);
  }

  private static double weighted(Subject subject, List<Tensor> inputs) {
    try (Tape _ = Tape.open()) {
      double[] output = subject.apply(leaves(inputs)).value().toDoubleArray();
      double sum = 0;
      for (int i = 0; i < output.length; i++) {
        sum += WEIGHTS.normal(i) * output[i];
      }
      return sum;
    }
  }
}
