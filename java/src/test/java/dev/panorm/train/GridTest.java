package dev.panorm.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.panorm.Generator;
import dev.panorm.train.Grid.Axis;
import dev.panorm.train.Grid.Cell;
import dev.panorm.train.Grid.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class GridTest {

  private static final Grid GRID =
      new Grid(
          7,
          List.of(
              new Axis("optimizer", List.of("sgd", "adam")),
              new Axis("norm \"x\" ä", List.of("none", "batch", "layer"))));

  @TempDir Path folder;

  /** Draws from the shared generator, as modules do; numbers that are hard to write are there. */
  private static Map<String, List<Double>> curves(Cell cell) {
    double drawn = Generator.shared().next().normal(cell.number());
    return Map.of(
        "loss \"train\" ü",
        List.of(drawn, -0.0, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY),
        "empty",
        List.of(),
        cell.choice("optimizer"),
        List.of(Double.MIN_VALUE, Double.MAX_VALUE, 0.1 + 0.2, drawn / 3));
  }

  private List<Result> run(Path journal) throws IOException {
    return GRID.run(journal, GridTest::curves, result -> {});
  }

  @Test
  void cellsAreAllCombinationsTheLastAxisFastest() {
    List<List<String>> choices =
        GRID.cells().stream().map(cell -> List.copyOf(cell.choices().values())).toList();
    assertEquals(
        List.of(
            List.of("sgd", "none"),
            List.of("sgd", "batch"),
            List.of("sgd", "layer"),
            List.of("adam", "none"),
            List.of("adam", "batch"),
            List.of("adam", "layer")),
        choices);
    assertEquals(7, GRID.cells().get(3).seed());
    assertThrows(IllegalArgumentException.class, () -> GRID.cells().getFirst().choice("init"));
  }

  /** The journal cut at places of all kinds: what comes then is the very same file. */
  @Test
  void aResumedGridIsAnUninterruptedOne() throws IOException {
    Path whole = folder.resolve("whole");
    List<Result> expected = run(whole);
    byte[] bytes = Files.readAllBytes(whole);
    for (int end = 0; end <= bytes.length; end += 11) { // a line has 300 bytes about
      Path cut = folder.resolve("cut");
      Files.write(cut, Arrays.copyOf(bytes, end));
      List<Result> results = run(cut);
      assertEquals(expected, results, "cut after " + end);
      assertArrayEquals(bytes, Files.readAllBytes(cut), "cut after " + end);
    }
  }

  @Test
  void whatEndedIsNotRunAgain() throws IOException {
    Path journal = folder.resolve("journal");
    IllegalStateException broken = new IllegalStateException("no power");
    assertThrows(
        IllegalStateException.class,
        () ->
            GRID.run(
                journal,
                cell -> {
                  if (cell.number() == 4) {
                    throw broken;
                  }
                  return curves(cell);
                },
                result -> {}));
    List<Integer> ran = new ArrayList<>();
    List<Integer> told = new ArrayList<>();
    GRID.run(
        journal,
        cell -> {
          ran.add(cell.number());
          return curves(cell);
        },
        result -> told.add(result.cell().number()));
    assertEquals(List.of(4, 5), ran);
    assertEquals(List.of(0, 1, 2, 3, 4, 5), told);
  }

  @Test
  void aJournalOfAnotherGridStaysAsItIs() throws IOException {
    Path journal = folder.resolve("journal");
    run(journal);
    byte[] before = Files.readAllBytes(journal);
    Grid other = new Grid(8, GRID.axes());
    IllegalArgumentException refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> other.run(journal, GridTest::curves, result -> {}));
    assertTrue(refused.toString().contains("first line of " + journal), refused::toString);
    assertArrayEquals(before, Files.readAllBytes(journal));
  }

  @Test
  void aFileThatIsNoJournalStaysAsItIs() throws IOException {
    Path notes = folder.resolve("notes");
    for (String text : List.of("dear diary", "dear diary\n", "\n")) {
      Files.writeString(notes, text);
      assertThrows(IllegalArgumentException.class, () -> run(notes));
      assertEquals(text, Files.readString(notes));
    }
  }

  @Test
  void aBrokenLineIsNamed() throws IOException {
    Path journal = folder.resolve("journal");
    run(journal);
    List<String> lines = Files.readAllLines(journal);
    for (String bad :
        List.of(
            "", "{}", "{\"cell\":1,\"curves\":{}}", "{\"cell\":0,\"curves\":{\"a\":[\"x\"]}}")) {
      Files.write(journal, List.of(lines.getFirst(), bad, lines.get(2)));
      String text = Files.readString(journal);
      String message = assertThrows(IOException.class, () -> run(journal)).getMessage();
      assertEquals(journal + ": line 2 is no result of cell 0", message);
      assertEquals(text, Files.readString(journal));
    }
    lines.add(lines.getLast());
    Files.write(journal, lines);
    assertThrows(IllegalArgumentException.class, () -> run(journal));
  }

  @Test
  void aJournalServesOneRunAtATime() {
    Path journal = folder.resolve("journal");
    assertEquals(
        "grid: the journal " + journal + " serves another run",
        assertThrows(
                IllegalStateException.class,
                () ->
                    GRID.run(
                        journal,
                        cell -> {
                          IOException inUse = assertThrows(IOException.class, () -> run(journal));
                          throw new IllegalStateException(inUse.getMessage());
                        },
                        result -> {}))
            .getMessage());
  }

  @Test
  void badAxesAreNamed() {
    Axis axis = new Axis("a", List.of("1", "2"));
    assertThrows(IllegalArgumentException.class, () -> new Grid(1, List.of()));
    assertThrows(IllegalArgumentException.class, () -> new Grid(1, List.of(axis, axis)));
    assertThrows(IllegalArgumentException.class, () -> new Axis("a", List.of()));
    assertEquals(
        "grid: values of a is [1, 1], expected each once",
        assertThrows(IllegalArgumentException.class, () -> new Axis("a", List.of("1", "1")))
            .getMessage());
  }
}
