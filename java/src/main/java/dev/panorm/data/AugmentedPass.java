package dev.panorm.data;

import dev.panorm.Scope;
import dev.panorm.Tensor;

/**
 * One pass over images that are changed at random on their way, never stored: the same way whenever
 * a batch is made again, another way in each epoch. Safe in all threads.
 *
 * @param epoch the pass over the data, whose inputs are [N, C, H, W]
 * @param augmentation what happens to the images
 * @param seed of the random numbers
 */
public record AugmentedPass(Batches.Epoch epoch, Augmentation augmentation, long seed)
    implements Pass {

  @Override
  public long number() {
    return epoch.number();
  }

  @Override
  public int count() {
    return epoch.count();
  }

  /** Returns a batch with changed images and the same targets. */
  @Override
  public Dataset batch(int index, Scope scope) {
    SampleDraws draws = SampleDraws.of(seed, epoch.number(), epoch.samples(index));
    try (Scope gathered = Scope.open()) {
      Dataset batch = epoch.batch(index, gathered);
      Tensor images = augmentation.apply(scope, batch.inputs(), draws);
      return new Dataset(images, scope.copyOf(batch.targets()), batch.classes());
    }
  }
}
