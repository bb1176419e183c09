package dev.panorm.backend;

/**
 * Stochastic gradient descent with momentum (Sutskever et al. 2013, in PyTorch's form):
 *
 * <pre>
 *   g = gradient + weightDecay · θ
 *   b = g at the first step, then momentum · b + (1 − dampening) · g
 *   θ := θ − learningRate · (nesterov ? g + momentum · b : b)
 * </pre>
 *
 * Without momentum there is no b, and θ := θ − learningRate · g.
 *
 * @param learningRate step size
 * @param momentum share of the old direction that stays
 * @param dampening share of the new gradient that is left out of b
 * @param nesterov whether to look ahead
 * @param weightDecay coupled decay
 */
public record SgdRule(
    double learningRate, double momentum, double dampening, boolean nesterov, double weightDecay) {}
