package dev.panorm.io;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.panorm.DType;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/**
 * Damaged files of every format: reading one ends in a tensor or an IOException with file and
 * offset, never in anything else. As fuzz tests they run on stored inputs; with JAZZER_FUZZ=1 they
 * search.
 */
class HostileFilesTest {

  /** Reads a file whole. */
  @FunctionalInterface
  private interface Reader {
    void read(Path path, Scope scope) throws IOException;
  }

  private static void survives(byte[] content, Reader reader) throws IOException {
    Path path = Files.createTempFile("hostile", ".bin");
    try (Scope scope = Scope.open()) {
      Files.write(path, content);
      reader.read(path, scope);
    } catch (IOException e) {
      assertTrue(String.valueOf(e.getMessage()).startsWith(path + ": at byte "), e.toString());
    } finally {
      Files.delete(path);
    }
  }

  private static void idx(Path path, Scope scope) throws IOException {
    Idx.read(path, DType.FLOAT32, scope);
  }

  private static void npy(Path path, Scope scope) throws IOException {
    Npy.read(path, scope);
  }

  private static void safeTensors(Path path, Scope scope) throws IOException {
    try (SafeTensors file = SafeTensors.open(path)) {
      for (String name : file.names()) {
        file.load(name, scope);
      }
    }
  }

  @FuzzTest
  void idxSurvives(byte[] data) throws IOException {
    survives(data, HostileFilesTest::idx);
  }

  @FuzzTest
  void npySurvives(byte[] data) throws IOException {
    survives(data, HostileFilesTest::npy);
  }

  @FuzzTest
  void safeTensorsSurvives(byte[] data) throws IOException {
    survives(data, HostileFilesTest::safeTensors);
  }

  @Property(tries = 300)
  void aDamagedIdxFileSurvives(
      @ForAll @Size(min = 1, max = 6) int[] places,
      @ForAll byte value,
      @ForAll @IntRange(max = 60) int length,
      @ForAll boolean zipped)
      throws IOException {
    byte[] plain = IdxTest.file(new byte[24], 2, 3, 4);
    byte[] good = zipped ? IdxTest.gzip(plain) : plain;
    survives(damaged(good, places, value, length), HostileFilesTest::idx);
  }

  @Property(tries = 300)
  void aDamagedNpyFileSurvives(
      @ForAll @Size(min = 1, max = 4) int[] places,
      @ForAll byte value,
      @ForAll @IntRange(max = 200) int length)
      throws IOException {
    survives(damaged(written(Npy::write), places, value, length), HostileFilesTest::npy);
  }

  @Property(tries = 300)
  void aDamagedSafeTensorsFileSurvives(
      @ForAll @Size(min = 1, max = 4) int[] places,
      @ForAll byte value,
      @ForAll @IntRange(max = 200) int length)
      throws IOException {
    survives(
        damaged(
            written((path, x) -> SafeTensors.write(path, Map.of("a", x, "b", x), Map.of("k", "v"))),
            places,
            value,
            length),
        HostileFilesTest::safeTensors);
  }

  /** Writes a file of a tensor. */
  @FunctionalInterface
  private interface Writer {
    void write(Path path, Tensor tensor) throws IOException;
  }

  private static byte[] written(Writer writer) throws IOException {
    Path path = Files.createTempFile("good", ".bin");
    try (Scope scope = Scope.open()) {
      writer.write(path, scope.zeros(DType.FLOAT32, 2, 3));
      return Files.readAllBytes(path);
    } finally {
      Files.delete(path);
    }
  }

  private static byte[] damaged(byte[] good, int[] places, byte value, int cut) {
    byte[] bytes =
        java.util.Arrays.copyOf(good, cut % 3 == 0 ? Math.min(cut, good.length) : good.length);
    for (int place : places) {
      if (bytes.length > 0) {
        bytes[Math.floorMod(place, bytes.length)] ^= value;
      }
    }
    return bytes;
  }
}
