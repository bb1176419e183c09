package dev.panorm.autograd;

import dev.panorm.DType;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.ops.Elementwise;
import org.jspecify.annotations.Nullable;

/**
 * A tensor that takes part in differentiation: its value, the function that made it, and, for a
 * leaf, the gradient that {@link #backward()} added up.
 *
 * <p>Results of functions live until the {@link Tape} closes that was open when they were made. A
 * variable belongs to one thread at a time.
 */
public class Variable {

  private final @Nullable Node node;
  private final int output;
  private Tensor value;
  private boolean requiresGrad;
  private @Nullable Tensor grad;

  /** Creates a leaf: no function made it. */
  protected Variable(Tensor value, boolean requiresGrad) {
    this.value = value;
    this.requiresGrad = requiresGrad;
    this.node = null;
    this.output = 0;
  }

  /** Creates the result of a function, one of its outputs. */
  Variable(Tensor value, Node node, int output) {
    this.value = value;
    this.requiresGrad = true;
    this.node = node;
    this.output = output;
  }

  /** Returns a constant: no gradient flows into it. */
  public static Variable of(Tensor value) {
    return new Variable(value, false);
  }

  /**
   * Returns a leaf that wants a gradient.
   *
   * @throws IllegalArgumentException if the tensor is not of a floating-point type
   */
  public static Variable leaf(Tensor value) {
    if (!value.dtype().isFloating()) {
      throw new IllegalArgumentException(
          "leaf: value has dtype " + value.dtype() + ", expected float32 or float64");
    }
    return new Variable(value, true);
  }

  /** Returns the value. */
  public Tensor value() {
    return value;
  }

  /** Returns the value's shape. */
  public Shape shape() {
    return value.shape();
  }

  /** Returns the value's type. */
  public DType dtype() {
    return value.dtype();
  }

  /** Returns the only element of the value. */
  public double item() {
    return value.item();
  }

  /** Returns whether gradients flow into it. */
  public boolean requiresGrad() {
    return requiresGrad;
  }

  /**
   * Returns the gradient that {@link #backward()} added up since the last {@link #zeroGrad()}; null
   * where none came, and always for results of functions.
   */
  public @Nullable Tensor grad() {
    return grad;
  }

  /** Forgets the gradient. */
  public void zeroGrad() {
    grad = null;
  }

  /** Returns a constant with the same value and memory. */
  public Variable detach() {
    return of(value);
  }

  /**
   * Adds the gradients of this single number to every leaf that it was computed from.
   *
   * @throws IllegalArgumentException if the value has more than one element
   * @throws IllegalStateException if nothing that it was computed from wants a gradient, or a tape
   *     has closed in between
   */
  public void backward() {
    Backpropagation.toLeaves(this, Autograd.one(this));
  }

  /**
   * As {@link #backward()}, for a value of any shape.
   *
   * @param upstream gradient of what is minimized with respect to this value, of its shape
   */
  public void backward(Tensor upstream) {
    Backpropagation.toLeaves(this, of(upstream));
  }

  @Override
  public String toString() {
    return "Variable" + shape() + " of " + dtype() + (requiresGrad ? ", requires grad" : "");
  }

  /** Replaces a leaf's value, by one of another type for instance; its gradient is forgotten. */
  protected final void setValue(Tensor other) {
    value = other;
    grad = null;
  }

  /** Lets gradients flow into a leaf, or stops them. */
  protected final void setRequiresGrad(boolean wanted) {
    requiresGrad = wanted;
  }

  /** Returns memory for a leaf's gradient, contents undefined; by default it dies with the tape. */
  protected Tensor newGrad() {
    return Tape.memory().emptyLike(value);
  }

  @Nullable Node node() {
    return node;
  }

  int output() {
    return output;
  }

  /**
   * Takes in a gradient.
   *
   * @param room memory of {@link #newGrad} that the gradient may stand in already, null for none
   */
  void accumulate(Tensor gradient, @Nullable Tensor room) {
    Tensor sum = grad;
    if (sum != null) {
      Elementwise.axpy(1, gradient, sum);
    } else if (gradient == room) {
      grad = room;
    } else {
      grad = newGrad();
      grad.copyFrom(gradient);
    }
  }
}
