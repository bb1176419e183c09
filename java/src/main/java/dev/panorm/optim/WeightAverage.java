package dev.panorm.optim;

import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.nn.Parameter;
import dev.panorm.ops.Elementwise;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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

  /**
   * Returns the averages by the numbers of their parameters; the tensors are the object's own
   * memory, not copies. Between two calls of {@link #swap} they hold the parameters' own values.
   */
  public Map<String, Tensor> stateDict() {
    Map<String, Tensor> saved = new LinkedHashMap<>();
    for (int i = 0; i < averages.size(); i++) {
      saved.put(Integer.toString(i), averages.get(i));
    }
    return saved;
  }

  /**
   * Takes over a state from {@link #stateDict}, by copies, and goes on from there to the same bits.
   *
   * @throws IllegalArgumentException if a name is missing or unknown, or a shape or a type does not
   *     fit; nothing changes then
   */
  public void loadStateDict(Map<String, Tensor> saved) {
    try (Scope reading = Scope.open()) {
      StateReader reader = new StateReader("average", saved);
      List<Tensor> read = new ArrayList<>();
      for (int i = 0; i < averages.size(); i++) {
        Tensor tensor = reading.emptyLike(averages.get(i));
        reader.read(Integer.toString(i), tensor);
        read.add(tensor);
      }
      reader.end();
      for (int i = 0; i < averages.size(); i++) {
        averages.get(i).copyFrom(read.get(i));
      }
    }
  }

  /** Gives the memory back. */
  @Override
  public void close() {
    scope.close();
  }
}
