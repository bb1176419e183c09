package dev.panorm.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.panorm.DType;
import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DataTest {

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({"10,3,4,false", "10,3,3,true", "9,3,3,false", "2,5,1,false", "2,5,0,true"})
  void anEpochHasEachSampleOnceWithItsLabel(int samples, int size, int count, boolean dropLast) {
    try (Scope scope = Scope.open()) {
      Batches shuffled = Batches.shuffled(counting(samples, scope), size, 42);
      Batches batches = dropLast ? shuffled.dropLast() : shuffled;
      assertEquals(count, batches.count());
      double[] seen = new double[samples];
      Batches.Epoch epoch = batches.epoch(3);
      for (int i = 0; i < count; i++) {
        Dataset batch = epoch.batch(i, scope);
        assertEquals(i < samples / size ? size : samples % size, batch.size());
        for (int k = 0; k < batch.size(); k++) {
          double value = batch.inputs().get(2L * k);
          assertEquals(value + 0.5, batch.inputs().get(2L * k + 1));
          assertEquals(value % 10, batch.targets().get(k));
          seen[(int) value]++;
        }
      }
      assertEquals(dropLast ? samples / size * size : samples, Arrays.stream(seen).sum());
      assertTrue(Arrays.stream(seen).allMatch(n -> n <= 1));
    }
  }

  @Test
  void theOrderFollowsFromSeedAndEpoch() {
    try (Scope scope = Scope.open()) {
      Dataset data = counting(100, scope);
      assertArrayEquals(order(data, 1, 0, scope), order(data, 1, 0, scope));
      assertFalse(Arrays.equals(order(data, 1, 0, scope), order(data, 1, 1, scope)));
      assertFalse(Arrays.equals(order(data, 1, 0, scope), order(data, 2, 0, scope)));
    }
  }

  @Test
  void everyOrderOfThreeIsAsLikely() {
    try (Scope scope = Scope.open()) {
      Dataset data = counting(3, scope);
      int[] counts = new int[6];
      int epochs = 6_000;
      for (int epoch = 0; epoch < epochs; epoch++) {
        try (Scope step = Scope.open()) {
          double[] o = order(data, 7, epoch, step);
          counts[2 * (int) o[0] + (o[1] > o[2] ? 1 : 0)]++;
        }
      }
      for (int count : counts) {
        assertTrue(
            Math.abs(count - epochs / 6.0) < 5 * Math.sqrt(epochs / 6.0), Arrays.toString(counts));
      }
    }
  }

  @Test
  void inOrderBatchesAreViews() {
    try (Scope scope = Scope.open()) {
      Dataset data = counting(5, scope);
      Dataset batch = Batches.inOrder(data, 2).epoch(0).batch(1, scope);
      assertTrue(batch.inputs().overlaps(data.inputs()));
      assertEquals(2, batch.inputs().get(0));
    }
  }

  @Test
  void wrongDataAreRefused() {
    try (Scope scope = Scope.open()) {
      Tensor x = scope.zeros(DType.FLOAT32, 3, 2);
      refuse(
          "dataset: targets has shape [2], expected [3], one per sample",
          () -> new Dataset(x, scope.of(new long[] {0, 1}), 2));
      refuse(
          "dataset: targets holds class 2, expected 0 to 1",
          () -> new Dataset(x, scope.of(new long[] {0, 1, 2}), 2));
      refuse(
          "dataset: targets has dtype float32, expected int64",
          () -> new Dataset(x, scope.zeros(DType.FLOAT32, 3), 2));
      Dataset data = new Dataset(x, scope.of(new long[] {0, 1, 0}), 2);
      refuse("batches: size is 0, expected 1 or more", () -> Batches.inOrder(data, 0));
      refuse(
          "batch: index is 2, expected 0 to 1",
          () -> Batches.inOrder(data, 2).epoch(0).batch(2, scope));
    }
  }

  @Test
  void aBatchSaysWhichSamplesItHas() {
    try (Scope scope = Scope.open()) {
      Dataset data = counting(10, scope);
      for (Batches batches : List.of(Batches.shuffled(data, 4, 3), Batches.inOrder(data, 4))) {
        Batches.Epoch epoch = batches.epoch(2);
        assertEquals(2, epoch.number());
        for (int i = 0; i < epoch.count(); i++) {
          Dataset batch = epoch.batch(i, scope);
          long[] samples = epoch.samples(i);
          assertEquals(batch.size(), samples.length);
          for (int k = 0; k < samples.length; k++) {
            assertEquals((double) samples[k], batch.inputs().get(2L * k));
          }
        }
        refuse("samples: index is 3, expected 0 to 2", () -> epoch.samples(3));
      }
    }
  }

  @Test
  void generatedImagesAreTheSameEachTimeAndAllClassesDiffer() {
    try (Scope scope = Scope.open()) {
      Split first = GeneratedImages.split(40, 20, 5, scope);
      Split again = GeneratedImages.split(20, 10, 5, scope);
      assertEquals(Shape.of(40, 1, 28, 28), first.train().inputs().shape());
      assertEquals(20, first.test().size());
      assertArrayEquals(
          again.train().inputs().toFloatArray(),
          first.train().inputs().slice(0, 20).toFloatArray());
      for (float pixel : first.train().inputs().toFloatArray()) {
        assertTrue(pixel >= 0 && pixel <= 1);
      }
      assertArrayEquals(
          IntStream.range(0, 40).mapToLong(i -> i % 10).toArray(),
          first.train().targets().toLongArray());
    }
  }

  @Test
  void aFolderOfOneSetIsSplit() throws IOException {
    idx("t10k-images-idx3-ubyte", 0x803, 10, 2, 2);
    idx("t10k-labels-idx1-ubyte", 0x801, 10);
    try (Scope scope = Scope.open()) {
      Split split = IdxImages.load(folder, scope);
      assertEquals(Shape.of(8, 1, 2, 2), split.train().inputs().shape());
      assertEquals(2, split.test().size());
      assertEquals(folder.getFileName() + " (first 8 train, last 2 test)", split.source());
      idx("train-images-idx3-ubyte", 0x803, 5, 2, 2);
      idx("train-labels-idx1-ubyte", 0x801, 5);
      Split own = IdxImages.load(folder, scope);
      assertEquals(5, own.train().size());
      assertEquals(10, own.test().size());
    }
  }

  @Test
  void anIncompleteFolderIsRefused() throws IOException {
    try (Scope scope = Scope.open()) {
      assertTrue(
          String.valueOf(
                  assertThrows(NoSuchFileException.class, () -> IdxImages.load(folder, scope))
                      .getMessage())
              .contains("holds no train-images-idx3-ubyte"));
      idx("t10k-images-idx3-ubyte", 0x803, 10, 2, 2);
      assertTrue(
          String.valueOf(
                  assertThrows(NoSuchFileException.class, () -> IdxImages.load(folder, scope))
                      .getMessage())
              .contains("-images without -labels"));
      idx("t10k-labels-idx1-ubyte", 0x801, 9);
      assertTrue(
          String.valueOf(
                  assertThrows(IOException.class, () -> IdxImages.load(folder, scope)).getMessage())
              .contains("does not fit"));
    }
  }

  private static void refuse(String message, Runnable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
  }

  private static double[] order(Dataset data, long seed, long epoch, Scope scope) {
    Tensor all =
        Batches.shuffled(data, (int) data.size(), seed).epoch(epoch).batch(0, scope).inputs();
    return IntStream.range(0, (int) data.size()).mapToDouble(i -> all.get(2L * i)).toArray();
  }

  /** Sample i is (i, i + ½) of class i mod 10. */
  private static Dataset counting(int samples, Scope scope) {
    float[] values = new float[2 * samples];
    long[] classes = new long[samples];
    for (int i = 0; i < samples; i++) {
      values[2 * i] = i;
      values[2 * i + 1] = i + 0.5f;
      classes[i] = i % 10;
    }
    return new Dataset(scope.of(values, samples, 2), scope.of(classes), 10);
  }

  private void idx(String name, int magic, int... dims) throws IOException {
    int elements = Arrays.stream(dims).reduce(1, (a, b) -> a * b);
    ByteBuffer file = ByteBuffer.allocate(4 + 4 * dims.length + elements).putInt(magic);
    for (int dim : dims) {
      file.putInt(dim);
    }
    for (int i = 0; i < elements; i++) {
      file.put((byte) (i % 10));
    }
    Files.write(folder.resolve(name), file.array());
  }
}
