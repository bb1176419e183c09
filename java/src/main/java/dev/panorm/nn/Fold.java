package dev.panorm.nn;

import dev.panorm.DType;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.backend.Affine;
import dev.panorm.internal.check.Check;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Makes one layer of a linear map or a convolution and the BatchNorm behind it, as it is in
 * evaluation: weight' = r γ · weight for each output, bias' = (bias − running mean) · r γ + β
 * (Ioffe and Szegedy 2015, algorithm 2, step 11).
 */
public final class Fold {

  private Fold() {}

  /** Returns the layer that does what both do; the caller owns it, both stay as they are. */
  public static Linear batchNorm(Linear linear, BatchNorm norm) {
    return new Linear(weight(linear.weight(), norm), bias(linear.weight(), linear.bias(), norm));
  }

  /** Returns the layer that does what both do; the caller owns it, both stay as they are. */
  public static Conv2d batchNorm(Conv2d conv, BatchNorm norm) {
    return new Conv2d(
        conv.spec(), weight(conv.weight(), norm), bias(conv.weight(), conv.bias(), norm));
  }

  /**
   * Folds every BatchNorm with running statistics of the chain into the linear map or convolution
   * right before it; in its place stands the identity, so that other modules keep their names.
   * Optimizers that know the old parameters must not be used any more.
   *
   * @return how many were folded
   */
  public static int batchNorms(Sequential network) {
    int folded = 0;
    Module before = new Identity();
    String nameBefore = "";
    for (Map.Entry<String, Module> entry : List.copyOf(network.children().entrySet())) {
      Module one = folded(before, entry.getValue());
      if (one != null) {
        network.replace(nameBefore, one);
        network.replace(entry.getKey(), new Identity());
        folded++;
      }
      before = entry.getValue();
      nameBefore = entry.getKey();
    }
    return folded;
  }

  private static @Nullable Module folded(Module layer, Module behind) {
    if (!(behind instanceof BatchNorm norm) || norm.runningMean() == null) {
      return null;
    }
    return switch (layer) {
      case Linear linear -> batchNorm(linear, norm);
      case Conv2d conv -> batchNorm(conv, norm);
      default -> null;
    };
  }

  private static Parameter weight(Parameter weight, BatchNorm norm) {
    checkChannels(weight, norm);
    try (Scope scope = Scope.open()) {
      Tensor scale = Objects.requireNonNull(norm.toAffine(scope).weight());
      Parameter folded = like(Parameter.Role.WEIGHT, weight.dtype(), weight.shape().dims());
      long row = weight.shape().product(1, weight.shape().rank());
      folded.value().fill(i -> weight.value().get(i) * scale.get(i / row));
      return folded;
    }
  }

  private static Parameter bias(Parameter weight, @Nullable Parameter bias, BatchNorm norm) {
    try (Scope scope = Scope.open()) {
      Affine affine = norm.toAffine(scope);
      Tensor scale = Objects.requireNonNull(affine.weight());
      Tensor shift = Objects.requireNonNull(affine.bias());
      Parameter folded = like(Parameter.Role.BIAS, weight.dtype(), weight.shape().dim(0));
      folded
          .value()
          .fill(c -> (bias == null ? 0 : bias.value().get(c) * scale.get(c)) + shift.get(c));
      return folded;
    }
  }

  private static Parameter like(Parameter.Role role, DType dtype, long... dims) {
    Parameter parameter = new Parameter(role, dims);
    parameter.to(dtype);
    return parameter;
  }

  private static void checkChannels(Parameter weight, BatchNorm norm) {
    Check.that(
        weight.shape().dim(0) == norm.numFeatures(),
        "fold",
        "numFeatures",
        norm.numFeatures(),
        "the layer's outputs, " + weight.shape().dim(0));
  }
}
