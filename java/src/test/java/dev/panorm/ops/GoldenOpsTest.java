package dev.panorm.ops;

import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.panorm.Activation;
import dev.panorm.DType;
import dev.panorm.Tensor;
import dev.panorm.backend.AdagradRule;
import dev.panorm.backend.AdamRule;
import dev.panorm.backend.RmspropRule;
import dev.panorm.backend.SgdRule;
import dev.panorm.testkit.BackendTest;
import dev.panorm.testkit.Golden;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every golden case of every operation that is not a norm, on every backend and type. */
class GoldenOpsTest {

  static Stream<Arguments> runs() {
    return BackendTest.cpu().stream()
        .flatMap(
            backend ->
                Arrays.stream(DType.values())
                    .filter(dtype -> dtype.isFloating())
                    // float64 is the reference's alone
                    .filter(dtype -> dtype == DType.FLOAT32 || backend.equals("reference"))
                    .map(dtype -> arguments(backend, dtype)));
  }

  private static void each(String backend, DType dtype, String op, Consumer<Golden> test) {
    BackendTest.on(
        backend,
        () -> {
          for (Path file : Golden.files(op)) {
            try (Golden golden = Golden.open(file, dtype)) {
              test.accept(golden);
            }
          }
        });
  }

  @ParameterizedTest
  @MethodSource("runs")
  void activations(String backend, DType dtype) {
    activation(backend, dtype, "relu", golden -> Activation.RELU);
    activation(backend, dtype, "silu", golden -> Activation.SILU);
    activation(backend, dtype, "sigmoid", golden -> Activation.SIGMOID);
    activation(backend, dtype, "tanh", golden -> Activation.TANH);
    activation(
        backend,
        dtype,
        "gelu",
        golden ->
            golden.text("approximate").equals("tanh") ? Activation.GELU_TANH : Activation.GELU);
  }

  /** Which function a case is of. */
  private interface Which {
    Activation of(Golden golden);
  }

  private static void activation(String backend, DType dtype, String op, Which which) {
    each(
        backend,
        dtype,
        op,
        golden -> {
          Tensor x = golden.input("x");
          Tensor y = golden.room("y");
          Activations.forward(which.of(golden), x, y);
          golden.check("y", y);
          Tensor dx = golden.room("dx");
          Activations.backward(which.of(golden), x, golden.input("dy"), dx);
          golden.check("dx", dx);
        });
  }

  @ParameterizedTest
  @MethodSource("runs")
  void softmax(String backend, DType dtype) {
    each(
        backend,
        dtype,
        "softmax",
        golden -> {
          int dim = (int) golden.number("dim");
          Tensor y = golden.room("y");
          Softmax.softmax(golden.input("x"), dim, y);
          golden.check("y", y);
          Tensor dx = golden.room("dx");
          Softmax.softmaxBackward(y, dim, golden.input("dy"), dx);
          golden.check("dx", dx);
        });
    each(
        backend,
        dtype,
        "log_softmax",
        golden -> {
          int dim = (int) golden.number("dim");
          Tensor y = golden.room("y");
          Softmax.logSoftmax(golden.input("x"), dim, y);
          golden.check("y", y);
          Tensor dx = golden.room("dx");
          Softmax.logSoftmaxBackward(y, dim, golden.input("dy"), dx);
          golden.check("dx", dx);
        });
  }

  @ParameterizedTest
  @MethodSource("runs")
  void crossEntropy(String backend, DType dtype) {
    each(
        backend,
        dtype,
        "cross_entropy",
        golden -> {
          CrossEntropySpec spec =
              CrossEntropySpec.DEFAULT
                  .withReduction(reduction(golden))
                  .withLabelSmoothing(golden.number("label_smoothing"))
                  .withIgnoreIndex((long) golden.number("ignore_index"));
          Tensor x = golden.input("x");
          Tensor target = golden.input("target");
          Tensor weight = golden.optional("class_weight");
          Tensor loss = golden.room("loss");
          Losses.crossEntropy(spec, x, target, weight, loss);
          golden.check("loss", loss);
          Tensor dx = golden.room("dx");
          Losses.crossEntropyBackward(spec, x, target, weight, golden.input("dloss"), dx);
          golden.check("dx", dx);
        });
  }

  private static LossReduction reduction(Golden golden) {
    return switch (golden.text("reduction")) {
      case "mean" -> LossReduction.MEAN;
      case "sum" -> LossReduction.SUM;
      default -> LossReduction.NONE;
    };
  }

  @ParameterizedTest
  @MethodSource("runs")
  void mse(String backend, DType dtype) {
    each(
        backend,
        dtype,
        "mse",
        golden -> {
          Tensor x = golden.input("x");
          Tensor target = golden.input("target");
          Tensor loss = golden.room("loss");
          Losses.mse(reduction(golden), x, target, loss);
          golden.check("loss", loss);
          Tensor dx = golden.room("dx");
          Losses.mseBackward(reduction(golden), x, target, golden.input("dloss"), dx);
          golden.check("dx", dx);
          Elementwise.neg(dx, dx);
          golden.check("dtarget", dx);
        });
  }

  @ParameterizedTest
  @MethodSource("runs")
  void products(String backend, DType dtype) {
    for (String op : new String[] {"mm", "bmm"}) {
      Product product = op.equals("mm") ? LinearAlgebra::mm : LinearAlgebra::bmm;
      each(
          backend,
          dtype,
          op,
          golden -> {
            boolean ta = golden.flag("transpose_a");
            boolean tb = golden.flag("transpose_b");
            Tensor a = golden.input("a");
            Tensor b = golden.input("b");
            Tensor dy = golden.input("dy");
            Tensor y = golden.room("y");
            product.of(ta, tb, a, b, y);
            golden.check("y", y);
            Tensor da = golden.room("da");
            if (ta) {
              product.of(tb, true, b, dy, da);
            } else {
              product.of(false, !tb, dy, b, da);
            }
            golden.check("da", da);
            Tensor db = golden.room("db");
            if (tb) {
              product.of(true, ta, dy, a, db);
            } else {
              product.of(!ta, false, a, dy, db);
            }
            golden.check("db", db);
          });
    }
  }

  /** mm or bmm. */
  private interface Product {
    void of(boolean transposeA, boolean transposeB, Tensor a, Tensor b, Tensor c);
  }

  @ParameterizedTest
  @MethodSource("runs")
  void linear(String backend, DType dtype) {
    each(
        backend,
        dtype,
        "linear",
        golden -> {
          Tensor x = golden.input("x");
          Tensor weight = golden.input("weight");
          Tensor bias = golden.optional("bias");
          Tensor y = golden.room("y");
          LinearAlgebra.linear(x, weight, bias, y);
          golden.check("y", y);
          Tensor dx = golden.room("dx");
          Tensor dweight = golden.room("dweight");
          Tensor dbias = bias == null ? null : golden.room("dbias");
          LinearAlgebra.linearBackward(x, weight, golden.input("dy"), dx, dweight, dbias);
          golden.check("dx", dx);
          golden.check("dweight", dweight);
          if (dbias != null) {
            golden.check("dbias", dbias);
          }
        });
  }

  @ParameterizedTest
  @MethodSource("runs")
  void conv2d(String backend, DType dtype) {
    each(
        backend,
        dtype,
        "conv2d",
        golden -> {
          long[] stride = golden.pair("stride");
          long[] padding = golden.pair("padding");
          long[] dilation = golden.pair("dilation");
          Conv2dSpec spec =
              Conv2dSpec.DENSE
                  .withStride(stride[0], stride[1])
                  .withPadding(padding[0], padding[1])
                  .withDilation(dilation[0], dilation[1])
                  .withGroups((long) golden.number("groups"))
                  .withLayout(golden.layout());
          Tensor x = golden.input("x");
          Tensor weight = golden.input("weight");
          Tensor bias = golden.optional("bias");
          Tensor dy = golden.input("dy");
          Tensor y = golden.room(spec.outputShape(x.shape(), weight.shape()));
          Convolutions.conv2d(spec, x, weight, bias, y);
          golden.check("y", y);
          Tensor dx = golden.room("dx");
          Convolutions.conv2dInputGradient(spec, weight, dy, dx);
          golden.check("dx", dx);
          Tensor dweight = golden.room("dweight");
          Convolutions.conv2dWeightGradient(spec, x, dy, dweight);
          golden.check("dweight", dweight);
        });
  }

  private static Pool2dSpec pool(Golden golden) {
    long[] kernel = golden.pair("kernel");
    long[] stride = golden.pair("stride");
    long[] padding = golden.pair("padding");
    return Pool2dSpec.of(kernel[0], kernel[1])
        .withStride(stride[0], stride[1])
        .withPadding(padding[0], padding[1])
        .withCeilMode(golden.flag("ceil_mode"))
        .withLayout(golden.layout());
  }

  @ParameterizedTest
  @MethodSource("runs")
  void maxPool2d(String backend, DType dtype) {
    each(
        backend,
        dtype,
        "max_pool2d",
        golden -> {
          long[] dilation = golden.pair("dilation");
          Pool2dSpec spec = pool(golden).withDilation(dilation[0], dilation[1]);
          Tensor x = golden.input("x");
          Tensor y = golden.room(spec.outputShape(x.shape()));
          Tensor indices = golden.scope().empty(DType.INT64, y.shape());
          Pooling.maxPool2d(spec, x, y, indices);
          golden.check("y", y);
          golden.checkIndices("indices", indices);
          Tensor gathered = golden.room("y");
          Pooling.maxPool2dGather(spec, x, indices, gathered);
          golden.check("y", gathered);
          Tensor dx = golden.room("dx");
          Pooling.maxPool2dBackward(spec, indices, golden.input("dy"), dx);
          golden.check("dx", dx);
        });
  }

  @ParameterizedTest
  @MethodSource("runs")
  void avgPool2d(String backend, DType dtype) {
    each(
        backend,
        dtype,
        "avg_pool2d",
        golden -> {
          Pool2dSpec spec = pool(golden).withCountIncludePad(golden.flag("count_include_pad"));
          Tensor x = golden.input("x");
          Tensor y = golden.room(spec.outputShape(x.shape()));
          Pooling.avgPool2d(spec, x, y);
          golden.check("y", y);
          Tensor dx = golden.room("dx");
          Pooling.avgPool2dBackward(spec, golden.input("dy"), dx);
          golden.check("dx", dx);
        });
  }

  // ------------------------------------------------------------------------------ optimizers

  /** One step, from 1. */
  private interface Step {
    void take(long step, Tensor parameter, Tensor gradient);
  }

  private static void train(Golden golden, Step optimizer) {
    Tensor parameter = golden.input("param");
    Tensor gradients = golden.input("grads");
    for (long step = 1; step <= gradients.dim(0); step++) {
      Tensor gradient = gradients.slice(step - 1, step).view(parameter.shape());
      optimizer.take(step, parameter, gradient);
      golden.checkRow("param_after", step - 1, parameter);
    }
  }

  private static Tensor state(Golden golden, double start) {
    Tensor parameter = golden.input("param");
    return golden.scope().full(start, parameter.dtype(), parameter.shape());
  }

  private static @Nullable Tensor stateIf(Golden golden, boolean wanted) {
    return wanted ? state(golden, 0) : null;
  }

  @ParameterizedTest
  @MethodSource("runs")
  void sgd(String backend, DType dtype) {
    each(
        backend,
        dtype,
        "sgd",
        golden -> {
          SgdRule rule =
              new SgdRule(
                  golden.number("lr"),
                  golden.number("momentum"),
                  golden.number("dampening"),
                  golden.flag("nesterov"),
                  golden.number("weight_decay"));
          Tensor buffer = stateIf(golden, rule.momentum() != 0);
          train(golden, (step, p, g) -> Updates.sgd(rule, step == 1, p, g, buffer));
        });
  }

  @ParameterizedTest
  @MethodSource("runs")
  void adam(String backend, DType dtype) {
    for (String op : Set.of("adam", "adamw")) {
      each(
          backend,
          dtype,
          op,
          golden -> {
            AdamRule rule =
                new AdamRule(
                    golden.number("lr"),
                    golden.number("beta1"),
                    golden.number("beta2"),
                    golden.number("eps"),
                    golden.number("weight_decay"),
                    op.equals("adamw"));
            Tensor mean = state(golden, 0);
            Tensor square = state(golden, 0);
            Tensor largest = stateIf(golden, golden.flag("amsgrad"));
            train(golden, (step, p, g) -> Updates.adam(rule, step, p, g, mean, square, largest));
          });
    }
  }

  @ParameterizedTest
  @MethodSource("runs")
  void rmsprop(String backend, DType dtype) {
    each(
        backend,
        dtype,
        "rmsprop",
        golden -> {
          RmspropRule rule =
              new RmspropRule(
                  golden.number("lr"),
                  golden.number("alpha"),
                  golden.number("eps"),
                  golden.number("weight_decay"),
                  golden.number("momentum"));
          Tensor square = state(golden, 0);
          Tensor mean = stateIf(golden, golden.flag("centered"));
          Tensor buffer = stateIf(golden, rule.momentum() != 0);
          train(golden, (step, p, g) -> Updates.rmsprop(rule, p, g, square, mean, buffer));
        });
  }

  @ParameterizedTest
  @MethodSource("runs")
  void adagrad(String backend, DType dtype) {
    each(
        backend,
        dtype,
        "adagrad",
        golden -> {
          AdagradRule rule =
              new AdagradRule(
                  golden.number("lr"),
                  golden.number("lr_decay"),
                  golden.number("eps"),
                  golden.number("weight_decay"));
          Tensor sum = state(golden, golden.number("initial_accumulator_value"));
          train(golden, (step, p, g) -> Updates.adagrad(rule, step, p, g, sum));
        });
  }
}
