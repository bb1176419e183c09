package dev.panorm.data;

import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;

/**
 * A random change of images that keeps their labels.
 *
 * <p>Batches are [N, C, H, W], float32 or float64. Results are the same bits in whatever batches
 * and on however many threads the images are changed: see {@link SampleDraws}. Implementations are
 * immutable and run on the calling thread, so that a {@link Prefetcher} can give them threads of
 * their own.
 */
public interface Augmentation {

  /**
   * Returns the shape of what becomes of a batch of this shape.
   *
   * @throws IllegalArgumentException if it is none of images that this can change
   */
  default Shape outputShape(Shape x) {
    return x;
  }

  /**
   * Writes the changed images of x to y.
   *
   * @param draws random numbers for each image of the batch
   * @param y overwritten, of {@link #outputShape}; shares no memory with x
   * @throws IllegalArgumentException if a shape or a type does not fit; nothing is written
   */
  void apply(Tensor x, SampleDraws draws, Tensor y);

  /** Returns the changed images of x as a new tensor of a scope. */
  default Tensor apply(Scope scope, Tensor x, SampleDraws draws) {
    Tensor y = scope.empty(x.dtype(), outputShape(x.shape()));
    apply(x, draws, y);
    return y;
  }
}
