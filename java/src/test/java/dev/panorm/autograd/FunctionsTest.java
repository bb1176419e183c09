package dev.panorm.autograd;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.panorm.Activation;
import dev.panorm.DType;
import dev.panorm.EpsMode;
import dev.panorm.Layout;
import dev.panorm.RandomStream;
import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.ops.Conv2dSpec;
import dev.panorm.ops.CrossEntropySpec;
import dev.panorm.ops.LossReduction;
import dev.panorm.ops.NormSpec;
import dev.panorm.ops.Pool2dSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Every function of variables against finite differences in float64, first and second order. */
final class FunctionsTest {

  private static final long SEED = 20261120;

  /** A function and the shapes of its inputs; values are drawn from N(mean, 1). */
  private record Case(String name, double mean, GradCheck.Subject subject, List<Shape> shapes) {}

  private static Case of(String name, GradCheck.Subject subject, long[]... shapes) {
    return new Case(name, 0, subject, Stream.of(shapes).map(Shape::of).toList());
  }

  /** For functions of positive numbers: values of N(6, 1) are, in practice and for this seed. */
  private static Case positive(String name, GradCheck.Subject subject, long[]... shapes) {
    return new Case(name, 6, subject, Stream.of(shapes).map(Shape::of).toList());
  }

  private static long[] shape(long... dims) {
    return dims;
  }

  private static Stream<Case> arithmetic() {
    return Stream.of(
        of("add", v -> Arithmetic.add(v.get(0), v.get(1)), shape(2, 3), shape(3)),
        of("sub", v -> Arithmetic.sub(v.get(0), v.get(1)), shape(3), shape(2, 3)),
        of("mul", v -> Arithmetic.mul(v.get(0), v.get(1)), shape(2, 3, 2), shape(3, 1)),
        positive("div", v -> Arithmetic.div(v.get(0), v.get(1)), shape(2, 3), shape(2, 1)),
        of("neg", v -> Arithmetic.neg(v.get(0)), shape(4)),
        of("affine", v -> Arithmetic.affine(v.get(0), 2, 3), shape(4)),
        of("exp", v -> Arithmetic.exp(v.get(0)), shape(4)),
        positive("log", v -> Arithmetic.log(v.get(0)), shape(4)),
        positive("sqrt", v -> Arithmetic.sqrt(v.get(0)), shape(4)),
        positive("rsqrt", v -> Arithmetic.rsqrt(v.get(0)), shape(4)),
        positive("reciprocal", v -> Arithmetic.reciprocal(v.get(0)), shape(4)),
        of("square", v -> Arithmetic.square(v.get(0)), shape(4)),
        of("abs", v -> Arithmetic.abs(v.get(0)), shape(4)),
        positive("pow", v -> Arithmetic.pow(v.get(0), 2.5), shape(4)),
        of("same input twice", v -> Arithmetic.mul(v.get(0), v.get(0)), shape(4)));
  }

  private static Stream<Case> sums() {
    return Stream.of(
        of("sum", v -> Sums.sum(v.get(0)), shape(2, 3)),
        of("sum over dims", v -> Sums.sum(v.get(0), 0, -1), shape(2, 3, 2)),
        of("mean", v -> Sums.mean(v.get(0)), shape(2, 3)),
        of("mean over dims", v -> Sums.mean(v.get(0), 1), shape(2, 3)),
        of(
            "mean over dims apart",
            v -> Arithmetic.square(Sums.mean(v.get(0), 1, 3)),
            shape(2, 3, 2, 2)),
        of(
            "mul along dims apart",
            v -> Arithmetic.mul(v.get(0), v.get(1)),
            shape(2, 3, 2, 2),
            shape(2, 1, 2, 1)),
        of("square of mean", v -> Arithmetic.square(Sums.mean(v.get(0), 1)), shape(2, 3)),
        of("expand", v -> Sums.expand(v.get(0), Shape.of(4, 2, 3)), shape(2, 1)),
        of("reshape", v -> Arithmetic.square(Shapes.reshape(v.get(0), 3, -1)), shape(2, 3)));
  }

  private static Stream<Case> activations() {
    Stream<Case> elementwise =
        Stream.of(Activation.values())
            .map(a -> of(a.toString(), v -> Activate.apply(a, v.get(0)), shape(3, 4)));
    return Stream.concat(
        elementwise,
        Stream.of(
            of("softmax", v -> Activate.softmax(v.get(0), 1), shape(2, 3, 2)),
            of("logSoftmax", v -> Activate.logSoftmax(v.get(0), -1), shape(2, 3))));
  }

  private static Stream<Case> products() {
    List<Case> cases = new ArrayList<>();
    for (boolean ta : new boolean[] {false, true}) {
      for (boolean tb : new boolean[] {false, true}) {
        cases.add(
            of(
                "mm " + ta + " " + tb,
                v -> Products.mm(ta, tb, v.get(0), v.get(1)),
                ta ? shape(3, 2) : shape(2, 3),
                tb ? shape(4, 3) : shape(3, 4)));
      }
    }
    cases.add(
        of(
            "linear",
            v -> Products.linear(v.get(0), v.get(1), v.get(2)),
            shape(2, 3, 4),
            shape(5, 4),
            shape(5)));
    cases.add(
        of(
            "linear without bias",
            v -> Products.linear(v.get(0), v.get(1), null),
            shape(3, 4),
            shape(5, 4)));
    return cases.stream();
  }

  private static Stream<Case> images() {
    Conv2dSpec spec = Conv2dSpec.DENSE.withStride(2, 1).withPadding(1, 1);
    Conv2dSpec last = Conv2dSpec.DENSE.withLayout(Layout.NHWC).withPadding(1, 0);
    return Stream.of(
        of(
            "conv2d",
            v -> Convolve.conv2d(spec, v.get(0), v.get(1), v.get(2)),
            shape(2, 2, 4, 3),
            shape(3, 2, 3, 2),
            shape(3)),
        of(
            "conv2d grouped, channels last",
            v -> Convolve.conv2d(last.withGroups(2), v.get(0), v.get(1), v.get(2)),
            shape(2, 3, 3, 4),
            shape(2, 2, 2, 2),
            shape(2)),
        of(
            "conv2d without bias",
            v -> Convolve.conv2d(spec, v.get(0), v.get(1), null),
            shape(1, 2, 3, 3),
            shape(2, 2, 2, 2)),
        of(
            "maxPool2d",
            v -> Convolve.maxPool2d(Pool2dSpec.of(2, 2).withStride(1, 1), v.get(0)),
            shape(2, 2, 4, 3)),
        of(
            "avgPool2d",
            v -> Convolve.avgPool2d(Pool2dSpec.of(2, 2).withPadding(1, 1), v.get(0)),
            shape(2, 2, 4, 3)));
  }

  private static Stream<Case> norms() {
    List<Case> cases = new ArrayList<>();
    for (EpsMode mode : EpsMode.values()) {
      cases.add(norm("layerNorm", NormSpec.layerNorm(3, 2), mode, shape(3, 2), shape(4, 3, 2)));
      cases.add(norm("rmsNorm", NormSpec.rmsNorm(5), mode, shape(5), shape(4, 5)));
      for (Layout layout : Layout.values()) {
        long[] data = layout == Layout.NCHW ? shape(3, 4, 2, 3) : shape(3, 2, 3, 4);
        cases.add(
            norm("groupNorm", NormSpec.groupNorm(2).withLayout(layout), mode, shape(4), data));
        cases.add(
            norm("instanceNorm", NormSpec.instanceNorm().withLayout(layout), mode, shape(4), data));
        cases.add(norm("batchNorm", NormSpec.batchNorm().withLayout(layout), mode, shape(4), data));
      }
    }
    cases.add(
        norm(
            "groupNorm + silu",
            NormSpec.groupNorm(2).withActivation(Activation.SILU),
            EpsMode.INSIDE_SQRT,
            shape(4),
            shape(2, 4, 3)));
    cases.add(
        of(
            "layerNorm alone",
            v -> Normalize.norm(NormSpec.layerNorm(4), v.get(0), null, null),
            shape(3, 4)));
    cases.add(
        of(
            "rmsNorm with weight only",
            v -> Normalize.norm(NormSpec.rmsNorm(4), v.get(0), v.get(1), null),
            shape(3, 4),
            shape(4)));
    cases.add(
        of(
            "batchNorm with bias only",
            v -> Normalize.norm(NormSpec.batchNorm(), v.get(0), null, v.get(1)),
            shape(5, 4),
            shape(4)));
    return cases.stream();
  }

  private static Case norm(String name, NormSpec spec, EpsMode mode, long[] affine, long[] data) {
    NormSpec full = spec.withEps(0.1).withEpsMode(mode);
    return of(
        name + " " + spec.layout() + " " + mode,
        v -> Normalize.norm(full, v.get(0), v.get(1), v.get(2)),
        data,
        affine,
        affine);
  }

  private static Stream<Case> losses() {
    List<Case> cases = new ArrayList<>();
    for (LossReduction reduction : LossReduction.values()) {
      cases.add(
          of(
              "mse " + reduction,
              v -> Loss.mse(reduction, v.get(0), v.get(1)),
              shape(3, 2),
              shape(3, 2)));
      CrossEntropySpec spec = CrossEntropySpec.DEFAULT.withReduction(reduction);
      cases.add(of("crossEntropy " + reduction, v -> classes(spec, v.get(0), false), shape(4, 3)));
      cases.add(
          of(
              "crossEntropy smoothed, weighted, ignoring " + reduction,
              v -> classes(spec.withLabelSmoothing(0.2).withIgnoreIndex(1), v.get(0), true),
              shape(4, 3)));
      cases.add(
          of(
              "crossEntropy of probabilities " + reduction,
              v -> probabilities(spec.withLabelSmoothing(0.1), v.get(0)),
              shape(2, 3, 2)));
    }
    return cases.stream();
  }

  private static Variable classes(CrossEntropySpec spec, Variable logits, boolean weighted) {
    Scope memory = Tape.memory();
    Tensor weight = weighted ? memory.of(new double[] {0.5, 2, 3}) : null;
    return Loss.crossEntropy(spec, logits, memory.of(new long[] {2, 0, 1, 2}), weight);
  }

  private static Variable probabilities(CrossEntropySpec spec, Variable logits) {
    double[] p = {0.1, 0.2, 0.3, 0.3, 0.6, 0.5, 1, 0, 0, 0.5, 0, 0.5};
    return Loss.crossEntropy(spec, logits, Tape.memory().of(p, 2, 3, 2), null);
  }

  private static Stream<Case> frozen() {
    return Stream.of(
        of(
            "frozen batchNorm",
            v ->
                Normalize.frozen(
                    NormSpec.batchNorm(),
                    v.get(0),
                    v.get(1),
                    v.get(2),
                    Tape.memory().of(new double[] {0.5, -1}),
                    Tape.memory().of(new double[] {2, 0.25})),
            shape(3, 2, 2),
            shape(2),
            shape(2)));
  }

  @TestFactory
  Stream<DynamicTest> firstDerivatives() {
    return cases().map(c -> DynamicTest.dynamicTest(c.name(), () -> check(c, false)));
  }

  @TestFactory
  Stream<DynamicTest> secondDerivatives() {
    return cases().map(c -> DynamicTest.dynamicTest(c.name(), () -> check(c, true)));
  }

  private static Stream<Case> cases() {
    return Stream.of(
            arithmetic(), sums(), activations(), products(), images(), norms(), losses(), frozen())
        .flatMap(s -> s);
  }

  private static void check(Case c, boolean second) {
    try (Scope scope = Scope.open()) {
      Tensor[] inputs = new Tensor[c.shapes().size()];
      for (int i = 0; i < inputs.length; i++) {
        inputs[i] = scope.empty(DType.FLOAT64, c.shapes().get(i));
        new RandomStream(SEED, i).fillNormal(inputs[i], c.mean(), 1);
      }
      GradCheck.Result result =
          second
              ? GradCheck.DEFAULT.checkSecond(c.subject(), inputs)
              : GradCheck.DEFAULT.check(c.subject(), inputs);
      assertTrue(result.passed(), () -> "seed " + SEED + ": " + result);
    }
  }
}
