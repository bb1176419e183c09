package dev.panorm.nn;

import dev.panorm.DType;
import dev.panorm.Generator;
import dev.panorm.Tensor;
import dev.panorm.autograd.Arithmetic;
import dev.panorm.autograd.NoGrad;
import dev.panorm.autograd.Products;
import dev.panorm.autograd.Shapes;
import dev.panorm.autograd.Sums;
import dev.panorm.autograd.Variable;
import java.util.Arrays;

/**
 * Spectral normalization (Miyato et al. 2018): weight = W / σ(W), so that the layer stretches no
 * input. σ = uᵀ W v, with u and v from one step of the power iteration in each training call; W is
 * seen as a matrix of one row per output.
 */
public final class SpectralNorm extends Reparametrized {

  private static final double EPS = 1e-12;

  private final Parameter original;
  private final Buffer u;
  private final Buffer v;

  /** Creates the module from a copy of a layer's parameters; the layer stays the caller's. */
  public SpectralNorm(Linear linear, Generator generator) {
    super(linear);
    original = register("weight_orig", copy(linear.weight()));
    u = register("weight_u", start(rows(), generator));
    v = register("weight_v", start(columns(), generator));
    takeBias(linear.bias());
  }

  /** Creates the module from a copy of a layer's parameters; the layer stays the caller's. */
  public SpectralNorm(Conv2d conv, Generator generator) {
    super(conv);
    original = register("weight_orig", copy(conv.weight()));
    u = register("weight_u", start(rows(), generator));
    v = register("weight_v", start(columns(), generator));
    takeBias(conv.bias());
  }

  private Buffer start(long length, Generator generator) {
    Buffer buffer = new Buffer(0, DType.FLOAT32, length, 1);
    buffer.to(original.dtype());
    generator.next().fillNormal(buffer.value(), 0, 1);
    scaleToOne(buffer.value());
    return buffer;
  }

  private long rows() {
    return original.shape().dim(0);
  }

  private long columns() {
    return original.shape().elements() / rows();
  }

  @Override
  public Variable weight() {
    Variable matrix = Shapes.reshape(original, rows(), columns());
    if (isTraining()) {
      iterate();
    }
    Variable stretched = Products.mm(matrix, Variable.of(v.value()));
    Variable sigma = Sums.sum(Arithmetic.mul(Variable.of(u.value()), stretched));
    return Shapes.reshape(Arithmetic.div(matrix, sigma), original.shape());
  }

  /** v := Wᵀ u, u := W v, both of length 1. */
  private void iterate() {
    try (NoGrad _ = NoGrad.enter()) {
      Variable matrix = Shapes.reshape(original, rows(), columns());
      v.value().copyFrom(Products.mm(true, false, matrix, Variable.of(u.value())).value());
      scaleToOne(v.value());
      u.value().copyFrom(Products.mm(matrix, Variable.of(v.value())).value());
      scaleToOne(u.value());
    }
  }

  private static void scaleToOne(Tensor vector) {
    double[] values = vector.toDoubleArray();
    double length = Math.max(Math.sqrt(Arrays.stream(values).map(v -> v * v).sum()), EPS);
    vector.fill(i -> values[(int) i] / length);
  }
}
