package dev.panorm.backend;

/**
 * Adam (Kingma and Ba 2015), AMSGrad (Reddi et al. 2018) and AdamW (Loshchilov and Hutter 2019), in
 * PyTorch's form, at step t from 1:
 *
 * <pre>
 *   coupled:    g = gradient + weightDecay · θ
 *   decoupled:  θ := (1 − learningRate · weightDecay) · θ,  g = gradient
 *   m := m + (1 − beta1) · (g − m)
 *   v := beta2 · v + (1 − beta2) · g²
 *   u = AMSGrad: the largest v so far, else v
 *   θ := θ − learningRate / (1 − beta1^t) · m / (√u / √(1 − beta2^t) + eps)
 * </pre>
 *
 * @param learningRate step size
 * @param beta1 share of the old mean that stays
 * @param beta2 share of the old mean square that stays
 * @param eps added to the root
 * @param weightDecay decay
 * @param decoupled whether the decay goes past the gradient (AdamW)
 */
public record AdamRule(
    double learningRate,
    double beta1,
    double beta2,
    double eps,
    double weightDecay,
    boolean decoupled) {}
