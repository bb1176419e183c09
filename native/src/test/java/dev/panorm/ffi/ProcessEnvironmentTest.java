package dev.panorm.ffi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** C libraries see what is set, and what the user has set stays. */
final class ProcessEnvironmentTest {

  @BeforeEach
  void onLinux() {
    assumeTrue(NativePlatform.current().isLinux(), "variables are set on Linux only");
  }

  @Test
  void aVariableIsSetOnce() {
    String name = "PANORM_TEST_" + System.nanoTime();
    assertEquals("", ProcessEnvironment.get(name));
    ProcessEnvironment.setIfAbsent(name, "1");
    ProcessEnvironment.setIfAbsent(name, "2");
    assertEquals("1", ProcessEnvironment.get(name));
  }

  @Test
  void aNameThatNoVariableCanHaveIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> ProcessEnvironment.setIfAbsent("A=B", "1"));
  }
}
