package dev.panorm.peers;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.pooling.Pool;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import dev.panorm.Tensor;
import dev.panorm.bench.compare.Call;
import dev.panorm.bench.compare.UnavailableException;
import dev.panorm.bench.task.Layer;
import dev.panorm.bench.task.StepCase;
import java.nio.FloatBuffer;
import java.util.Iterator;

/** A training step as a user of DJL writes it, with its blocks and its trainer. */
final class DjlStep implements Call {

  private static final float EPS = 1e-5f;
  private static final float BATCH_MOMENTUM = 0.9f;
  private static final Shape TWO = new Shape(2, 2);

  private final StepCase.Step task;
  private final Model model = Model.newInstance("bench", Djl.ENGINE);
  private final Trainer trainer;
  private final NDArray inputs;
  private final NDArray classes;

  DjlStep(StepCase.Step task) {
    this.task = task;
    SequentialBlock block = new SequentialBlock();
    task.network().layers().forEach(layer -> block.add(block(layer)));
    model.setBlock(block);
    trainer =
        model.newTrainer(
            new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
                .optOptimizer(
                    Optimizer.sgd()
                        .setLearningRateTracker(Tracker.fixed((float) StepCase.LEARNING_RATE))
                        .optMomentum((float) StepCase.MOMENTUM)
                        .build()));
    NDManager memory = trainer.getManager();
    inputs = memory.create(new Shape(task.inputs().shape().dims()), DataType.FLOAT32);
    inputs.set(FloatBuffer.wrap(task.inputs().toFloatArray()));
    classes = memory.create(task.classes().toLongArray());
    trainer.initialize(inputs.getShape());
    Iterator<Tensor> starts = task.start().iterator();
    for (Parameter parameter : block.getParameters().values()) {
      if (parameter.requiresGradient()) {
        parameter.getArray().set(FloatBuffer.wrap(starts.next().toFloatArray()));
      }
    }
  }

  private static Block block(Layer layer) {
    return switch (layer) {
      case Layer.Linear l -> Linear.builder().setUnits(l.out()).build();
      case Layer.Convolution c ->
          Conv2d.builder()
              .setKernelShape(new Shape(3, 3))
              .optPadding(new Shape(1, 1))
              .setFilters(Math.toIntExact(c.out()))
              .build();
      case Layer.Batch _ -> BatchNorm.builder().optEpsilon(EPS).optMomentum(BATCH_MOMENTUM).build();
      case Layer.Group _ -> throw new UnavailableException("it has no group norm");
      case Layer.Relu _ -> Activation.reluBlock();
      case Layer.Pool _ -> Pool.maxPool2dBlock(TWO, TWO);
      case Layer.Flat _ -> Blocks.batchFlattenBlock();
    };
  }

  @Override
  public String backend() {
    return "autograd";
  }

  @Override
  public void run() {
    try (NDManager step = trainer.getManager().newSubManager();
        GradientCollector collector = trainer.newGradientCollector()) {
      NDList batch = new NDList(inputs);
      NDList output = trainer.forward(batch, new NDList(classes));
      output.attach(step);
      NDArray loss = trainer.getLoss().evaluate(new NDList(classes), output);
      loss.attach(step);
      collector.backward(loss);
      task.loss().fill(loss.getFloat());
    }
    trainer.step();
  }

  @Override
  public void close() {
    trainer.close();
    model.close();
  }
}
