package dev.panorm.io;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
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
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class NpyTest {

  private static final String GOOD = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }";

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource(DType.class)
  void whatIsWrittenIsReadAgain(DType dtype) throws IOException {
    Path path = folder.resolve("a.npy");
    try (Scope scope = Scope.open()) {
      for (Shape shape : new Shape[] {Shape.of(), Shape.of(5), Shape.of(2, 3, 4), Shape.of(0, 7)}) {
        Tensor tensor = scope.empty(dtype, shape);
        double[] values = new double[(int) shape.elements()];
        for (int i = 0; i < values.length; i++) {
          values[i] = i - 3;
        }
        tensor.copyFrom(values);
        Npy.write(path, tensor);
        Tensor read = Npy.read(path, scope);
        assertEquals(shape, read.shape());
        assertEquals(dtype, read.dtype());
        assertArrayEquals(tensor.toDoubleArray(), read.toDoubleArray());
      }
    }
  }

  @Test
  void aWrittenHeaderIsAsNumpyWritesIt() throws IOException {
    Path path = folder.resolve("a.npy");
    try (Scope scope = Scope.open()) {
      Npy.write(path, scope.zeros(DType.FLOAT64, 3, 2));
    }
    String text = Files.readString(path, ISO_8859_1);
    assertEquals(0, text.indexOf("\u0093NUMPY\u0002\u0000"));
    assertTrue(text.contains("{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2,), }"), text);
    assertEquals(0, (text.indexOf('\n') + 1) % 64);
  }

  @Test
  void versionOneIsRead() throws IOException {
    try (Scope scope = Scope.open()) {
      assertEquals(Shape.of(2), Npy.read(file(1, GOOD + "\n", 8), scope).shape());
      assertEquals(
          Shape.of(2),
          Npy.read(file(3, "{'shape':(2,),'descr':'<f4','fortran_order':False}", 8), scope)
              .shape());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'descr': '>f4', 'fortran_order': False, 'shape': (2,), } | the type is '>f4'",
        "{'descr': 'O', 'fortran_order': False, 'shape': (2,), } | the type is 'O'",
        "{'descr': '<f4', 'fortran_order': True, 'shape': (2,), } | fortran_order is True",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), } | 8 bytes of data follow",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4), } | expected"
            + " sizes that fit memory",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), } | expected"
            + " sizes that fit memory",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (,2), } | expected sizes that fit"
            + " memory",
        "{'descr': '<f4', 'fortran_order': False, 'shape': '2', } | expected a tuple of sizes",
        "{'descr': '<f4', 'fortran_order': False, } | the fields are",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'x': True, } | the fields are",
        "{'descr': '<f4', 'descr': '<f4', 'shape': (2,), } | comes twice",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,) | no dictionary",
        "[] | no dictionary",
      })
  void aLyingHeaderIsRefusedWithFileAndOffset(String header, String expected) throws IOException {
    Path path = file(2, header, 8);
    try (Scope scope = Scope.open()) {
      String message =
          String.valueOf(assertThrows(IOException.class, () -> Npy.read(path, scope)).getMessage());
      assertTrue(message.startsWith(path + ": at byte "), message);
      assertTrue(message.contains(expected), message);
    }
  }

  @Test
  void everyTruncationIsRefused() throws IOException {
    byte[] good = Files.readAllBytes(file(2, GOOD, 8));
    Path path = folder.resolve("cut.npy");
    try (Scope scope = Scope.open()) {
      for (int length = 0; length < good.length; length++) {
        Files.write(path, java.util.Arrays.copyOf(good, length));
        assertThrows(IOException.class, () -> Npy.read(path, scope));
      }
    }
  }

  private Path file(int version, String header, int dataBytes) throws IOException {
    byte[] text = header.getBytes(ISO_8859_1);
    ByteBuffer file =
        ByteBuffer.allocate(8 + (version == 1 ? 2 : 4) + text.length + dataBytes)
            .order(ByteOrder.LITTLE_ENDIAN);
    file.put((byte) 0x93).put("NUMPY".getBytes(ISO_8859_1)).put((byte) version).put((byte) 0);
    if (version == 1) {
      file.putShort((short) text.length);
    } else {
      file.putInt(text.length);
    }
    Path path = folder.resolve("made.npy");
    Files.write(path, file.put(text).array());
    return path;
  }
}
