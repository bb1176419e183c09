package dev.panorm.optim;

import dev.panorm.DType;
import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.internal.check.Check;
import dev.panorm.nn.Parameter;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Moves parameters against their gradients. It owns the memory of its own state until it is closed;
 * state is made at a parameter's first step, so that later steps take no fresh memory. An optimizer
 * belongs to one thread at a time.
 */
public abstract class Optimizer implements AutoCloseable {

  private static final String RATE = "learning_rate";
  private static final String STEP = "step";

  private final String name;
  private final List<ParameterGroup> groups;
  private final IdentityHashMap<Parameter, State> states = new IdentityHashMap<>();
  private Scope scope = Scope.open();
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

  /**
   * Returns what the optimizer remembers: {@code learning_rate}, and for each parameter that has
   * moved, by its number through all groups, how often it did and its tensors by PyTorch's names,
   * as in {@code 0.step} and {@code 0.exp_avg}. Its options are no part of it. The tensors are the
   * optimizer's own memory, not copies; only the single numbers are made in the scope.
   */
  public final Map<String, Tensor> stateDict(Scope numbers) {
    Map<String, Tensor> saved = new LinkedHashMap<>();
    saved.put(RATE, numbers.full(learningRate, DType.FLOAT64, Shape.of()));
    List<Parameter> parameters = parameters();
    for (int i = 0; i < parameters.size(); i++) {
      String prefix = i + ".";
      State state = states.get(parameters.get(i));
      if (state != null) {
        saved.put(prefix + STEP, numbers.full((double) state.steps(), DType.INT64, Shape.of()));
        state.named().forEach((name, tensor) -> saved.put(prefix + name, tensor));
      }
    }
    return saved;
  }

  /**
   * Takes over a state from {@link #stateDict}, by copies, and goes on from there to the same bits;
   * parameters that it does not have begin anew.
   *
   * @throws IllegalArgumentException if a name is missing or unknown, or a shape, a type or a
   *     number does not fit; nothing changes then
   */
  public final void loadStateDict(Map<String, Tensor> saved) {
    Scope fresh = Scope.open();
    IdentityHashMap<Parameter, State> read = new IdentityHashMap<>();
    double rate;
    try {
      StateReader reader = new StateReader(name, saved);
      rate = checkRate(reader.number(RATE, DType.FLOAT64));
      List<Parameter> parameters = parameters();
      for (int i = 0; i < parameters.size(); i++) {
        if (reader.has(i + ".")) {
          read.put(parameters.get(i), read(reader, i + ".", fresh, parameters.get(i).value()));
        }
      }
      reader.end();
    } catch (RuntimeException | Error e) {
      fresh.close();
      throw e;
    }
    learningRate = rate;
    states.clear();
    states.putAll(read);
    scope.close();
    scope = fresh;
  }

  private State read(StateReader reader, String prefix, Scope memory, Tensor parameter) {
    State state = newState(memory, parameter);
    state.named().forEach((name, tensor) -> reader.read(prefix + name, tensor));
    double steps = reader.number(prefix + STEP, DType.INT64);
    reader.check(steps >= 1, prefix + STEP, (long) steps, "1 or more");
    state.setSteps((long) steps);
    return state;
  }

  private List<Parameter> parameters() {
    return groups.stream().flatMap(group -> group.parameters().stream()).toList();
  }

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
