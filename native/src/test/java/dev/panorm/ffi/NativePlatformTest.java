package dev.panorm.ffi;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NativePlatformTest {

  @ParameterizedTest
  @CsvSource({
    "Linux, amd64, linux-x86_64",
    "Linux, aarch64, linux-arm64",
    "Mac OS X, aarch64, macosx-arm64",
    "Windows 11, amd64, windows-x86_64",
    "Linux, riscv64, linux-riscv64",
    "Free BSD, amd64, free-bsd-x86_64",
  })
  void spellsTheClassifier(String os, String arch, String classifier) {
    assertEquals(classifier, NativePlatform.of(os, arch).classifier());
  }
}
