package dev.panorm.data;

import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A change of features that was learned from training data and then serves any data: fit on the
 * training set, apply to training, validation and test set alike.
 *
 * <p>Data are [samples, features...], float32 or float64, at least two dimensions. Statistics are
 * float64 whatever the data are; a result is computed in float64 and rounded once. What was learned
 * lives in the scope that fit or load was given, and never changes. All methods may be called from
 * any thread; results are the same bits for any number of threads.
 */
public interface FittedTransform {

  /**
   * Returns the shape that {@link #apply(Tensor, Tensor)} makes of a shape.
   *
   * @throws IllegalArgumentException if the features are not those that it was fitted on
   */
  Shape outputShape(Shape x);

  /**
   * Returns the shape that {@link #inverse(Tensor, Tensor)} makes of a shape.
   *
   * @throws IllegalArgumentException if {@link #apply(Tensor, Tensor)} cannot have made it
   */
  Shape inputShape(Shape y);

  /**
   * Transforms x into y.
   *
   * @param y overwritten, of {@link #outputShape}; may be x itself where that has the same shape
   * @throws IllegalArgumentException if a shape or a type does not fit; nothing is written
   */
  void apply(Tensor x, Tensor y);

  /**
   * Undoes {@link #apply(Tensor, Tensor)}, up to rounding and up to what a reduced rank dropped.
   *
   * @param x overwritten, of {@link #inputShape}; may be y itself where that has the same shape
   * @throws IllegalArgumentException if a shape or a type does not fit; nothing is written
   */
  void inverse(Tensor y, Tensor x);

  /** Returns the transformed x as a new tensor of a scope. */
  default Tensor apply(Scope scope, Tensor x) {
    Tensor y = scope.empty(x.dtype(), outputShape(x.shape()));
    apply(x, y);
    return y;
  }

  /** Returns what {@link #apply(Scope, Tensor)} made y of, as a new tensor of a scope. */
  default Tensor inverse(Scope scope, Tensor y) {
    Tensor x = scope.empty(y.dtype(), inputShape(y.shape()));
    inverse(y, x);
    return x;
  }

  /**
   * Writes what was learned to a SafeTensors file; a transform loaded from it gives the same bits.
   *
   * @throws IOException if the file cannot be written
   */
  void save(Path file) throws IOException;
}
