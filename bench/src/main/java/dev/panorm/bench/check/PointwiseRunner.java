package dev.panorm.bench.check;

import dev.panorm.Activation;
import dev.panorm.Tensor;
import dev.panorm.ops.Activations;
import dev.panorm.ops.Softmax;

/** Runs functions of one tensor: activations and softmax. */
final class PointwiseRunner {

  private PointwiseRunner() {}

  static Runner activation(Activation activation) {
    return run -> activation(activation, run);
  }

  static void gelu(Run run) {
    boolean tanh = run.subject().text("approximate").equals("tanh");
    activation(tanh ? Activation.GELU_TANH : Activation.GELU, run);
  }

  private static void activation(Activation activation, Run run) {
    Tensor x = run.input("x");
    Tensor y = run.room(x.shape());
    Tensor dx = run.room(x.shape());
    Activations.forward(activation, x, y);
    Activations.backward(activation, x, run.input("dy"), dx);
    run.result("y", y);
    run.result("dx", dx);
  }

  static void softmax(Run run) {
    Tensor x = run.input("x");
    int dim = (int) run.subject().integer("dim");
    Tensor y = run.room(x.shape());
    Tensor dx = run.room(x.shape());
    if (run.subject().op().equals("softmax")) {
      Softmax.softmax(x, dim, y);
      Softmax.softmaxBackward(y, dim, run.input("dy"), dx);
    } else {
      Softmax.logSoftmax(x, dim, y);
      Softmax.logSoftmaxBackward(y, dim, run.input("dy"), dx);
    }
    run.result("y", y);
    run.result("dx", dx);
  }
}
