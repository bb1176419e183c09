package dev.panorm.internal.backend.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.panorm.backend.Support;
import dev.panorm.ffi.clblast.ClBlast;
import org.junit.jupiter.api.Test;

/** Who multiplies, and what a report says of it. */
class ClMultiplicationTest {

  @Test
  void aGpuTakesClBlastWhereItIsInstalled() {
    ClMultiplication gpu = ClMultiplication.choose("", false);
    assertEquals(ClBlast.isAvailable(), gpu.clblast());
    assertEquals(Support.YES, gpu.support());
    assertTrue(
        gpu.describe()
            .contains(ClBlast.isAvailable() ? ClBlast.location() : "CLBlast could not be loaded"),
        gpu.describe());
  }

  @Test
  void aProcessorTakesTheTiles() {
    ClMultiplication processor = ClMultiplication.choose("", true);
    assertFalse(processor.clblast());
    assertTrue(
        processor.describe().startsWith("on the device by Panorm's tiles: a processor"),
        processor.describe());
  }

  @Test
  void theUserForbidsClBlast() {
    ClMultiplication tiles = ClMultiplication.choose("tiles", false);
    assertFalse(tiles.clblast());
    assertEquals(Support.YES, tiles.support());
  }

  @Test
  void whoAsksForClBlastGetsItOrARefusal() {
    ClMultiplication asked = ClMultiplication.choose("clblast", true);
    assertEquals(ClBlast.isAvailable(), asked.clblast());
    assertEquals(ClBlast.isAvailable(), asked.support() instanceof Support.Yes);
    assertTrue(asked.describe().contains(ClMultiplication.PROPERTY), asked.describe());
  }

  @Test
  void aWordThatNobodyKnowsIsRefused() {
    ClMultiplication wrong = ClMultiplication.choose("cublas", false);
    Support.No no = assertInstanceOf(Support.No.class, wrong.support());
    assertEquals("-Dpanorm.opencl.gemm is cublas", no.reason());
    assertTrue(wrong.describe().startsWith("refused: "), wrong.describe());
  }
}
