package dev.panorm.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.panorm.DType;
import dev.panorm.Panorm;
import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IdxTest {

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void imagesAreReadPlainAndCompressed(boolean compressed) throws IOException {
    byte[] file = bytes("00000803 00000002 00000001 00000003 00 01 7f 80 fe ff");
    try (Scope scope = Scope.open()) {
      Tensor images = Idx.read(write(compressed ? gzip(file) : file), DType.FLOAT32, scope);
      assertEquals(Shape.of(2, 1, 3), images.shape());
      assertArrayEquals(new float[] {0, 1, 127, 128, 254, 255}, images.toFloatArray());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "00000801 00000002 07 ff, 7, 255",
    "00000901 00000002 07 ff, 7, -1",
    "00000B01 00000002 0102 fffe, 258, -2",
    "00000C01 00000002 00010000 ffffffff, 65536, -1",
    "00000D01 00000002 40000000 bf800000, 2, -1",
    "00000E01 00000002 4000000000000000 bff0000000000000, 2, -1"
  })
  void allTypesOfElementsAreRead(String hex, long first, long second) throws IOException {
    try (Scope scope = Scope.open()) {
      Tensor values = Idx.read(write(bytes(hex)), DType.INT64, scope);
      assertArrayEquals(new long[] {first, second}, values.toLongArray());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "00000000 00000000 | at byte 0: the magic number is 0x00000000",
        "01000803 00000001 | at byte 0: the magic number is 0x01000803",
        "00000800 | at byte 0: the magic number is 0x00000800",
        "000008 | at byte 3: the data end, expected the magic number",
        "00000803 00000001 0000 | at byte 10: the data end, expected the sizes of 3 dimensions",
        "00000801 00000003 0102 | at byte 10: the data end, expected 3 bytes of data for shape [3]",
        "00000801 00000001 0102 | at byte 9: more data follows, expected the end after 1 bytes",
        "00000803 ffffffff ffffffff ffffffff 00 | at byte 4: the sizes overflow",
        "00000E03 7fffffff 7fffffff 00000002 00 | at byte 4: the sizes overflow",
        "00000803 7fffffff 7fffffff 00000001 00 | at byte 17: the data end, expected"
            + " 4611686014132420609",
        "000008ff 00000001 | at byte 8: the data end, expected the sizes of 255 dimensions",
      })
  void aLyingFileIsRefusedWithOffset(String hex, String expected) throws IOException {
    byte[] file = bytes(hex);
    for (byte[] content : new byte[][] {file, gzip(file)}) {
      Path path = write(content);
      long live = Panorm.memory().liveBytes();
      try (Scope scope = Scope.open()) {
        String message =
            String.valueOf(
                assertThrows(IOException.class, () -> Idx.read(path, DType.FLOAT32, scope))
                    .getMessage());
        assertTrue(message.startsWith(path + ": " + expected), message);
        assertEquals(live, Panorm.memory().liveBytes());
      }
    }
  }

  @Test
  void damagedCompressionIsRefused() throws IOException {
    byte[] good = gzip(bytes("00000801 00000004 01020304"));
    for (int length = 0; length < good.length; length++) {
      refuse(Arrays.copyOf(good, length));
    }
    byte[] wrongSum = good.clone();
    wrongSum[good.length - 8] ^= 1;
    refuse(wrongSum);
  }

  private void refuse(byte[] content) throws IOException {
    Path path = write(content);
    try (Scope scope = Scope.open()) {
      String message =
          String.valueOf(
              assertThrows(IOException.class, () -> Idx.read(path, DType.INT64, scope))
                  .getMessage());
      assertTrue(message.startsWith(path + ": at byte "), message);
    }
  }

  private Path write(byte[] content) throws IOException {
    Path path = folder.resolve("file.idx");
    Files.write(path, content);
    return path;
  }

  private static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex.replace(" ", ""));
  }

  static byte[] gzip(byte[] content) throws IOException {
    ByteArrayOutputStream zipped = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(zipped)) {
      out.write(content);
    }
    return zipped.toByteArray();
  }

  /** A file of unsigned bytes. */
  static byte[] file(byte[] data, int... dims) {
    ByteBuffer file = ByteBuffer.allocate(4 + 4 * dims.length + data.length);
    file.putInt(0x800 + dims.length);
    for (int dim : dims) {
      file.putInt(dim);
    }
    return file.put(data).array();
  }
}
