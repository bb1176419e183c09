package dev.panorm.optim;

import dev.panorm.nn.Parameter;
import dev.panorm.nn.Parameter.Role;
import java.util.ArrayList;
import java.util.List;

/**
 * Parameters that an optimizer treats alike.
 *
 * @param parameters the parameters
 * @param learningRateFactor what the optimizer's learning rate is multiplied with for them
 * @param weightDecayFactor what the optimizer's weight decay is multiplied with for them; 0 is none
 */
public record ParameterGroup(
    List<Parameter> parameters, double learningRateFactor, double weightDecayFactor) {

  /** Copies the list. */
  public ParameterGroup {
    parameters = List.copyOf(parameters);
  }

  /** Returns one group of parameters that are all treated as the optimizer says. */
  public static List<ParameterGroup> of(List<Parameter> parameters) {
    return List.of(new ParameterGroup(parameters, 1, 1));
  }

  /**
   * Returns two groups: weights of linear maps and convolutions, which decay, and biases and the
   * scales and shifts of norms, which do not.
   */
  public static List<ParameterGroup> decayWeightsOnly(List<Parameter> parameters) {
    List<Parameter> weights = new ArrayList<>();
    List<Parameter> others = new ArrayList<>();
    for (Parameter parameter : parameters) {
      (parameter.role() == Role.WEIGHT ? weights : others).add(parameter);
    }
    return List.of(new ParameterGroup(weights, 1, 1), new ParameterGroup(others, 1, 0));
  }
}
