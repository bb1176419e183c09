package dev.panorm.nn;

import dev.panorm.Layout;
import dev.panorm.Shape;
import dev.panorm.autograd.Arithmetic;
import dev.panorm.autograd.Normalize;
import dev.panorm.autograd.Shapes;
import dev.panorm.autograd.Variable;
import dev.panorm.internal.check.Check;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * BatchNorm over virtual batches (Hoffer, Hubara and Soudry 2017): in training each run of so many
 * samples is normalized by itself, and the running statistics take them in one after the other; in
 * evaluation nothing is split. Data is [N, C, positions...].
 */
public final class GhostBatchNorm extends Module {

  private static final String NAME = "ghostBatchNorm";

  private final BatchNorm norm;
  private final long virtualBatch;

  /**
   * Creates the module around a norm, which it owns from now on.
   *
   * @param norm eps, momentum, scale and shift; channels first
   * @param virtualBatch samples of a virtual batch, 1 or more; a batch in training is a multiple
   */
  public GhostBatchNorm(BatchNorm norm, long virtualBatch) {
    Check.that(virtualBatch >= 1, NAME, "virtualBatch", virtualBatch, "1 or more");
    Layout layout = norm.spec().layout();
    Check.that(layout == Layout.NCHW, NAME, "layout", layout, "NCHW");
    this.norm = register("norm", norm);
    this.virtualBatch = virtualBatch;
  }

  @Override
  public Variable forward(Variable x) {
    if (!isTraining() || norm.isFrozen()) {
      return norm.forward(x);
    }
    Shape shape = x.shape();
    long samples = shape.dim(0);
    boolean fits = shape.rank() >= 2 && samples % virtualBatch == 0;
    Check.that(fits, NAME, "x's shape", shape, "a multiple of " + virtualBatch + " samples");
    long positions = shape.product(2, shape.rank());
    Check.that(
        virtualBatch * positions > 1, NAME, "x's shape", shape, "two values or more per channel");
    Variable split =
        Shapes.reshape(x, samples / virtualBatch, virtualBatch, shape.dim(1), positions);
    Variable y = Normalize.overAxes(split, norm.spec().epsMode(), norm.spec().eps(), 1, 3);
    for (long first = 0; first < samples; first += virtualBatch) {
      norm.absorb(ChannelMoments.of(x.value().slice(first, first + virtualBatch), Layout.NCHW));
    }
    Variable scaled = norm.weight() == null ? y : Arithmetic.mul(y, perChannel(norm.weight()));
    Variable shifted =
        norm.bias() == null ? scaled : Arithmetic.add(scaled, perChannel(norm.bias()));
    return Shapes.reshape(shifted, shape);
  }

  private Variable perChannel(@Nullable Parameter parameter) {
    return Shapes.reshape(Objects.requireNonNull(parameter), norm.numFeatures(), 1);
  }

  /** Returns the norm inside. */
  public BatchNorm norm() {
    return norm;
  }
}
