package dev.panorm.optim;

import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.backend.AdamRule;
import dev.panorm.nn.Parameter;
import dev.panorm.ops.Updates;
import java.util.List;

/**
 * Adam, AMSGrad and AdamW; formulas: {@link AdamRule}. {@link #builder} starts from Adam, whose
 * weight decay goes through the gradient, {@link #adamW} from AdamW, whose decay goes past it.
 */
public final class Adam extends Optimizer {

  private static final String NAME = "adam";
  private static final List<String> STATE = List.of("exp_avg", "exp_avg_sq", "max_exp_avg_sq");

  private final double beta1;
  private final double beta2;
  private final double eps;
  private final double weightDecay;
  private final boolean decoupled;
  private final boolean amsgrad;

  private Adam(Builder options) {
    super(NAME, options.groups, options.learningRate);
    beta1 = options.beta1;
    beta2 = options.beta2;
    eps = options.eps;
    weightDecay = options.weightDecay;
    decoupled = options.decoupled;
    amsgrad = options.amsgrad;
  }

  /** Creates Adam without decay. */
  public static Adam of(List<Parameter> parameters, double learningRate) {
    return builder(parameters).learningRate(learningRate).build();
  }

  /** Returns Adam's options: learning rate 1e-3, betas 0.9 and 0.999, eps 1e-8, no decay. */
  public static Builder builder(List<Parameter> parameters) {
    return new Builder(ParameterGroup.of(parameters), false, 0);
  }

  /** Returns AdamW's options: as Adam's, with a decoupled decay of 1e-2. */
  public static Builder adamW(List<Parameter> parameters) {
    return new Builder(ParameterGroup.of(parameters), true, 1e-2);
  }

  @Override
  State newState(Scope memory, Tensor parameter) {
    return new State(
        STATE,
        memory.zeros(parameter.dtype(), parameter.shape()),
        memory.zeros(parameter.dtype(), parameter.shape()),
        amsgrad ? memory.zeros(parameter.dtype(), parameter.shape()) : null);
  }

  @Override
  void update(Tensor parameter, Tensor gradient, State state, double rate, double decayFactor) {
    AdamRule rule = new AdamRule(rate, beta1, beta2, eps, weightDecay * decayFactor, decoupled);
    Updates.adam(
        rule,
        state.steps() + 1,
        parameter,
        gradient,
        state.tensor(0),
        state.tensor(1),
        state.optional(2));
  }

  /** Options of {@link Adam}. */
  public static final class Builder {

    private final boolean decoupled;
    private List<ParameterGroup> groups;
    private double learningRate = 1e-3;
    private double beta1 = 0.9;
    private double beta2 = 0.999;
    private double eps = 1e-8;
    private double weightDecay;
    private boolean amsgrad;

    private Builder(List<ParameterGroup> groups, boolean decoupled, double weightDecay) {
      this.groups = groups;
      this.decoupled = decoupled;
      this.weightDecay = weightDecay;
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

    /** Sets the shares of the old averages that stay, each 0 or more and below 1. */
    public Builder betas(double first, double second) {
      beta1 = Optimizer.share(NAME, "beta1", first);
      beta2 = Optimizer.share(NAME, "beta2", second);
      return this;
    }

    /** Sets what is added to the root, 0 or more. */
    public Builder eps(double value) {
      eps = Optimizer.notNegative(NAME, "eps", value);
      return this;
    }

    /** Sets the decay, 0 or more. */
    public Builder weightDecay(double value) {
      weightDecay = Optimizer.notNegative(NAME, "weightDecay", value);
      return this;
    }

    /** Sets whether the largest mean square so far is used (AMSGrad). */
    public Builder amsgrad(boolean value) {
      amsgrad = value;
      return this;
    }

    /** Returns the optimizer. */
    public Adam build() {
      return new Adam(this);
    }
  }
}
