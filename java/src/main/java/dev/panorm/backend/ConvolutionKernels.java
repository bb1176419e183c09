package dev.panorm.backend;

import dev.panorm.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Two-dimensional convolutions, {@link Conv2dPlan}. Arguments have been checked: shapes fit the
 * plan, types agree, storages are retained, outputs overlap nothing, no tensor is empty.
 */
public interface ConvolutionKernels {

  /** y = convolution of x with weight, + bias. */
  void forward(Conv2dPlan plan, Tensor x, Tensor weight, @Nullable Tensor bias, Tensor y);

  /** dx: the gradient of x from that of y. */
  void inputGradient(Conv2dPlan plan, Tensor weight, Tensor dy, Tensor dx);

  /** dweight: the gradient of the weight from that of y. */
  void weightGradient(Conv2dPlan plan, Tensor x, Tensor dy, Tensor dweight);
}
