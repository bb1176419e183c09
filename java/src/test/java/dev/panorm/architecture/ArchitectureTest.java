package dev.panorm.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import dev.panorm.Panorm;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The seams hold, and the rules that say so are able to fail. */
class ArchitectureTest {

  private static final JavaClasses LIBRARY =
      new ClassFileImporter()
          .importUrl(Panorm.class.getProtectionDomain().getCodeSource().getLocation());

  private static final String FIXTURE = "dev.panorm.architecture.fixture";
  private static final List<String> CAUGHT =
      new Rules(new Rooms(FIXTURE)).violations(new ClassFileImporter().importPackages(FIXTURE));

  static Stream<ArchRule> rules() {
    return new Rules(new Rooms("dev.panorm")).all().stream();
  }

  @ParameterizedTest
  @MethodSource("rules")
  void holds(ArchRule rule) {
    rule.check(LIBRARY);
  }

  @Test
  void looksAtTheWholeLibrary() {
    assertTrue(LIBRARY.contain(Panorm.class));
    assertTrue(LIBRARY.containPackage("dev.panorm.internal.memory"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ops.Operation.reachesUp()",
        "ops.Operation.skipsTheSelector()",
        "internal.backend.blas.Gemm.usesItsSibling()",
        "attic.Stray lies in attic",
        "ops.Operation.species() names a foreign type",
        "ops.Operation.link(java.lang.foreign.Linker) names a foreign type",
        "attic.Stray lies in an unmarked package",
        "nn.Layer.prints()"
      })
  void catches(String expected) {
    assertTrue(
        CAUGHT.stream().anyMatch(line -> line.contains(expected)),
        () -> "no violation with '" + expected + "' among\n" + String.join("\n", CAUGHT));
  }

  @Test
  void allowsWhatLooksDown() {
    assertFalse(CAUGHT.stream().anyMatch(line -> line.contains("looksDown()")));
    assertEquals("", String.join("\n", CAUGHT.stream().filter(l -> l.contains("Shared")).toList()));
  }
}
