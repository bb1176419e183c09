package dev.panorm.bench.task;

import dev.panorm.DType;
import dev.panorm.Generator;
import dev.panorm.RandomStream;
import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.nn.BatchNorm1d;
import dev.panorm.nn.BatchNorm2d;
import dev.panorm.nn.Conv2d;
import dev.panorm.nn.GroupNorm;
import dev.panorm.nn.MaxPool2d;
import dev.panorm.nn.Module;
import dev.panorm.nn.Parameter;
import dev.panorm.nn.ReLU;
import dev.panorm.nn.Sequential;
import java.util.ArrayList;
import java.util.List;

/**
 * Whole training steps on one batch: forward, cross entropy, backward, SGD with momentum.
 *
 * @param name of the network
 * @param layers its layers
 * @param inputs shape of a batch
 */
public record StepCase(String name, List<Layer> layers, Shape inputs) implements Case {

  /** What the optimizers of all libraries are given. */
  public static final double LEARNING_RATE = 1e-2;

  /** What the optimizers of all libraries are given. */
  public static final double MOMENTUM = 0.9;

  private static final long SEED = 20_251_126;
  private static final long CLASSES = 10;
  private static final long WIDTH = 1024;
  private static final long PIXELS = 784;
  private static final long GROUPS = 8;

  /**
   * The step. Every contender starts from the same parameters and trains copies of them.
   *
   * @param network which
   * @param inputs one batch
   * @param classes int64 classes of its samples
   * @param start the parameters at the start, in the order of layers, weight before bias
   * @param loss receives the loss of the last step
   */
  public record Step(
      StepCase network, Tensor inputs, Tensor classes, List<Tensor> start, Tensor loss)
      implements Task {

    @Override
    public String op() {
      return network.name;
    }

    @Override
    public String direction() {
      return "step";
    }

    @Override
    public String layout() {
      return inputs.shape().rank() > 2 ? "nchw" : "nc";
    }

    @Override
    public String shape() {
      StringBuilder text = new StringBuilder();
      for (long dim : inputs.shape().dims()) {
        text.append(text.isEmpty() ? "" : "x").append(dim);
      }
      return text.toString();
    }

    @Override
    public List<Tensor> results() {
      return List.of(loss);
    }

    /** The third loss depends on the gradients of the first two steps. */
    @Override
    public int runs() {
      return 3;
    }

    @Override
    public String judge() {
      return "auto";
    }
  }

  /** Returns the networks that are measured. */
  public static List<Case> all() {
    Shape images = Shape.of(64, 3, 32, 32);
    return List.of(
        new StepCase("mlp_batch_norm", mlp(), Shape.of(128, PIXELS)),
        new StepCase("cnn_batch_norm", cnn(false), images),
        new StepCase("cnn_group_norm", cnn(true), images));
  }

  private static List<Layer> mlp() {
    return List.of(
        new Layer.Linear(PIXELS, WIDTH),
        new Layer.Batch(WIDTH, false),
        new Layer.Relu(),
        new Layer.Linear(WIDTH, WIDTH),
        new Layer.Batch(WIDTH, false),
        new Layer.Relu(),
        new Layer.Linear(WIDTH, CLASSES));
  }

  private static List<Layer> cnn(boolean groups) {
    List<Layer> layers = new ArrayList<>();
    long in = 3;
    for (long out : new long[] {32, 32, 64, 64}) {
      layers.add(new Layer.Convolution(in, out));
      layers.add(groups ? new Layer.Group(GROUPS, out) : new Layer.Batch(out, true));
      layers.add(new Layer.Relu());
      if (in == out) {
        layers.add(new Layer.Pool());
      }
      in = out;
    }
    layers.add(new Layer.Flat());
    layers.add(new Layer.Linear(in * 8 * 8, CLASSES));
    return layers;
  }

  /** Builds the network with parameters of its own. */
  public Module module() {
    Generator generator = new Generator(SEED);
    return new Sequential(layers.stream().map(layer -> module(layer, generator)).toList());
  }

  private static Module module(Layer layer, Generator generator) {
    return switch (layer) {
      case Layer.Linear l -> new dev.panorm.nn.Linear(l.in(), l.out(), true, generator);
      case Layer.Convolution c ->
          Conv2d.builder(c.in(), c.out(), 3).padding(1).generator(generator).build();
      case Layer.Batch b ->
          b.images() ? new BatchNorm2d(b.channels()) : new BatchNorm1d(b.channels());
      case Layer.Group g -> new GroupNorm(g.groups(), g.channels());
      case Layer.Relu _ -> new ReLU();
      case Layer.Pool _ -> new MaxPool2d(2);
      case Layer.Flat _ -> new dev.panorm.nn.Flatten();
    };
  }

  @Override
  public List<Step> open(Scope scope) {
    Tensor batch = scope.empty(DType.FLOAT32, inputs);
    new RandomStream(SEED, 1).fillNormal(batch, 0, 1);
    Tensor classes = scope.empty(DType.INT64, inputs.dim(0));
    classes.fill(i -> i % CLASSES);
    List<Tensor> start = new ArrayList<>();
    try (Module module = module()) {
      for (Parameter parameter : module.parameters()) {
        start.add(scope.copyOf(parameter.value()));
      }
    }
    return List.of(new Step(this, batch, classes, start, scope.zeros(DType.FLOAT32, 1)));
  }

  @Override
  public String toString() {
    return name;
  }
}
