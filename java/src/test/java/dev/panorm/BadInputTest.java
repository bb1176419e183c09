package dev.panorm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import dev.panorm.backend.DropPlan;
import dev.panorm.data.Batches;
import dev.panorm.data.Dataset;
import dev.panorm.data.GeneratedImages;
import dev.panorm.data.RandomCrop;
import dev.panorm.init.Init;
import dev.panorm.nn.BatchNorm1d;
import dev.panorm.nn.BatchNorm2d;
import dev.panorm.nn.BatchNormPerActivation;
import dev.panorm.nn.ChannelMoments;
import dev.panorm.nn.Conv2d;
import dev.panorm.nn.DropPath;
import dev.panorm.nn.Flatten;
import dev.panorm.nn.GhostBatchNorm;
import dev.panorm.nn.InstanceNorm1d;
import dev.panorm.nn.LayerNormOverAxes;
import dev.panorm.nn.Linear;
import dev.panorm.nn.LocalResponseNorm;
import dev.panorm.nn.MaskedBatchNorm;
import dev.panorm.nn.Module;
import dev.panorm.nn.RecurrentBatchNorm;
import dev.panorm.ops.Copies;
import dev.panorm.ops.Dropout;
import dev.panorm.ops.LinearAlgebra;
import dev.panorm.ops.NormSpec;
import dev.panorm.ops.Reductions;
import dev.panorm.optim.LrSchedule;
import dev.panorm.optim.Sgd;
import dev.panorm.regularize.Constraint;
import dev.panorm.regularize.CountDropout;
import dev.panorm.regularize.DropConnect;
import dev.panorm.regularize.Penalty;
import dev.panorm.train.BatchNormStatistics;
import dev.panorm.train.Criterion;
import dev.panorm.train.EarlyStopping;
import dev.panorm.train.EarlyStopping.EpochLosses;
import dev.panorm.train.EarlyStopping.Outcome;
import dev.panorm.train.Grid;
import dev.panorm.train.Sharpness;
import dev.panorm.train.Trainer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.Executable;

/** What no other test refuses: one sentence with argument, what came and what was expected. */
final class BadInputTest {

  private static final RandomStream STREAM = new RandomStream(1, 1);

  private record Case(String message, Executable call) {}

  private static Tensor ones(long... dims) {
    return Tape.memory().ones(DType.FLOAT32, dims);
  }

  private static Variable input(long... dims) {
    return Variable.of(ones(dims));
  }

  private static Case of(String message, Executable call) {
    return new Case(message, call);
  }

  @TestFactory
  Stream<DynamicTest> options() {
    return tests(
        of(
            "generatedImages: train is 0, expected 1 or more",
            () -> GeneratedImages.split(0, 1, 1, Tape.memory())),
        of(
            "generatedImages: test is 0, expected 1 or more",
            () -> GeneratedImages.split(1, 0, 1, Tape.memory())),
        of("RandomCrop: width is 0, expected 1 or more", () -> new RandomCrop(1, 0, 0)),
        of(
            "uniform: low is 2.0, expected at most high 1.0",
            () -> Init.uniform(ones(2), 2, 1, STREAM)),
        of(
            "batchNormPerActivation: numFeatures is 5, expected the elements of [2, 3]",
            () -> new BatchNormPerActivation(Shape.of(2, 3), new BatchNorm1d(5))),
        of("conv2d: inChannels is 0, expected 1 or more", () -> Conv2d.builder(0, 1, 3).build()),
        of("conv2d: outChannels is 0, expected 1 or more", () -> Conv2d.builder(1, 0, 3).build()),
        of("conv2d: kernel is 0 x 0, expected 1 or more", () -> Conv2d.builder(1, 1, 0).build()),
        of("linear: outFeatures is 0, expected 1 or more", () -> new Linear(1, 0)),
        of(
            "ghostBatchNorm: virtualBatch is 0, expected 1 or more",
            () -> new GhostBatchNorm(new BatchNorm1d(1), 0)),
        of(
            "ghostBatchNorm: layout is NHWC, expected NCHW",
            () -> new GhostBatchNorm(BatchNorm2d.builder(1).layout(Layout.NHWC).build(), 2)),
        of(
            "recurrentBatchNorm: mostSteps is 0, expected 1 or more",
            () -> new RecurrentBatchNorm(1, 0)),
        of("instanceNorm1d: numFeatures is 0, expected 1 or more", () -> InstanceNorm1d.builder(0)),
        of(
            "instanceNorm: momentum is NaN, expected 0 to 1",
            () -> InstanceNorm1d.builder(1).momentum(Double.NaN)),
        of("layerNormOverAxes: axes is none, expected one or more", LayerNormOverAxes::builder),
        of(
            "layerNormOverAxes: eps is NaN, expected 0 or more",
            () -> LayerNormOverAxes.builder(1).eps(Double.NaN)),
        of("localResponseNorm: size is 0, expected 1 or more", () -> new LocalResponseNorm(0)),
        of(
            "layerNorm: normalizedShape is [], expected at least one dimension",
            NormSpec::layerNorm),
        of("countDropout: p is NaN, expected a probability", () -> new CountDropout(Double.NaN)),
        of("dropConnect: p is 1.5, expected a probability", () -> new DropConnect(1.5)),
        of("regularize: std is 0.0, expected above 0", () -> Penalty.gaussianPrior(0)));
  }

  @TestFactory
  Stream<DynamicTest> training() {
    Outcome outcome = new Outcome(1, 1, new EpochLosses(1, 1));
    return tests(
        of("schedule: steps is 0, expected 1 or more", () -> LrSchedule.cosine(0, 0)),
        of(
            "schedule: rise is 1.0, expected above 0 and below 1",
            () -> LrSchedule.oneCycle(10, 1, 25, 1e4)),
        of(
            "sgd: dampening is NaN, expected a finite number",
            () -> Sgd.builder(List.of()).dampening(Double.NaN)),
        of(
            "constraint: shape is [], expected rows",
            () -> Constraint.unitNorm().project(List.of(input()))),
        of(
            "earlyStopping: maxEpochs is -1, expected 0 or more",
            () -> new EarlyStopping(1, 0).train(new Flatten(), -1, epoch -> outcome.best())),
        of(
            "earlyStopping: maxEpochs is -1, expected 0 or more",
            () -> EarlyStopping.continueTraining(outcome, -1, epoch -> 1)),
        of(
            "grid: axes is 2147483648 cells, expected below 2^31",
            () ->
                new Grid(
                    1,
                    IntStream.range(0, 31)
                        .mapToObj(i -> new Grid.Axis("a" + i, List.of("0", "1")))
                        .toList())),
        of(
            "batchNormStatistics: data is empty, expected one sample or more",
            () ->
                BatchNormStatistics.pooled(
                    new BatchNorm1d(2),
                    new Dataset(ones(0, 2), Tape.memory().zeros(DType.INT64, 0), 2),
                    2)));
  }

  @TestFactory
  Stream<DynamicTest> shapes() {
    ChannelMoments two = ChannelMoments.none(2);
    return tests(
        of(
            "channelMoments: mask's shape is [5], expected an element for each position",
            () -> ChannelMoments.of(ones(2, 3, 4), ones(5), Layout.NCHW)),
        of(
            "channelMoments: x's shape is [3], expected 2 dimensions or more",
            () -> ChannelMoments.of(ones(3), Layout.NCHW)),
        of("channelMoments: numbers is 2, expected an odd count", () -> ChannelMoments.of(1, 2)),
        of("channelMoments: count is 0.5, expected 0 or more", () -> ChannelMoments.of(0.5, 1, 2)),
        of("merge: channels is 3, expected 2", () -> two.merge(ChannelMoments.none(3))),
        of(
            "transpose: x's shape is [2], expected two dimensions or more",
            () -> Copies.transpose(ones(2), ones(2))),
        of(
            "permute: order is 1, expected 2 numbers",
            () -> Copies.permute(ones(2, 3), new int[] {0}, ones(2, 3))),
        of(
            "expand: y's shape is [2, 3], expected one that x's [2, 1, 1] broadcasts to",
            () -> Copies.expand(ones(2, 1, 1), ones(2, 3))),
        of(
            "concat: a part's shape is [1, 2], expected y's [2, 3] but for 0",
            () -> Copies.concat(new Tensor[] {ones(1, 2)}, ones(2, 3))),
        of(
            "concat: y's shape is [2, 3], expected 1 rows",
            () -> Copies.concat(new Tensor[] {ones(1, 3)}, ones(2, 3))),
        of(
            "dropout: drop is NaN, expected 0 to 1",
            () -> Dropout.apply(new DropPlan(1, Double.NaN, 1, 0, 0, 0), STREAM, ones(2), ones(2))),
        of(
            "mm: a's shape is [2], expected a matrix",
            () -> LinearAlgebra.mm(false, false, ones(2), ones(2, 2), ones(2, 2))),
        of(
            "argmax: x's shape is [2, 0], expected one element or more there",
            () -> Reductions.argmax(ones(2, 0), 1, Tape.memory().zeros(DType.INT64, 2))),
        of(
            "countDropout: z's shape is [], expected [..., features]",
            () -> new CountDropout(0.5).train(input(), STREAM)),
        of(
            "dropConnect: samples is 0, expected 1 or more",
            () ->
                new DropConnect(0.5)
                    .gaussianInference(
                        input(1, 2), input(1, 2), null, 0, z -> z, new Generator(1))));
  }

  @TestFactory
  Stream<DynamicTest> modules() {
    return Stream.of(
            refused(
                "dropPath: x's shape is [], expected 1 dimension or more",
                new DropPath(0.5, new Generator(1))),
            refused("flatten: x's shape is [], expected 1 dimension or more", new Flatten()),
            refused(
                "ghostBatchNorm: x's shape is [2, 1], expected two values or more per channel",
                new GhostBatchNorm(new BatchNorm1d(1), 1),
                2,
                1),
            refused(
                "localResponseNorm: x's shape is [2, 3], expected 3 dimensions or more",
                new LocalResponseNorm(3),
                2,
                3),
            refused(
                "batchNorm1d: x has 3 channels in shape [2, 3], expected 2",
                new RecurrentBatchNorm(2, 1),
                2,
                3))
        .map(BadInputTest::test);
  }

  /** The module refuses ones of this shape, and its state stays as it is. */
  private static Case refused(String message, Module module, long... dims) {
    return of(
        message,
        () -> {
          List<List<Double>> before = state(module);
          try {
            module.forward(input(dims));
          } finally {
            assertEquals(before, state(module));
          }
        });
  }

  private static List<List<Double>> state(Module module) {
    return module.stateDict().values().stream()
        .map(tensor -> Arrays.stream(tensor.toDoubleArray()).boxed().toList())
        .toList();
  }

  @Test
  void aMaskThatDoesNotFitChangesNothing() {
    try (MaskedBatchNorm norm = new MaskedBatchNorm(new BatchNorm1d(3));
        Tape _ = Tape.open()) {
      for (Case one :
          List.of(
              of(
                  "maskedBatchNorm: x's shape is [3], expected 2 dimensions or more",
                  () -> norm.forward(input(3), ones(3))),
              of(
                  "maskedBatchNorm: x's shape is [2, 4, 5], expected 3 channels",
                  () -> norm.forward(input(2, 4, 5), ones(2, 5))))) {
        assertMessage(one);
      }
      assertEquals(0, norm.norm().numBatchesTracked());
    }
  }

  @Test
  void sharpnessAndTrainingNeedAPositiveNumber() {
    try (Linear linear = new Linear(1, 1);
        Sgd sgd = Sgd.of(linear.parameters(), 1);
        Tape _ = Tape.open()) {
      Trainer trainer = new Trainer(linear, sgd, Criterion.crossEntropy());
      Dataset data = new Dataset(ones(1, 1), Tape.memory().zeros(DType.INT64, 1), 1);
      assertMessage(
          of(
              "fit: epochs is -1, expected 0 or more",
              () -> trainer.fit(Batches.inOrder(data, 1), -1)));
      assertMessage(
          of(
              "sharpness: iterations is 0, expected 1 or more",
              () -> Sharpness.of(() -> linear.weight(), linear.parameters(), 0, new Generator(1))));
    }
  }

  private static Stream<DynamicTest> tests(Case... cases) {
    return Stream.of(cases).map(BadInputTest::test);
  }

  private static DynamicTest test(Case one) {
    return DynamicTest.dynamicTest(
        one.message(),
        () -> {
          try (Tape _ = Tape.open()) {
            assertMessage(one);
          }
        });
  }

  private static void assertMessage(Case one) {
    IllegalArgumentException thrown =
        assertThrows(IllegalArgumentException.class, one.call(), one.message());
    String message = String.valueOf(thrown.getMessage());
    assertEquals(
        one.message(),
        message.substring(0, Math.min(message.length(), one.message().length())),
        message);
  }
}
