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
      Finding finding = study.run(new Setting(() -> images, 1, done::add, folder));
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
  void aReportHoldsSentencesCommandFiguresAndNumbers() throws IOException {
    Path report = folder.resolve("reports/page.html");
    Commands study =
        Commands.run(
            "study",
            "dropout-ensemble",
            "scale-invariance",
            "--seed",
            "7",
            "--out",
            folder.resolve("out").toString(),
            "--report",
            report.toString());
    assertEquals(0, study.code(), study.err());
    String page = Files.readString(report);
    assertEquals(2, page.split("class=\"verdict\">The notes claim that ", -1).length - 1);
    assertEquals(2, page.split("src=\"data:image/png;base64,", -1).length - 1);
    assertTrue(
        page.contains("bench/panorm study dropout-ensemble scale-invariance --seed 7"), page);
    assertTrue(page.contains("Seed 7."), page);
    assertTrue(page.contains("<th>scale of the weights</th><th>linear f</th><th>tanh</th>"), page);
    assertTrue(!page.contains("<script") && !page.contains("http"), page);
  }

  @Test
  void aGridThatWasCutShortGoesOnToTheSameJournal() throws IOException {
    Path journal = folder.resolve("grid.jsonl");
    try (Scope scope = Scope.open()) {
      var images = IdxImages.load(folder, scope);
      NamedStudy grid = NamedStudies.of("grid").orElseThrow();
      Finding whole = grid.run(new Setting(() -> images, 1, _ -> {}, folder));
      List<String> lines = Files.readAllLines(journal);
      String begun = String.join("\n", lines.subList(0, lines.size() - 2)) + "\n{\"cell\":";
      Files.writeString(journal, begun);
      Finding resumed = grid.run(new Setting(() -> images, 1, _ -> {}, folder));
      assertEquals(whole.figures(), resumed.figures());
      assertEquals(lines, Files.readAllLines(journal));
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
