package dev.panorm.train;

import dev.panorm.Generator;
import dev.panorm.RandomStream;
import dev.panorm.Tensor;
import dev.panorm.autograd.Arithmetic;
import dev.panorm.autograd.Autograd;
import dev.panorm.autograd.Sums;
import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import dev.panorm.internal.check.Check;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The sharpness of a loss: the eigenvalue of its Hessian that is largest in size, by power
 * iteration on Hessian-vector products, H v = ∇(∇L · v). Gradient descent with learning rate η
 * tends to settle where it is about 2 / η, the edge of stability (Cohen et al. 2021).
 */
public final class Sharpness {

  private Sharpness() {}

  /**
   * Returns the eigenvalue.
   *
   * @param loss computes the loss anew, one number, the same at every call
   * @param parameters what it is differentiated by
   * @param iterations Hessian-vector products, 1 or more; 20 give two digits as a rule
   * @param generator draws the vector to start from
   */
  public static double of(
      Supplier<Variable> loss,
      List<? extends Variable> parameters,
      int iterations,
      Generator generator) {
    Check.that(iterations >= 1, "sharpness", "iterations", iterations, "1 or more");
    List<double[]> v = start(parameters, generator);
    double eigenvalue = 0;
    for (int i = 0; i < iterations; i++) {
      normalize(v);
      List<double[]> hv = product(loss, List.copyOf(parameters), v);
      eigenvalue = dot(v, hv);
      v = hv;
    }
    return eigenvalue;
  }

  private static List<double[]> start(List<? extends Variable> parameters, Generator generator) {
    List<double[]> v = new ArrayList<>();
    for (Variable parameter : parameters) {
      RandomStream stream = generator.next();
      double[] part = new double[Math.toIntExact(parameter.value().elements())];
      for (int i = 0; i < part.length; i++) {
        part[i] = stream.normal(i);
      }
      v.add(part);
    }
    return v;
  }

  private static List<double[]> product(
      Supplier<Variable> loss, List<Variable> parameters, List<double[]> v) {
    try (Tape _ = Tape.open()) {
      List<@Nullable Variable> gradients = Autograd.grad(loss.get(), parameters, true);
      Variable slope = null;
      for (int i = 0; i < v.size(); i++) {
        Variable gradient = gradients.get(i);
        if (gradient != null) {
          Variable along = Sums.sum(Arithmetic.mul(gradient, constant(gradient, v.get(i))));
          slope = slope == null ? along : Arithmetic.add(slope, along);
        }
      }
      List<@Nullable Variable> second =
          Autograd.grad(Objects.requireNonNull(slope), parameters, false);
      List<double[]> hv = new ArrayList<>();
      for (int i = 0; i < v.size(); i++) {
        Variable part = second.get(i);
        hv.add(part == null ? new double[v.get(i).length] : part.value().toDoubleArray());
      }
      return hv;
    }
  }

  private static Variable constant(Variable like, double[] values) {
    Tensor tensor = Tape.memory().emptyLike(like.value());
    tensor.copyFrom(values);
    return Variable.of(tensor);
  }

  private static void normalize(List<double[]> v) {
    double length = Math.sqrt(dot(v, v));
    for (double[] part : v) {
      for (int i = 0; i < part.length && length > 0; i++) {
        part[i] /= length;
      }
    }
  }

  private static double dot(List<double[]> a, List<double[]> b) {
    double sum = 0;
    for (int p = 0; p < a.size(); p++) {
      for (int i = 0; i < a.get(p).length; i++) {
        sum += a.get(p)[i] * b.get(p)[i];
      }
    }
    return sum;
  }
}
