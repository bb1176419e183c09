package dev.panorm.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class KernelCatalogTest {

  private static final Pattern KERNEL =
      Pattern.compile("__kernel\\s+(?:__attribute__\\(\\(.*\\)\\)\\s+)?void\\s+(\\w+)");
  private static final LaunchShape SHAPE = new LaunchShape(1, 8, false, false);

  static Stream<KernelProgram> programs() {
    return KernelCatalog.programs().stream();
  }

  @ParameterizedTest
  @MethodSource("programs")
  void namesEveryKernelOfItsSource(KernelProgram program) {
    List<String> found =
        KERNEL.matcher(program.source()).results().map((MatchResult m) -> m.group(1)).toList();
    assertEquals(new TreeSet<>(program.kernels()), new TreeSet<>(found));
  }

  @ParameterizedTest
  @MethodSource("programs")
  void resolvesIncludesOnceEach(KernelProgram program) {
    String source = program.source();
    assertFalse(source.contains("#include"));
    assertEquals(1, source.split("#define INLINE inline __attribute__", -1).length - 1);
  }

  @ParameterizedTest
  @MethodSource("programs")
  void givesEachOptionADefaultInTheSource(KernelProgram program) {
    Stream.concat(
            program.options().keySet().stream(),
            Arrays.stream(new String[] {"LS", "VW", "ALN", "NT"}))
        .forEach(define -> assertTrue(program.source().contains("#ifndef " + define), define));
  }

  @Test
  void enumeratesEveryVariantOnce() {
    List<Map<String, Integer>> variants = KernelCatalog.program("rows").variants();
    assertEquals(2 * 7 * 3, variants.size());
    assertEquals(variants.size(), new HashSet<>(variants).size());
  }

  @Test
  void writesArguments() {
    assertEquals(
        "-w -cl-std=CL1.2 -DACT=4 -DDTYPE=32 -DRES=1 -DLS=256 -DVW=4 -DALN=1 -DNT=0",
        KernelCatalog.program("planes")
            .arguments(
                Map.of("RES", 1, "ACT", 4, "DTYPE", 32), new LaunchShape(256, 4, true, false)));
  }

  @Test
  void refusesWhatIsNotLegal() {
    KernelProgram rows = KernelCatalog.program("rows");
    String value =
        assertThrows(
                IllegalArgumentException.class,
                () -> rows.arguments(Map.of("RES", 3, "ACT", 0, "DTYPE", 32), SHAPE))
            .getMessage();
    assertEquals("rows: RES is 3, expected one of [0, 1, 2]", value);
    assertThrows(IllegalArgumentException.class, () -> rows.arguments(Map.of("RES", 0), SHAPE));
    assertThrows(IllegalArgumentException.class, () -> KernelCatalog.program("nothing"));
  }
}
