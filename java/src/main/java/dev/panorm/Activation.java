package dev.panorm;

/** A function applied to each element by itself, alone or fused behind a norm. */
public enum Activation {
  /** y = x. */
  IDENTITY,
  /** y = max(x, 0); NaN stays NaN. */
  RELU,
  /**
   * y = x · Φ(x), with Φ the normal distribution function by way of erf (Hendrycks and Gimpel
   * 2016).
   */
  GELU,
  /** y = x/2 · (1 + tanh(√(2/π) · (x + 0.044715 x³))), the approximation of the same paper. */
  GELU_TANH,
  /** y = x · σ(x), also called swish. */
  SILU,
  /** y = σ(x) = 1 / (1 + exp(−x)). */
  SIGMOID,
  /** y = tanh(x). */
  TANH
}
