package dev.panorm.nn;

import dev.panorm.Generator;
import dev.panorm.Shape;
import dev.panorm.autograd.Variable;
import dev.panorm.backend.DropPlan;

/**
 * Inverted dropout of whole channels (Tompson et al. 2015): all positions of a channel share their
 * fate. Data is [N, C, positions...], or without N.
 */
public abstract sealed class ChannelDropout extends Dropping
    permits Dropout1d, Dropout2d, Dropout3d {

  private final String name;
  private final int positions;

  ChannelDropout(String name, int positions, double p, Generator generator) {
    super(name, p, generator);
    this.name = name;
    this.positions = positions;
  }

  @Override
  DropPlan plan(Variable x) {
    Shape shape = x.shape();
    int rank = shape.rank();
    if (rank != positions + 1 && rank != positions + 2) {
      throw new IllegalArgumentException(
          name
              + ": x has shape "
              + shape
              + ", expected "
              + (positions + 2)
              + " dimensions, or "
              + (positions + 1)
              + " without the batch");
    }
    return DropPlan.inverted(p()).withUnit(Math.max(1, shape.product(rank - positions, rank)));
  }
}
