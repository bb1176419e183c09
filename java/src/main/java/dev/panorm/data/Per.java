package dev.panorm.data;

import dev.panorm.Shape;
import java.util.Arrays;

/** Which values of [samples, features...] share one statistic. */
public enum Per {
  /** Each position of a sample has statistics of its own. */
  FEATURE,
  /** All positions of a channel, dimension 1, share them: the usual choice for images, NCHW. */
  CHANNEL,
  /** All values of the data set share them. */
  DATASET;

  /** Returns the shape of the statistics of samples of this shape: the first of its sizes. */
  Shape statistics(Shape sample) {
    int kept =
        switch (this) {
          case FEATURE -> sample.rank();
          case CHANNEL -> 1;
          case DATASET -> 0;
        };
    return Shape.of(Arrays.copyOf(sample.dims(), kept));
  }
}
