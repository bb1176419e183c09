package dev.panorm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TensorTest {

  @Test
  void valuesGoInAndComeOutInEveryType() {
    try (Scope scope = Scope.open()) {
      assertArrayEquals(
          new float[] {1, 2, 3, 4}, scope.of(new float[] {1, 2, 3, 4}, 2, 2).toFloatArray());
      assertArrayEquals(new double[] {0.1, -5}, scope.of(new double[] {0.1, -5}).toDoubleArray());
      assertArrayEquals(
          new long[] {7, Long.MIN_VALUE}, scope.of(new long[] {7, Long.MIN_VALUE}).toLongArray());
      assertArrayEquals(new double[] {1, 1, 1}, scope.ones(DType.FLOAT32, 3).toDoubleArray());
      assertEquals(2.5, scope.full(2.5, DType.FLOAT64, Shape.of()).item());
      Tensor wide = scope.of(new double[] {0.1, 2});
      Tensor narrow = scope.empty(DType.FLOAT32, 2);
      narrow.copyFrom(wide);
      assertArrayEquals(new float[] {0.1f, 2}, narrow.toFloatArray());
    }
  }

  @Test
  void viewsShareMemory() {
    try (Scope scope = Scope.open()) {
      Tensor x = scope.of(new float[] {1, 2, 3, 4, 5, 6}, 3, 2);
      Tensor row = x.slice(1, 2);
      assertEquals(Shape.of(1, 2), row.shape());
      row.fill(0);
      assertArrayEquals(new float[] {1, 2, 0, 0, 5, 6}, x.view(2, -1).toFloatArray());
      assertTrue(row.overlaps(x));
      assertFalse(x.slice(0, 1).overlaps(row));
      assertThrows(IllegalArgumentException.class, () -> x.view(4));
      assertThrows(IllegalArgumentException.class, () -> x.slice(2, 4));
    }
  }

  @Test
  void aWrappedSegmentIsUsedInPlace() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment segment = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1, 2, 3);
      Tensor x = Tensor.wrap(segment, DType.FLOAT32, 3);
      x.copyFrom(4f, 5f, 6f);
      assertEquals(5f, segment.getAtIndex(ValueLayout.JAVA_FLOAT, 1));
      assertEquals(segment.address(), x.storage().address());
    }
  }

  @Test
  void segmentsThatCannotServeAreRefused() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment segment = arena.allocate(16, 8);
      MemorySegment onHeap = MemorySegment.ofArray(new float[4]);
      assertRefused("on the Java heap", () -> Tensor.wrap(onHeap, DType.FLOAT32, 4));
      assertRefused("16 bytes, expected 5 x 4", () -> Tensor.wrap(segment, DType.FLOAT32, 5));
      assertRefused("multiple of 4", () -> Tensor.wrap(segment.asSlice(1), DType.FLOAT32, 1));
      Tensor readOnly = Tensor.wrap(segment.asReadOnly(), DType.FLOAT32, 4);
      assertRefused("read-only", () -> readOnly.fill(1));
    }
  }

  private static void assertRefused(String part, org.junit.jupiter.api.function.Executable call) {
    String message =
        String.valueOf(assertThrows(IllegalArgumentException.class, call).getMessage());
    assertTrue(message.contains(part), message);
  }

  @Test
  void wrongSizesAreRefusedBeforeAnythingIsWritten() {
    try (Scope scope = Scope.open()) {
      Tensor x = scope.of(new float[] {1, 2});
      assertRefused("3 values came, expected 2", () -> x.copyFrom(1f, 2f, 3f));
      assertRefused("position is 2, expected 0 to 1", () -> x.get(2));
      assertRefused("dtype is float32, expected int64", x::toLongArray);
      assertRefused("size is -1", () -> scope.empty(DType.FLOAT32, 2, -1));
      assertRefused("more than 2^63 - 1", () -> scope.empty(DType.FLOAT32, 1L << 40, 1L << 40));
      assertRefused("more than 2^63 - 1 bytes", () -> scope.empty(DType.FLOAT64, 1L << 61));
      assertArrayEquals(new float[] {1, 2}, x.toFloatArray());
    }
  }

  @Test
  void moreThanTwoToThe31ElementsCanBeAddressed(@TempDir Path folder) throws IOException {
    long elements = (1L << 31) + 3;
    try (RandomAccessFile sparse = new RandomAccessFile(folder.resolve("sparse").toFile(), "rw");
        Arena arena = Arena.ofConfined()) {
      sparse.setLength(elements * Float.BYTES);
      Tensor x =
          Tensor.wrap(
              sparse.getChannel().map(MapMode.READ_WRITE, 0, elements * Float.BYTES, arena),
              DType.FLOAT32,
              elements);
      x.slice(elements - 1, elements).fill(42);
      assertEquals(42, x.get(elements - 1));
      assertEquals(0, x.get(1L << 31));
    }
  }
}
