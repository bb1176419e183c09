package dev.panorm.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.GeneralCodingRules;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;

/** The seams of the library as rules on its compiled classes. */
record Rules(Rooms rooms) {

  ArchRule everyClassHasItsRoom() {
    return classes().should(each("lie in a planned room", this::strays));
  }

  ArchRule roomsLookDownOnly() {
    return classes().should(each("use only the rooms below their own", this::looksUp));
  }

  ArchRule onlyOpenClSeesJocl() {
    return onlySeenFrom("org.jocl..", "internal.backend.opencl..");
  }

  ArchRule onlyTheVectorBackendSeesTheVectorApi() {
    return onlySeenFrom("jdk.incubator.vector..", "internal.backend.vector..");
  }

  /**
   * The pools of threads and of memory see them too: on which processors a thread runs and in which
   * pages memory lies is the system's part.
   */
  ArchRule onlyBackendsAndPoolsSeeNativeLibraries() {
    return onlySeenFrom(
        "dev.panorm.ffi..", "internal.backend..", "internal.memory..", "internal.parallel..");
  }

  ArchRule onlyTheBlasBackendSeesOpenBlas() {
    return onlySeenFrom("dev.panorm.ffi.openblas..", "internal.backend.blas..");
  }

  ArchRule onlyOpenClSeesClBlast() {
    return onlySeenFrom("dev.panorm.ffi.clblast..", "internal.backend.opencl..");
  }

  /** The pool, since each of its threads ends its share with their fence. */
  ArchRule onlyTheirBackendsAndThePoolSeeTheLoopsInC() {
    return onlySeenFrom(
        "dev.panorm.ffi.streaming..",
        "internal.backend.vector..",
        "internal.backend.avx512..",
        "internal.parallel..");
  }

  ArchRule nobodyLinksNativeFunctionsHere() {
    return noClasses()
        .should()
        .dependOnClassesThat(
            DescribedPredicate.describe(
                "link native code, which is dev.panorm.ffi's part",
                type ->
                    type.getName().startsWith("java.lang.foreign.Linker")
                        || type.getName().equals("java.lang.foreign.SymbolLookup")))
        .allowEmptyShould(true);
  }

  ArchRule publicSignaturesNameNoForeignType() {
    return classes().should(each("keep foreign types out of public signatures", this::leaks));
  }

  ArchRule nobodyPrints() {
    return GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;
  }

  ArchRule everyPackageIsNullMarked() {
    return classes()
        .should(
            each(
                "lie in a package that is @NullMarked",
                type ->
                    type.getPackage().isAnnotatedWith(NullMarked.class)
                        ? Stream.empty()
                        : Stream.of(type.getName() + " lies in an unmarked package")));
  }

  List<ArchRule> all() {
    return List.of(
        everyClassHasItsRoom(),
        roomsLookDownOnly(),
        onlyOpenClSeesJocl(),
        onlyTheVectorBackendSeesTheVectorApi(),
        onlyBackendsAndPoolsSeeNativeLibraries(),
        onlyTheBlasBackendSeesOpenBlas(),
        onlyOpenClSeesClBlast(),
        onlyTheirBackendsAndThePoolSeeTheLoopsInC(),
        nobodyLinksNativeFunctionsHere(),
        publicSignaturesNameNoForeignType(),
        nobodyPrints(),
        everyPackageIsNullMarked());
  }

  /** Every violation of every rule, for the test that shows that the rules can fail. */
  List<String> violations(JavaClasses classes) {
    return all().stream()
        .flatMap(rule -> rule.evaluate(classes).getFailureReport().getDetails().stream())
        .toList();
  }

  private ArchRule onlySeenFrom(String library, String... seers) {
    return noClasses()
        .that()
        .resideOutsideOfPackages(
            Stream.of(seers).map(room -> rooms.base() + "." + room).toArray(String[]::new))
        .should()
        .dependOnClassesThat()
        .resideInAPackage(library)
        .allowEmptyShould(true);
  }

  private Stream<String> strays(JavaClass type) {
    return rooms.of(type).filter(room -> !rooms.isPlanned(room)).stream()
        .map(room -> type.getName() + " lies in " + room + ", which Rooms does not know");
  }

  private Stream<String> looksUp(JavaClass type) {
    String from = rooms.of(type).orElseThrow();
    return type.getDirectDependenciesFromSelf().stream()
        .filter(
            use -> rooms.of(use.getTargetClass()).filter(to -> !rooms.maySee(from, to)).isPresent())
        .map(Dependency::getDescription);
  }

  private Stream<String> leaks(JavaClass type) {
    if (!type.getModifiers().contains(JavaModifier.PUBLIC)
        || !Rooms.PUBLIC.contains(rooms.of(type).orElseThrow())) {
      return Stream.empty();
    }
    return type.getCodeUnits().stream()
        .filter(Rules::isVisible)
        .filter(unit -> signature(unit).anyMatch(Rules::isForeign))
        .map(unit -> unit.getFullName() + " names a foreign type in its signature");
  }

  private static boolean isVisible(JavaCodeUnit unit) {
    return unit.getModifiers().contains(JavaModifier.PUBLIC)
        || unit.getModifiers().contains(JavaModifier.PROTECTED);
  }

  private static Stream<JavaClass> signature(JavaCodeUnit unit) {
    return Stream.concat(
        unit.getReturnType().getAllInvolvedRawTypes().stream(),
        unit.getParameterTypes().stream().flatMap(type -> type.getAllInvolvedRawTypes().stream()));
  }

  private static boolean isForeign(JavaClass type) {
    String name = type.getName();
    return name.startsWith("org.jocl.")
        || name.startsWith("jdk.incubator.vector.")
        || name.startsWith("java.lang.foreign.Linker");
  }

  private interface Finder {
    Stream<String> in(JavaClass type);
  }

  private static ArchCondition<JavaClass> each(String description, Finder finder) {
    return new ArchCondition<>(description) {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        finder.in(type).forEach(text -> events.add(SimpleConditionEvent.violated(type, text)));
      }
    };
  }
}
