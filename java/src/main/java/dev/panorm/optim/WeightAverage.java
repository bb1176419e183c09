package dev.panorm.optim;

import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.nn.Parameter;
import dev.panorm.ops.Elementwise;
import java.util.ArrayList;
import java.util.List;

/**
 * The exponential moving average of parameters: average := decay · average + (1 − decay) · value
 * after each step, beginning with the values (Polyak and Juditsky 1992 for the idea). Running
 * statistics of norms are not part of it.
 *
 * {@snippet :
 * optimizer.step();
 * average.update();
 * ...
 * average.swap(); // the network has the average now
 * Evaluation.of(network, ...);
 * average.swap(); // and its own weights again
 * }
 */
public final class WeightAverage implements AutoCloseable {

  /** PyTorch's and Keras's usual decay. */
  public static final double DEFAULT_DECAY = 0.999;

  private final Scope scope = Scope.open();
  private final List<Parameter> parameters;
  private final List<Tensor> averages = new ArrayList<>();
  private final double decay;

  /**
   * Creates the average, which is the present values at first.
   *
   * @param decay share of the old average that stays, 0 or more and below 1
   */
  public WeightAverage(List<Parameter> parameters, double decay) {
    this.decay = Optimizer.share("average", "decay", decay);
    this.parameters = List.copyOf(parameters);
    for (Parameter parameter : parameters) {
      averages.add(scope.copyOf(parameter.value()));
    }
  }

  /** Takes in the present values. */
  public void update() {
    for (int i = 0; i < averages.size(); i++) {
      Elementwise.lerp(1 - decay, parameters.get(i).value(), averages.get(i));
    }
  }

  /** Exchanges the parameters' values and their averages. */
  public void swap() {
    for (int i = 0; i < averages.size(); i++) {
      try (Scope exchange = Scope.open()) {
        Tensor value = parameters.get(i).value();
        Tensor held = exchange.copyOf(value);
        value.copyFrom(averages.get(i));
        averages.get(i).copyFrom(held);
      }
    }
  }

  /** Gives the memory back. */
  @Override
  public void close() {
    scope.close();
  }
}
