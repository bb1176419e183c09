package dev.panorm.distributed;

import dev.panorm.EpsMode;
import dev.panorm.Layout;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.autograd.Arithmetic;
import dev.panorm.autograd.Gradients;
import dev.panorm.autograd.Shapes;
import dev.panorm.autograd.Sums;
import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import dev.panorm.backend.Affine;
import dev.panorm.backend.NormPlan;
import dev.panorm.nn.ChannelMoments;
import dev.panorm.ops.Elementwise;
import dev.panorm.ops.NormSpec;
import dev.panorm.ops.Norms;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.IntToDoubleFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * BatchNorm of one worker's data with the statistics of all workers', and its gradients. With x̂ =
 * (x − mean) · r and m values per channel on all workers together,
 *
 * <pre>
 *   y  = weight · x̂ + bias
 *   dx = weight · r · (dy − Σ dy / m − k · x̂ · Σ (dy · x̂) / m),  Σ over all workers
 * </pre>
 *
 * <p>with k of {@link NormPlan#projection}. The data is centred by the rounded mean first, and the
 * rest of the mean is what the kernels for given statistics see: so a mean of many deviations costs
 * no digits.
 */
final class Synchronized {

  private final NormSpec spec;
  private final NormPlan plan;
  private final Variable x;
  private final @Nullable Variable weight;
  private final @Nullable Variable bias;
  private final ChannelMoments all;
  private final Workers workers;
  private final Tensor mean;
  private final Tensor meanLow;
  private final Tensor variance;

  private Synchronized(
      NormSpec spec,
      Variable x,
      @Nullable Variable weight,
      @Nullable Variable bias,
      ChannelMoments all,
      Workers workers) {
    this.spec = spec;
    plan = spec.plan(x.shape());
    this.x = x;
    this.weight = weight;
    this.bias = bias;
    this.all = all;
    this.workers = workers;
    mean = perChannel(all::mean);
    meanLow = perChannel(c -> all.mean(c) - mean.get(c));
    variance = perChannel(all::variance);
  }

  private Tensor perChannel(IntToDoubleFunction value) {
    Tensor tensor = Tape.memory().empty(x.dtype(), all.channels());
    tensor.fill(c -> value.applyAsDouble((int) c));
    return tensor;
  }

  static Variable of(
      NormSpec spec,
      Variable x,
      @Nullable Variable weight,
      @Nullable Variable bias,
      ChannelMoments all,
      Workers workers) {
    Synchronized norm = new Synchronized(spec, x, weight, bias, all, workers);
    Tensor y = like(x);
    norm.affineOf(norm.centred(), new Affine(value(weight), value(bias)), y);
    return Tape.record(
        y,
        norm::backward,
        Stream.of(x, weight, bias).filter(Objects::nonNull).toArray(Variable[]::new));
  }

  private static Tensor like(Variable x) {
    return Tape.memory().emptyLike(x.value());
  }

  private static @Nullable Tensor value(@Nullable Variable variable) {
    return variable == null ? null : variable.value();
  }

  private Tensor centred() {
    Tensor centred = like(x);
    Elementwise.sub(x.value(), mean.view(broadcast()), centred);
    return centred;
  }

  /** The shape in which one value per channel repeats over the data. */
  private Shape broadcast() {
    long[] dims = new long[spec.layout() == Layout.NCHW ? x.shape().rank() - 1 : 1];
    Arrays.fill(dims, 1);
    dims[0] = all.channels();
    return Shape.of(dims);
  }

  /** y = weight · x̂ + bias. */
  private void affineOf(Tensor centred, Affine affine, Tensor y) {
    Norms.frozenForward(spec, centred, null, affine, meanLow, variance, y, null);
  }

  // ----------------------------------------------------------------------------------- backward

  private void backward(Gradients gradients) {
    if (Tape.isRecording()) {
      gradients.through(this::formula);
      return;
    }
    int biasInput = weight == null ? 1 : 2;
    Tensor dx = like(x);
    Tensor dweight = perChannel(c -> 0);
    Tensor dbias = perChannel(c -> 0);
    ownPart(gradients.upstream().value(), dx, dweight, dbias);
    gradients.give(0, Variable.of(dx));
    if (weight != null) {
      gradients.give(1, Variable.of(dweight));
    }
    if (bias != null) {
      gradients.give(biasInput, Variable.of(dbias));
    }
  }

  private void ownPart(Tensor dy, Tensor dx, Tensor dweight, Tensor dbias) {
    Tensor gamma = weight == null ? perChannel(c -> 1) : weight.value();
    Tensor centred = centred();
    Norms.frozenBackward(
        spec,
        centred,
        null,
        new Affine(gamma, perChannel(c -> 0)),
        meanLow,
        variance,
        dy,
        null,
        dx,
        null,
        new Affine(dweight, dbias));
    double[] sums = workers.allSum(concatenated(dweight, dbias));
    int channels = all.channels();
    Tensor common = like(x); // γ r (k x̂ Σ (dy x̂) + Σ dy) / m
    affineOf(
        centred,
        new Affine(
            perChannel(c -> scale(gamma, c) * plan.projection(rstd(c)) * sums[c]),
            perChannel(c -> scale(gamma, c) * sums[channels + c])),
        common);
    Elementwise.axpy(-1, common, dx);
  }

  private double scale(Tensor gamma, int channel) {
    return gamma.get(channel) * rstd(channel) / all.count();
  }

  private double rstd(int channel) {
    return plan.rstd(all.variance(channel));
  }

  private static double[] concatenated(Tensor a, Tensor b) {
    return Stream.of(a, b).map(Tensor::toDoubleArray).flatMapToDouble(Arrays::stream).toArray();
  }

  /** The same in functions that may be differentiated any number of times. */
  private Variable formula() {
    Shape shape = broadcast();
    Variable roughly = Arithmetic.sub(x, Variable.of(mean.view(shape)));
    Variable centred = Arithmetic.sub(roughly, mean(roughly, shape));
    Variable spread = mean(Arithmetic.square(centred), shape);
    Variable normalized = Arithmetic.mul(centred, rstd(spread));
    Variable scaled =
        weight == null ? normalized : Arithmetic.mul(normalized, Shapes.reshape(weight, shape));
    return bias == null ? scaled : Arithmetic.add(scaled, Shapes.reshape(bias, shape));
  }

  private Variable rstd(Variable spread) {
    return spec.epsMode() == EpsMode.OUTSIDE
        ? Arithmetic.reciprocal(Arithmetic.affine(Arithmetic.sqrt(spread), 1, spec.eps()))
        : Arithmetic.rsqrt(Arithmetic.affine(spread, 1, spec.eps()));
  }

  private Variable mean(Variable values, Shape shape) {
    return Arithmetic.scale(allSum(Sums.sumTo(values, shape)), 1.0 / all.count());
  }

  /** The sum over the workers; the gradient of each part is the sum of what all hand back. */
  private Variable allSum(Variable part) {
    Tensor sum = like(part);
    sum.copyFrom(workers.allSum(part.value().toDoubleArray()));
    return Tape.record(sum, gradients -> gradients.give(0, this::allSum), part);
  }
}
