package dev.panorm.io;

import static java.nio.charset.StandardCharsets.UTF_8;
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
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafeTensorsTest {

  @TempDir Path folder;

  @Test
  void whatIsWrittenIsReadAgain() throws IOException {
    Path path = folder.resolve("model.safetensors");
    try (Scope scope = Scope.open()) {
      Tensor floats = scope.of(new float[] {1, -2, Float.NaN, 0.5f, 3, 7}, 2, 3);
      Tensor doubles = scope.of(new double[] {Math.PI});
      Tensor longs = scope.of(new long[] {Long.MIN_VALUE, 5});
      Tensor empty = scope.empty(DType.FLOAT32, 0, 4);
      SafeTensors.write(
          path,
          Map.of("w", floats, "d \"quoted\" ü", doubles, "i", longs, "none", empty),
          Map.of("origin", "test"));
      try (SafeTensors file = SafeTensors.open(path)) {
        assertEquals(Set.of("w", "d \"quoted\" ü", "i", "none"), file.names());
        assertEquals(Map.of("origin", "test"), file.metadata());
        assertEquals(Shape.of(2, 3), file.shape("w"));
        assertEquals(DType.INT64, file.dtype("i"));
        assertArrayEquals(floats.toFloatArray(), file.load("w", scope).toFloatArray());
        assertArrayEquals(floats.toFloatArray(), file.map("w").toFloatArray());
        assertArrayEquals(doubles.toDoubleArray(), file.map("d \"quoted\" ü").toDoubleArray());
        assertArrayEquals(longs.toLongArray(), file.map("i").toLongArray());
        assertEquals(0, file.load("none", scope).elements());
      }
    }
    assertEquals(List.of(path), files());
  }

  @Test
  void aMappedTensorDiesWithItsFileAndIsReadOnly() throws IOException {
    Tensor mapped;
    try (SafeTensors file = SafeTensors.open(valid())) {
      mapped = file.map("w");
      assertEquals(2, mapped.get(1));
      assertThrows(IllegalArgumentException.class, () -> mapped.fill(0));
    }
    assertThrows(IllegalStateException.class, () -> mapped.get(1));
  }

  @Test
  void anUnknownNameIsTheCallersMistake() throws IOException {
    try (SafeTensors file = SafeTensors.open(valid());
        Scope scope = Scope.open()) {
      String message =
          String.valueOf(
              assertThrows(IllegalArgumentException.class, () -> file.load("v", scope))
                  .getMessage());
      assertTrue(message.startsWith("load: name is 'v', expected one of [w]"), message);
    }
  }

  @Test
  void aMissingFileSaysSo() {
    assertThrows(
        NoSuchFileException.class, () -> SafeTensors.open(folder.resolve("nothing.safetensors")));
  }

  @Test
  void misalignedDataCanBeLoadedAndNotMapped() throws IOException {
    String header = "{\"w\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]}} ";
    Path path = file(header.length() % 8 == 0 ? header + " " : header, 8);
    try (SafeTensors file = SafeTensors.open(path);
        Scope scope = Scope.open()) {
      assertEquals(1, file.load("w", scope).elements());
      assertTrue(
          String.valueOf(assertThrows(IOException.class, () -> file.map("w")).getMessage())
              .contains("not aligned"));
    }
  }

  @Test
  void aTypeThatPanormHasNotIsRefusedWhenItIsAskedFor() throws IOException {
    Path path = file("{\"w\":{\"dtype\":\"BF16\",\"shape\":[4],\"data_offsets\":[0,8]}}", 8);
    try (SafeTensors file = SafeTensors.open(path);
        Scope scope = Scope.open()) {
      assertEquals(Shape.of(4), file.shape("w"));
      String message =
          String.valueOf(assertThrows(IOException.class, () -> file.load("w", scope)).getMessage());
      assertTrue(message.contains("has type BF16, expected F32, F64 or I64"), message);
    }
  }

  /** Headers that lie, each with a word of the message; ' stands for ". */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'w':{'dtype':'F32','shape':[3],'data_offsets':[0,8]}} | expected the size of its"
            + " elements",
        "{'w':{'dtype':'F32','shape':[2],'data_offsets':[0,16]}} | expected within the 8 bytes",
        "{'w':{'dtype':'F32','shape':[2],'data_offsets':[-8,0]}} | expected within the 8 bytes",
        "{'w':{'dtype':'F32','shape':[2],'data_offsets':[8,0]}} | expected within the 8 bytes",
        "{'w':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}} | expected all 8",
        "{'w':{'dtype':'F32','shape':[1],'data_offsets':[4,8]}} | expected 0",
        "{'w':{'dtype':'F32','shape':[2],'data_offsets':[0,8]},'v':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}}"
            + " | expected 8",
        "{'w':{'dtype':'F32','shape':[4611686018427387904,4],'data_offsets':[0,8]}} | expected one"
            + " that fits memory",
        "{'w':{'dtype':'F32','shape':[-2],'data_offsets':[0,8]}} | expected one that fits memory",
        "{'w':{'dtype':'F32','shape':[99999999999999999999],'data_offsets':[0,8]}} | no valid JSON",
        "{'w':{'dtype':'F32','shape':[2.0],'data_offsets':[0,8]}} | expected a whole number",
        "{'w':{'dtype':'F99','shape':[2],'data_offsets':[0,8]}} | expected one of the format's"
            + " types",
        "{'w':{'dtype':'F32','shape':[2],'data_offsets':[0,8,9]}} | two data_offsets",
        "{'w':{'dtype':'F32','shape':[2]}} | two data_offsets",
        "{'w':{'dtype':'F32','shape':[2],'data_offsets':[0,8],'x':1}} | has a field 'x'",
        "{'w':{'dtype':'F32','shape':[2],'data_offsets':[0,8]},'w':{'dtype':'F32','shape':[0],'data_offsets':[8,8]}}"
            + " | Duplicate field",
        "{'__metadata__':{'a':1},'w':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}} | expected"
            + " VALUE_STRING",
        "{'w':[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]} | expected START_OBJECT",
        "{'w':{'dtype':'F32','shape':[[[[[[1]]]]]],'data_offsets':[0,8]}} | expected a whole"
            + " number",
        "{'w':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}} {} | more follows",
        "{'w':{'dtype':'F32','shape':[2],'data_offsets':[0,8] | no valid JSON",
        "[] | expected START_OBJECT",
        "`` | expected START_OBJECT",
      })
  void aLyingHeaderIsRefusedWithFileAndOffset(String header, String expected) throws IOException {
    Path path = file(header.replace('\'', '"'), 8);
    String message =
        String.valueOf(assertThrows(IOException.class, () -> SafeTensors.open(path)).getMessage());
    assertTrue(message.startsWith(path + ": at byte "), message);
    assertTrue(message.contains(expected), message);
  }

  @ParameterizedTest
  @CsvSource({"-1", "9223372036854775807", "100000001", "4294967296", "57"})
  void aLyingHeaderLengthIsRefused(long length) throws IOException {
    Path path = folder.resolve("length.safetensors");
    Files.write(
        path, ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN).putLong(length).array());
    String message =
        String.valueOf(assertThrows(IOException.class, () -> SafeTensors.open(path)).getMessage());
    assertTrue(message.contains(": at byte 0: the header length is "), message);
  }

  @Test
  void aFileOfLessThanEightBytesIsRefused() throws IOException {
    Path path = folder.resolve("short.safetensors");
    Files.write(path, new byte[7]);
    assertTrue(
        String.valueOf(assertThrows(IOException.class, () -> SafeTensors.open(path)).getMessage())
            .contains("at byte 7"));
  }

  @Test
  void aFailedWriteLeavesWhatStoodThere() throws IOException {
    Path path = valid();
    byte[] before = Files.readAllBytes(path);
    Scope scope = Scope.open();
    Tensor dead = scope.zeros(DType.FLOAT32, 3);
    scope.close();
    assertThrows(
        IllegalStateException.class, () -> SafeTensors.write(path, Map.of("x", dead), Map.of()));
    assertArrayEquals(before, Files.readAllBytes(path));
    assertEquals(List.of(path), files());
  }

  @Test
  void theFormatsOwnNameIsRefused() {
    try (Scope scope = Scope.open()) {
      Tensor x = scope.zeros(DType.FLOAT32, 1);
      assertThrows(
          IllegalArgumentException.class,
          () -> SafeTensors.write(folder.resolve("m"), Map.of("__metadata__", x), Map.of()));
    }
    assertFalse(Files.exists(folder.resolve("m")));
  }

  private Path valid() throws IOException {
    Path path = folder.resolve("valid.safetensors");
    try (Scope scope = Scope.open()) {
      SafeTensors.write(path, Map.of("w", scope.of(new float[] {1, 2})), Map.of());
    }
    return path;
  }

  private Path file(String header, int dataBytes) throws IOException {
    Path path = folder.resolve("made.safetensors");
    byte[] json = header.getBytes(UTF_8);
    Files.write(
        path,
        ByteBuffer.allocate(Long.BYTES + json.length + dataBytes)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(json.length)
            .put(json)
            .array());
    return path;
  }

  private List<Path> files() throws IOException {
    try (var list = Files.list(folder)) {
      return list.toList();
    }
  }
}
