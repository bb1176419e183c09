package dev.panorm.optim;

import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.backend.AdagradRule;
import dev.panorm.nn.Parameter;
import dev.panorm.ops.Updates;
import java.util.List;

/** Adagrad; formulas: {@link AdagradRule}. */
public final class Adagrad extends Optimizer {

  private static final String NAME = "adagrad";
  private static final List<String> STATE = List.of("sum");

  private final double learningRateDecay;
  private final double initialAccumulator;
  private final double eps;
  private final double weightDecay;

  private Adagrad(Builder options) {
    super(NAME, options.groups, options.learningRate);
    learningRateDecay = options.learningRateDecay;
    initialAccumulator = options.initialAccumulator;
    eps = options.eps;
    weightDecay = options.weightDecay;
  }

  /** Creates Adagrad without decay. */
  public static Adagrad of(List<Parameter> parameters, double learningRate) {
    return builder(parameters).learningRate(learningRate).build();
  }

  /** Returns PyTorch's options: learning rate 1e-2, eps 1e-10. */
  public static Builder builder(List<Parameter> parameters) {
    return new Builder(ParameterGroup.of(parameters));
  }

  @Override
  State newState(Scope memory, Tensor parameter) {
    return new State(STATE, memory.full(initialAccumulator, parameter.dtype(), parameter.shape()));
  }

  @Override
  void update(Tensor parameter, Tensor gradient, State state, double rate, double decayFactor) {
    AdagradRule rule = new AdagradRule(rate, learningRateDecay, eps, weightDecay * decayFactor);
    Updates.adagrad(rule, state.steps() + 1, parameter, gradient, state.tensor(0));
  }

  /** Options of {@link Adagrad}. */
  public static final class Builder {

    private List<ParameterGroup> groups;
    private double learningRate = 1e-2;
    private double learningRateDecay;
    private double initialAccumulator;
    private double eps = 1e-10;
    private double weightDecay;

    private Builder(List<ParameterGroup> groups) {
      this.groups = groups;
    }

    /** Sets the groups in place of one group. */
    public Builder groups(List<ParameterGroup> value) {
      groups = value;
      return this;
    }

    /** Sets the learning rate, 0 or more. */
    public Builder learningRate(double value) {
      learningRate = value;
      return this;
    }

    /** Sets how fast the learning rate shrinks, 0 or more: by 1 + (t − 1) · decay. */
    public Builder learningRateDecay(double value) {
      learningRateDecay = Optimizer.notNegative(NAME, "learningRateDecay", value);
      return this;
    }

    /** Sets what the sum of squares starts with, 0 or more. */
    public Builder initialAccumulator(double value) {
      initialAccumulator = Optimizer.notNegative(NAME, "initialAccumulator", value);
      return this;
    }

    /** Sets what is added to the root, 0 or more. */
    public Builder eps(double value) {
      eps = Optimizer.notNegative(NAME, "eps", value);
      return this;
    }

    /** Sets λ of the coupled decay, gradient + λ · θ; 0 or more. */
    public Builder weightDecay(double value) {
      weightDecay = Optimizer.notNegative(NAME, "weightDecay", value);
      return this;
    }

    /** Returns the optimizer. */
    public Adagrad build() {
      return new Adagrad(this);
    }
  }
}
