package dev.panorm.bench.study;

import dev.panorm.Generator;
import dev.panorm.bench.study.named.Norm;
import dev.panorm.init.Init;
import dev.panorm.nn.BatchNorm2d;
import dev.panorm.nn.Conv2d;
import dev.panorm.nn.Flatten;
import dev.panorm.nn.GroupNorm;
import dev.panorm.nn.LayerNorm;
import dev.panorm.nn.Linear;
import dev.panorm.nn.MaxPool2d;
import dev.panorm.nn.Module;
import dev.panorm.nn.ReLU;
import dev.panorm.nn.Sequential;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The networks of the study, each with a norm of choice before every ReLU. */
enum Network {
  /** Pixels - 100 - classes. */
  MLP(2e-3) {
    @Override
    Module build(Norm norm, long height, long width, long classes, Generator generator) {
      List<Module> layers = new ArrayList<>(List.of(new Flatten()));
      layers.add(linear(height * width, WIDTH, generator));
      addNorm(layers, norm, WIDTH);
      layers.add(new ReLU());
      layers.add(linear(WIDTH, classes, generator));
      return new Sequential(layers);
    }
  },

  /** Two 3x3 convolutions of 16 and 32 channels, each pooled 2x2, then linear. */
  CNN(2e-3) {
    @Override
    Module build(Norm norm, long height, long width, long classes, Generator generator) {
      List<Module> layers = new ArrayList<>();
      long rows = height;
      long columns = width;
      long in = 1;
      for (long out : new long[] {16, 32}) {
        layers.add(Conv2d.builder(in, out, 3).padding(1).generator(generator).build());
        addNorm(layers, norm, out, rows, columns);
        layers.add(new ReLU());
        layers.add(new MaxPool2d(2));
        rows /= 2;
        columns /= 2;
        in = out;
      }
      layers.add(new Flatten());
      layers.add(linear(in * rows * columns, classes, generator));
      return new Sequential(layers);
    }
  },

  /**
   * Twenty linear layers, 100 wide, whose weights are drawn with variance 1/(4n), an eighth of what
   * keeps the activations of a ReLU network alive.
   */
  DEEP(1e-3) {
    @Override
    Module build(Norm norm, long height, long width, long classes, Generator generator) {
      List<Module> layers = new ArrayList<>(List.of(new Flatten()));
      long in = height * width;
      for (int i = 1; i < DEPTH; i++) {
        layers.add(scaled(linear(in, WIDTH, generator), generator));
        addNorm(layers, norm, WIDTH);
        layers.add(new ReLU());
        in = WIDTH;
      }
      layers.add(scaled(linear(in, classes, generator), generator));
      return new Sequential(layers);
    }
  };

  private static final long WIDTH = 100;
  private static final int DEPTH = 20;
  private static final double DEEP_VARIANCE = 0.25;
  private static final long IMAGE_GROUPS = 4;

  private final double learningRate;

  Network(double learningRate) {
    this.learningRate = learningRate;
  }

  /** Returns the learning rate of Adam that all norms learn well with. */
  double learningRate() {
    return learningRate;
  }

  /** Builds the network for grey images. */
  abstract Module build(Norm norm, long height, long width, long classes, Generator generator);

  /** Returns the name as users write it: {@code mlp}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }

  private static Linear linear(long in, long out, Generator generator) {
    return new Linear(in, out, true, generator);
  }

  private static Linear scaled(Linear linear, Generator generator) {
    Init.scaledNormal(linear.weight().value(), DEEP_VARIANCE, generator.next());
    return linear;
  }

  /** Adds the norm for rows of features, or for images where their height and width are given. */
  private static void addNorm(List<Module> layers, Norm norm, long channels, long... size) {
    if (size.length == 0) {
      layers.add(norm.ofRows(channels));
      return;
    }
    switch (norm) {
      case NONE -> {}
      case BATCH -> layers.add(new BatchNorm2d(channels));
      case LAYER -> layers.add(new LayerNorm(channels, size[0], size[1]));
      case GROUP -> layers.add(new GroupNorm(IMAGE_GROUPS, channels));
    }
  }
}
