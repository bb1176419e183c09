package dev.panorm.bench;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import org.junit.jupiter.api.Test;

/** Studies and benchmarks measure what a user would call, not what lies behind it. */
class ArchitectureTest {

  @Test
  void usesThePublicFaceOnly() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.panorm.internal..", "org.jocl..")
        .check(
            new ClassFileImporter()
                .importUrl(
                    PanormCommand.class.getProtectionDomain().getCodeSource().getLocation()));
  }
}
