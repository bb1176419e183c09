package dev.panorm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/**
 * The JVM that runs the tests is the one that the build selected, with the flags that it promises.
 */
class ToolchainTest {

  @Test
  void runsOnJdk25() {
    assertEquals(25, Runtime.version().feature());
  }

  @Test
  void resolvesTheVectorModule() {
    assertTrue(ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent());
  }
}
