package dev.panorm.backend;

/**
 * RMSprop (Tieleman and Hinton 2012), centred after Graves 2013, in PyTorch's form:
 *
 * <pre>
 *   g = gradient + weightDecay · θ
 *   v := alpha · v + (1 − alpha) · g²
 *   a := a + (1 − alpha) · (g − a)                          where centred
 *   d = g / (√(centred ? v − a² : v) + eps)
 *   b := momentum · b + d                                   with momentum
 *   θ := θ − learningRate · (b with momentum, else d)
 * </pre>
 *
 * @param learningRate step size
 * @param alpha share of the old mean square that stays
 * @param eps added to the root
 * @param weightDecay coupled decay
 * @param momentum share of the old direction that stays
 */
public record RmspropRule(
    double learningRate, double alpha, double eps, double weightDecay, double momentum) {}
