package dev.panorm.optim;

import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.backend.RmspropRule;
import dev.panorm.nn.Parameter;
import dev.panorm.ops.Updates;
import java.util.List;

/** RMSprop; formulas: {@link RmspropRule}. */
public final class RMSprop extends Optimizer {

  private static final String NAME = "rmsprop";
  private static final List<String> STATE = List.of("square_avg", "grad_avg", "momentum_buffer");

  private final double alpha;
  private final double eps;
  private final double weightDecay;
  private final double momentum;
  private final boolean centered;

  private RMSprop(Builder options) {
    super(NAME, options.groups, options.learningRate);
    alpha = options.alpha;
    eps = options.eps;
    weightDecay = options.weightDecay;
    momentum = options.momentum;
    centered = options.centered;
  }

  /** Creates RMSprop without momentum and decay. */
  public static RMSprop of(List<Parameter> parameters, double learningRate) {
    return builder(parameters).learningRate(learningRate).build();
  }

  /** Returns PyTorch's options: learning rate 1e-2, alpha 0.99, eps 1e-8. */
  public static Builder builder(List<Parameter> parameters) {
    return new Builder(ParameterGroup.of(parameters));
  }

  @Override
  State newState(Scope memory, Tensor parameter) {
    return new State(
        STATE,
        memory.zeros(parameter.dtype(), parameter.shape()),
        centered ? memory.zeros(parameter.dtype(), parameter.shape()) : null,
        momentum == 0 ? null : memory.zeros(parameter.dtype(), parameter.shape()));
  }

  @Override
  void update(Tensor parameter, Tensor gradient, State state, double rate, double decayFactor) {
    RmspropRule rule = new RmspropRule(rate, alpha, eps, weightDecay * decayFactor, momentum);
    Updates.rmsprop(
        rule, parameter, gradient, state.tensor(0), state.optional(1), state.optional(2));
  }

  /** Options of {@link RMSprop}. */
  public static final class Builder {

    private List<ParameterGroup> groups;
    private double learningRate = 1e-2;
    private double alpha = 0.99;
    private double eps = 1e-8;
    private double weightDecay;
    private double momentum;
    private boolean centered;

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

    /** Sets the share of the old mean square that stays, 0 or more and below 1. */
    public Builder alpha(double value) {
      alpha = Optimizer.share(NAME, "alpha", value);
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

    /** Sets the share of the old direction that stays, 0 or more. */
    public Builder momentum(double value) {
      momentum = Optimizer.notNegative(NAME, "momentum", value);
      return this;
    }

    /** Sets whether the gradient's mean is taken out of the mean square. */
    public Builder centered(boolean value) {
      centered = value;
      return this;
    }

    /** Returns the optimizer. */
    public RMSprop build() {
      return new RMSprop(this);
    }
  }
}
