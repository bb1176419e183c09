package dev.panorm.bench.study.named;

import dev.panorm.Generator;
import dev.panorm.data.Dataset;
import dev.panorm.init.Init;
import dev.panorm.nn.Flatten;
import dev.panorm.nn.Linear;
import dev.panorm.nn.Module;
import dev.panorm.nn.ReLU;
import dev.panorm.nn.Sequential;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * A multilayer perceptron to experiment with: hidden layers of one width, each linear, norm and
 * activation, and a linear layer to the classes where there are some.
 */
final class Mlp {

  private final long in;
  private final long classes;
  private final int depth;
  private final long width;
  private Norm norm = Norm.NONE;
  private boolean normLast;
  private double variance = Double.NaN;
  private Supplier<Module> activation = ReLU::new;

  private Mlp(long in, int depth, long width, long classes) {
    this.in = in;
    this.depth = depth;
    this.width = width;
    this.classes = classes;
  }

  /** A network from the data's pixels to its classes. */
  static Mlp of(Dataset data, int depth, long width) {
    return new Mlp(data.inputs().elements() / data.size(), depth, width, data.classes());
  }

  /** Hidden layers alone, each of as many units as there are inputs. */
  static Mlp hidden(int depth, long width) {
    return new Mlp(width, depth, width, 0);
  }

  /** Sets the norm between each linear layer and its activation; none unless set. */
  Mlp norm(Norm value) {
    norm = value;
    return this;
  }

  /** Puts the norm behind the activation, or not. */
  Mlp normLast(boolean value) {
    normLast = value;
    return this;
  }

  /** Draws weights from N(0, c / n) and leaves out the biases; else both are PyTorch's. */
  Mlp variance(double c) {
    variance = c;
    return this;
  }

  /** Sets the activation with what else follows it; ReLU unless set. */
  Mlp activation(Supplier<Module> value) {
    activation = value;
    return this;
  }

  /** Builds it; the same seed gives the same weights, whatever the norm. */
  Sequential build(long seed) {
    Generator generator = new Generator(seed);
    List<Module> modules = new ArrayList<>(List.of(new Flatten()));
    long from = in;
    for (int layer = 0; layer < depth; layer++) {
      modules.add(linear(from, width, generator));
      Module norming = norm.ofRows(width);
      modules.addAll(
          normLast ? List.of(activation.get(), norming) : List.of(norming, activation.get()));
      from = width;
    }
    if (classes > 0) {
      modules.add(linear(from, classes, generator));
    }
    return new Sequential(modules);
  }

  private Linear linear(long from, long to, Generator generator) {
    Linear linear = new Linear(from, to, Double.isNaN(variance), generator);
    if (!Double.isNaN(variance)) {
      Init.scaledNormal(linear.weight().value(), variance, generator.next());
    }
    return linear;
  }
}
