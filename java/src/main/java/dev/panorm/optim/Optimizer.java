package dev.panorm.optim;

import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.internal.check.Check;
import dev.panorm.nn.Parameter;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/**
 * Moves parameters against their gradients. It owns the memory of its own state until it is closed;
 * state is made at a parameter's first step, so that later steps take no fresh memory. An optimizer
 * belongs to one thread at a time.
 */
public abstract class Optimizer implements AutoCloseable {

  private final String name;
  private final List<ParameterGroup> groups;
  private final IdentityHashMap<Parameter, State> states = new IdentityHashMap<>();
  private final Scope scope = Scope.open();
  private double learningRate;

  /**
   * Creates the optimizer.
   *
   * @param name for messages
   * @throws IllegalArgumentException if there are no parameters, or one comes twice
   */
  Optimizer(String name, List<ParameterGroup> groups, double learningRate) {
    this.name = name;
    this.groups = List.copyOf(groups);
    Set<Parameter> seen = new HashSet<>();
    for (ParameterGroup group : groups) {
      for (Parameter parameter : group.parameters()) {
        Check.that(seen.add(parameter), name, "parameters", "twice " + parameter, "each once");
      }
    }
    Check.that(!seen.isEmpty(), name, "parameters", "empty", "one parameter or more");
    this.learningRate = checkRate(learningRate);
  }

  /** Returns the learning rate. */
  public final double learningRate() {
    return learningRate;
  }

  /** Sets the learning rate from the next step on, 0 or more. */
  public final void setLearningRate(double rate) {
    learningRate = checkRate(rate);
  }

  /** Returns the groups. */
  public final List<ParameterGroup> groups() {
    return groups;
  }

  /** Forgets the gradients of all parameters. */
  public final void zeroGrad() {
    for (ParameterGroup group : groups) {
      group.parameters().forEach(Parameter::zeroGrad);
    }
  }

  /** Updates every parameter that has a gradient. */
  public final void step() {
    for (ParameterGroup group : groups) {
      for (Parameter parameter : group.parameters()) {
        Tensor gradient = parameter.grad();
        if (gradient != null) {
          State state = states.computeIfAbsent(parameter, p -> newState(scope, p.value()));
          update(
              parameter.value(),
              gradient,
              state,
              learningRate * group.learningRateFactor(),
              group.weightDecayFactor());
          state.countStep();
        }
      }
    }
  }

  /** Returns the state of a parameter before its first step. */
  abstract State newState(Scope memory, Tensor parameter);

  /**
   * Updates one parameter and its state.
   *
   * @param rate learning rate of its group
   * @param decayFactor factor of its group for the weight decay
   */
  abstract void update(
      Tensor parameter, Tensor gradient, State state, double rate, double decayFactor);

  /** Gives the memory of the state back. */
  @Override
  public final void close() {
    scope.close();
  }

  private double checkRate(double rate) {
    return notNegative(name, "learningRate", rate);
  }

  static double notNegative(String optimizer, String argument, double value) {
    Check.that(
        value >= 0 && value < Double.POSITIVE_INFINITY, optimizer, argument, value, "0 or more");
    return value;
  }

  /** A share of an old value that stays: 0 to below 1. */
  static double share(String optimizer, String argument, double value) {
    Check.that(value >= 0 && value < 1, optimizer, argument, value, "0 or more and below 1");
    return value;
  }
}
