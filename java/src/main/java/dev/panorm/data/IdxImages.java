package dev.panorm.data;

import dev.panorm.DType;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.io.Idx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * MNIST and the sets that come in its form: IDX files of grey images and labels, plain or with
 * gzip, under the usual names {@code train-images-idx3-ubyte} and {@code t10k-images-idx3-ubyte}.
 */
public final class IdxImages {

  private static final int CLASSES = 10;
  private static final double WHITE = 255;

  private IdxImages() {}

  /**
   * Loads the images of a folder, [N, 1, height, width] from 0 to 1.
   *
   * <p>Where both the training and the test files are there, that is the split; where there is only
   * one of the two, its first 80 % are for training and the rest for testing. The source names the
   * folder by its last name alone.
   *
   * @throws IOException if no files are there, or one is damaged
   */
  public static Split load(Path folder, Scope scope) throws IOException {
    Dataset train = loadPart(folder, "train", scope);
    Dataset test = loadPart(folder, "t10k", scope);
    if (train != null && test != null) {
      return new Split(train, test, lastName(folder) + " (its own split)");
    }
    Dataset only = train != null ? train : test;
    if (only == null) {
      throw new NoSuchFileException(
          folder.toString(),
          null,
          "holds no train-images-idx3-ubyte or t10k-images-idx3-ubyte, plain or .gz");
    }
    long first = only.size() * 4 / 5;
    return new Split(
        only.slice(0, first),
        only.slice(first, only.size()),
        lastName(folder) + " (first " + first + " train, last " + (only.size() - first) + " test)");
  }

  private static Path lastName(Path folder) {
    Path name = folder.toAbsolutePath().normalize().getFileName();
    return name == null ? folder : name;
  }

  private static @Nullable Dataset loadPart(Path folder, String part, Scope scope)
      throws IOException {
    Path images = find(folder, part + "-images", "idx3-ubyte");
    Path labels = find(folder, part + "-labels", "idx1-ubyte");
    if (images == null && labels == null) {
      return null;
    }
    if (images == null || labels == null) {
      throw new NoSuchFileException(
          folder.toString(),
          null,
          "holds "
              + part
              + (images == null ? "-labels without -images" : "-images without -labels"));
    }
    Tensor pixels = Idx.read(images, DType.FLOAT32, scope);
    Tensor classes = Idx.read(labels, DType.INT64, scope);
    if (pixels.shape().rank() != 3) {
      throw new IOException(
          images + ": shape is " + pixels.shape() + ", expected [images, height, width]");
    }
    try (Scope scale = Scope.open()) {
      Standardizer.of(scale, 0, WHITE).apply(pixels, pixels);
    }
    Tensor inputs = pixels.view(pixels.dim(0), 1, pixels.dim(1), pixels.dim(2));
    try {
      return new Dataset(inputs, classes, CLASSES);
    } catch (IllegalArgumentException e) {
      throw new IOException(labels + ": does not fit " + images + ": " + e.getMessage(), e);
    }
  }

  private static @Nullable Path find(Path folder, String name, String ending) {
    for (String file : List.of(name + "-" + ending, name + "." + ending)) {
      for (String compressed : List.of("", ".gz")) {
        Path path = folder.resolve(file + compressed);
        if (Files.isRegularFile(path)) {
          return path;
        }
      }
    }
    return null;
  }
}
