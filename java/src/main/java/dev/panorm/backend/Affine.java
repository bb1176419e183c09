package dev.panorm.backend;

import dev.panorm.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The learnable part of a norm, or its gradient: y = weight · x̂ + bias.
 *
 * @param weight gamma, one per channel (LayerNorm and RMSNorm: one per normalized element); null
 *     stands for ones
 * @param bias beta, of the same shape; null stands for zeros
 */
public record Affine(@Nullable Tensor weight, @Nullable Tensor bias) {

  /** Neither weight nor bias. */
  public static final Affine NONE = new Affine(null, null);
}
