package dev.panorm.bench.study;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.panorm.Scope;
import dev.panorm.bench.Commands;
import dev.panorm.bench.study.named.Figure;
import dev.panorm.bench.study.named.Finding;
import dev.panorm.bench.study.named.NamedStudies;
import dev.panorm.bench.study.named.NamedStudy;
import dev.panorm.bench.study.named.Setting;
import dev.panorm.data.IdxImages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class NamedStudyTest {

  @TempDir Path folder;

  @BeforeEach
  void writeImages() throws IOException {
    StudyCommandTest.writeImages(folder);
  }

  static Stream<String> names() {
    return NamedStudies.ALL.stream().map(NamedStudy::name);
  }

  @ParameterizedTest
  @MethodSource("names")
  void everyStudyCountsItsPointsAndFillsItsFigures(String name) throws IOException {
    NamedStudy study = NamedStudies.of(name).orElseThrow();
    List<Integer> done = new ArrayList<>();
    try (Scope scope = Scope.open()) {
      var images = IdxImages.load(folder, scope);
      Finding finding = study.run(new Setting(() -> images, 1, done::add));
      assertEquals(IntStream.rangeClosed(1, study.points()).boxed().toList(), done);
      for (Figure figure : finding.figures()) {
        for (Figure.Curve curve : figure.curves()) {
          assertEquals(figure.points().size(), curve.values().size(), curve.name());
          assertTrue(curve.values().stream().anyMatch(Double::isFinite), curve.name());
          assertTrue(curve.values().stream().noneMatch(v -> Double.isInfinite(v)), curve.name());
        }
        for (Path file : figure.write(folder.resolve("out"))) {
          assertTrue(Files.size(file) > 0, file.toString());
        }
      }
      assertTrue(finding.verdict().startsWith("The notes claim that "));
    }
  }

  @Test
  void theListNamesAllAndAWrongNameIsOneSentence() {
    Commands list = Commands.run("study", "--list");
    assertEquals(NamedStudies.ALL.size(), list.out().lines().count());
    Commands wrong = Commands.run("study", "nonsense");
    assertEquals(2, wrong.code());
    assertTrue(wrong.err().contains("there is no study 'nonsense'"), wrong.err());
  }
}
