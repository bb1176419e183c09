package dev.panorm.bench.jmh;

import dev.panorm.DType;
import dev.panorm.Generator;
import dev.panorm.RandomStream;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import dev.panorm.nn.BatchNorm1d;
import dev.panorm.nn.BatchNorm2d;
import dev.panorm.nn.Conv2d;
import dev.panorm.nn.Flatten;
import dev.panorm.nn.GroupNorm;
import dev.panorm.nn.Linear;
import dev.panorm.nn.MaxPool2d;
import dev.panorm.nn.Module;
import dev.panorm.nn.ReLU;
import dev.panorm.nn.Sequential;
import dev.panorm.optim.Optimizer;
import dev.panorm.optim.Sgd;
import dev.panorm.train.Criterion;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Whole training steps, forward, backward and SGD with momentum 0.9, on one batch of random data:
 * an MLP 784-1024-1024-10 with batches of 128, and four 3x3 convolutions 3-32-32-pool-64-64-pool-10
 * on 32x32 images with batches of 64.
 */
@State(org.openjdk.jmh.annotations.Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class TrainBench {

  private static final long SEED = 20_251_126;
  private static final long CLASSES = 10;
  private static final long WIDTH = 1024;
  private static final long GROUPS = 8;
  private static final int QUARTER = 8;

  private final Scope scope = Scope.open();
  private final Criterion criterion = Criterion.crossEntropy();

  @Param({"mlp batch", "cnn batch", "cnn group"})
  private String network;

  private Module module;
  private Optimizer optimizer;
  private Tensor inputs;
  private Tensor classes;

  /** Called by JMH. */
  public TrainBench() {}

  /** Builds the network and draws a batch. */
  @Setup
  public void prepare() {
    boolean mlp = network.startsWith("mlp");
    long samples = mlp ? 128 : 64;
    inputs =
        mlp
            ? scope.empty(DType.FLOAT32, samples, 784)
            : scope.empty(DType.FLOAT32, samples, 3, 32, 32);
    new RandomStream(SEED, 1).fillNormal(inputs, 0, 1);
    classes = scope.empty(DType.INT64, samples);
    classes.fill(i -> i % CLASSES);
    Generator generator = new Generator(SEED);
    module = mlp ? mlp(generator) : cnn(network.endsWith("group"), generator);
    optimizer = Sgd.builder(module.parameters()).learningRate(1e-3).momentum(0.9).build();
  }

  private static Module mlp(Generator generator) {
    return new Sequential(
        new Linear(784, WIDTH, true, generator),
        new BatchNorm1d(WIDTH),
        new ReLU(),
        new Linear(WIDTH, WIDTH, true, generator),
        new BatchNorm1d(WIDTH),
        new ReLU(),
        new Linear(WIDTH, CLASSES, true, generator));
  }

  private static Module cnn(boolean groups, Generator generator) {
    List<Module> layers = new ArrayList<>();
    long in = 3;
    for (long out : new long[] {32, 32, 64, 64}) {
      layers.add(Conv2d.builder(in, out, 3).padding(1).generator(generator).build());
      layers.add(groups ? new GroupNorm(GROUPS, out) : new BatchNorm2d(out));
      layers.add(new ReLU());
      if (in == out) {
        layers.add(new MaxPool2d(2));
      }
      in = out;
    }
    layers.add(new Flatten());
    layers.add(new Linear(in * QUARTER * QUARTER, CLASSES, true, generator));
    return new Sequential(layers);
  }

  /** One step; returns the loss, so that nothing of it can be left out. */
  @Benchmark
  public double step() {
    try (Tape _ = Tape.open()) {
      optimizer.zeroGrad();
      Variable loss = criterion.loss(module.forward(Variable.of(inputs)), classes);
      loss.backward();
      optimizer.step();
      return loss.item();
    }
  }

  /** Gives the memory back. */
  @TearDown
  public void close() {
    optimizer.close();
    module.close();
    scope.close();
  }
}
