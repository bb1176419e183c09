package dev.panorm.ffi.clblast;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.panorm.ffi.NativePlatform;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * CLBlast is nobody's duty: where it is missing, what would call it is skipped, unless {@code
 * panorm.requireClBlast} demands it.
 */
class ClBlastLoadingTest {

  @Test
  void saysEveryPlaceWhereItIsMissing() {
    boolean windows = NativePlatform.current().os().equals("windows");
    NativePlatform elsewhere = new NativePlatform(windows ? "linux" : "windows", "x86_64");
    ClBlastLibrary missing = ClBlastLibrary.open(elsewhere);
    assertNull(missing.library());
    assertTrue(missing.refusal().contains(ClBlast.PATH_PROPERTY), missing.refusal());
    assertTrue(
        missing.refusal().contains(windows ? "libclblast.so.1" : "clblast.dll"), missing.refusal());
  }

  @Test
  void isThereOrSaysWhyNot() {
    assertEquals(ClBlast.isAvailable(), ClBlast.refusal().isEmpty());
    assertFalse(ClBlast.isAvailable() && ClBlast.location().isEmpty());
  }

  @Test
  void isThereWhereItIsRequired() {
    assertTrue(
        ClBlast.isAvailable() || !Boolean.getBoolean("panorm.requireClBlast"), ClBlast.refusal());
  }

  @ParameterizedTest
  @EnumSource(ClBlastFunction.class)
  void hasEveryFunction(ClBlastFunction function) {
    assumeTrue(ClBlast.isAvailable(), ClBlast.refusal());
    assertTrue(
        Objects.requireNonNull(ClBlastLibrary.ONCE.library())
            .symbols()
            .find(function.symbol())
            .isPresent());
  }

  @Test
  void explainsItsStatus() {
    assertEquals("-11 (its kernels do not compile on this device)", ClBlast.describe(-11));
    assertTrue(ClBlast.describe(-9999).startsWith("-9999 ("));
  }
}
