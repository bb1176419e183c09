package dev.panorm.data;

import dev.panorm.DType;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.internal.check.Check;
import dev.panorm.internal.random.Philox;

/**
 * Grey images of 28 x 28 that Panorm draws itself, for runs without data: the ten digits in strokes
 * like those of a pocket calculator, each moved, scaled, slanted, drawn thick or thin, and covered
 * with noise. Image i depends on (seed, i) alone; its class is i mod 10.
 */
public final class GeneratedImages {

  /** Height and width of an image. */
  public static final int SIZE = 28;

  /** Number of classes. */
  public static final int CLASSES = 10;

  private static final int PIXELS = SIZE * SIZE;
  private static final long STREAM = 0x696D616765L << 24;
  private static final float NOISE = 0.35f;
  private static final float SHIFT = 3;

  /** Ends of the seven strokes, x and y each, in a box of 1 x 2. */
  private static final float[][] STROKES = {
    {0, 0, 1, 0}, // top
    {0, 0, 0, 1}, // upper left
    {1, 0, 1, 1}, // upper right
    {0, 1, 1, 1}, // middle
    {0, 1, 0, 2}, // lower left
    {1, 1, 1, 2}, // lower right
    {0, 2, 1, 2} // bottom
  };

  /** Which strokes make a digit, bit i for stroke i. */
  private static final int[] DIGITS = {
    0b1110111, 0b0100100, 0b1011101, 0b1101101, 0b0101110, 0b1101011, 0b1111011, 0b0100101,
    0b1111111, 0b1101111
  };

  private GeneratedImages() {}

  /**
   * Draws a training and a test set, [N, 1, 28, 28] from 0 to 1.
   *
   * @param train number of training images, 1 or more
   * @param test number of test images, 1 or more, which follow the training images
   */
  public static Split split(int train, int test, long seed, Scope scope) {
    Check.that(train >= 1, "generatedImages", "train", train, "1 or more");
    Check.that(test >= 1, "generatedImages", "test", test, "1 or more");
    Dataset all = draw(Math.addExact(train, test), seed, scope);
    return new Split(
        all.slice(0, train),
        all.slice(train, train + test),
        "generated images (seed " + seed + ", " + train + " train, " + test + " test)");
  }

  private static Dataset draw(int count, long seed, Scope scope) {
    Tensor images = scope.empty(DType.FLOAT32, count, 1, SIZE, SIZE);
    long[] classes = new long[count];
    float[] pixels = new float[PIXELS];
    for (int i = 0; i < count; i++) {
      classes[i] = i % CLASSES;
      drawOne((int) classes[i], seed, STREAM + i, pixels);
      images.slice(i, i + 1).copyFrom(pixels);
    }
    return new Dataset(images, scope.of(classes), CLASSES);
  }

  private static void drawOne(int digit, long seed, long stream, float[] pixels) {
    float height = between(6, 9.5f, seed, stream, 0);
    float width = between(4.5f, 9, seed, stream, 1);
    float slant = between(-0.35f, 0.35f, seed, stream, 2);
    float left = (SIZE - width) / 2 + between(-SHIFT, SHIFT, seed, stream, 3);
    float top = SIZE / 2f - height + between(-SHIFT, SHIFT, seed, stream, 4);
    float thick = between(0.7f, 1.7f, seed, stream, 5);
    float ink = between(0.55f, 1, seed, stream, 6);
    for (int p = 0; p < PIXELS; p++) {
      int row = p / SIZE;
      int column = p % SIZE;
      float y = (row - top) / height;
      float x = (column - left + slant * (y - 1) * height) / width;
      float distance = distance(DIGITS[digit], x, y, width, height);
      float stroke = ink * Math.clamp(thick - distance + 0.5f, 0, 1);
      float noise = NOISE * (Philox.uniformFloat(seed, stream, 8 + p) - 0.5f);
      pixels[p] = Math.clamp(stroke + noise, 0, 1);
    }
  }

  /** Distance in pixels to the nearest stroke of a digit. */
  private static float distance(int strokes, float x, float y, float width, float height) {
    float nearest = Float.MAX_VALUE;
    for (int i = 0; i < STROKES.length; i++) {
      if ((strokes >> i & 1) == 1) {
        float[] s = STROKES[i];
        float dx = width * (x - Math.clamp(x, s[0], s[2]));
        float dy = height * (y - Math.clamp(y, s[1], s[3]));
        nearest = Math.min(nearest, dx * dx + dy * dy);
      }
    }
    return (float) Math.sqrt(nearest);
  }

  private static float between(float low, float high, long seed, long stream, long index) {
    return low + (high - low) * Philox.uniformFloat(seed, stream, index);
  }
}
