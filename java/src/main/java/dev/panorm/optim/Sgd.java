package dev.panorm.optim;

import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.backend.SgdRule;
import dev.panorm.internal.check.Check;
import dev.panorm.nn.Parameter;
import dev.panorm.ops.Updates;
import java.util.List;

/**
 * Stochastic gradient descent with momentum, dampening, Nesterov's look-ahead and coupled weight
 * decay; formulas: {@link SgdRule}.
 */
public final class Sgd extends Optimizer {

  private static final String NAME = "sgd";
  private static final List<String> STATE = List.of("momentum_buffer");

  private final double momentum;
  private final double dampening;
  private final boolean nesterov;
  private final double weightDecay;

  private Sgd(Builder options) {
    super(NAME, options.groups, options.learningRate);
    momentum = options.momentum;
    dampening = options.dampening;
    nesterov = options.nesterov;
    weightDecay = options.weightDecay;
  }

  /** Creates plain gradient descent. */
  public static Sgd of(List<Parameter> parameters, double learningRate) {
    return builder(parameters).learningRate(learningRate).build();
  }

  /** Returns options to start from: learning rate 1e-3 and nothing else, as in PyTorch. */
  public static Builder builder(List<Parameter> parameters) {
    return new Builder(ParameterGroup.of(parameters));
  }

  @Override
  State newState(Scope memory, Tensor parameter) {
    return new State(STATE, momentum == 0 ? null : memory.emptyLike(parameter));
  }

  @Override
  void update(Tensor parameter, Tensor gradient, State state, double rate, double decayFactor) {
    SgdRule rule = new SgdRule(rate, momentum, dampening, nesterov, weightDecay * decayFactor);
    Updates.sgd(rule, state.steps() == 0, parameter, gradient, state.optional(0));
  }

  /** Options of {@link Sgd}. */
  public static final class Builder {

    private List<ParameterGroup> groups;
    private double learningRate = 1e-3;
    private double momentum;
    private double dampening;
    private boolean nesterov;
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

    /** Sets the share of the old direction that stays, 0 or more. */
    public Builder momentum(double value) {
      momentum = Optimizer.notNegative(NAME, "momentum", value);
      return this;
    }

    /** Sets the share of the new gradient that is left out of the direction. */
    public Builder dampening(double value) {
      Check.that(Double.isFinite(value), NAME, "dampening", value, "a finite number");
      dampening = value;
      return this;
    }

    /** Sets whether to look ahead; it needs a momentum and no dampening. */
    public Builder nesterov(boolean value) {
      nesterov = value;
      return this;
    }

    /** Sets λ of the coupled decay, gradient + λ · θ; 0 or more. */
    public Builder weightDecay(double value) {
      weightDecay = Optimizer.notNegative(NAME, "weightDecay", value);
      return this;
    }

    /** Returns the optimizer. */
    public Sgd build() {
      Check.that(
          !nesterov || (momentum > 0 && dampening == 0),
          NAME,
          "nesterov",
          "true with momentum " + momentum + " and dampening " + dampening,
          "a momentum above 0 and no dampening with it");
      return new Sgd(this);
    }
  }
}
