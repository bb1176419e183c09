package dev.panorm;

/**
 * Where the channels of a tensor stand; the positions may be of any number of dimensions, none
 * included.
 */
public enum Layout {
  /** {@code [N, C, positions...]}: channels before positions, PyTorch's default. */
  NCHW,
  /** {@code [N, positions..., C]}: channels last. */
  NHWC
}
