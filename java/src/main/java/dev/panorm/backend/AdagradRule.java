package dev.panorm.backend;

/**
 * Adagrad (Duchi et al. 2011), in PyTorch's form, at step t from 1:
 *
 * <pre>
 *   g = gradient + weightDecay · θ
 *   s := s + g²
 *   θ := θ − learningRate / (1 + (t − 1) · learningRateDecay) · g / (√s + eps)
 * </pre>
 *
 * @param learningRate step size
 * @param learningRateDecay how fast it shrinks
 * @param eps added to the root
 * @param weightDecay coupled decay
 */
public record AdagradRule(
    double learningRate, double learningRateDecay, double eps, double weightDecay) {}
