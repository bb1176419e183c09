package dev.panorm.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UsageTest {

  @TempDir Path folder;

  @Test
  void withoutSubcommandHelpIsPrinted() {
    Commands help = Commands.run();
    assertEquals(0, help.code());
    for (String command : new String[] {"study", "info", "check", "bench"}) {
      assertTrue(help.out().contains(command), help.out());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "study --norm batch,wrong | panorm study: Invalid value for option '--norm'",
        "study --model wrong | panorm study: Invalid value for option '--model'",
        "study --epochs 0 | panorm study: --epochs is 0, expected 1 or more",
        "study --epochs two | panorm study: Invalid value for option '--epochs'",
        "study --batch -1 | panorm study: --batch is -1, expected 1 or more",
        "study --lr 0 | panorm study: --lr is 0.0, expected above 0",
        "study --data nowhere/at/all | panorm study: --data: nowhere/at/all is no folder",
        "study --wrong | panorm study: Unknown option: '--wrong'",
        "check --backend wrong | panorm check: --backend: there is no 'wrong', expected all or some"
            + " of",
        "check --goldens nowhere/at/all | panorm check: --goldens: nowhere/at/all is no folder",
        "check --dtype f16 | panorm check: --dtype is 'f16', expected f32 or f64",
        "check --threads 0 | panorm check: --threads is 0, expected 1 or more",
        "bench --suite wrong | panorm bench: Invalid value for option '--suite'",
        "bench --peers torch,wrong | panorm bench: Invalid value for option '--peers'",
        "bench --threads 0 | panorm bench: --threads is 0, expected 1 or more",
        "bench --cases ( | panorm bench: --cases is (, expected a regular expression: ",
        "info --wrong | panorm info: Unknown option: '--wrong'",
        "wrong | panorm: Unmatched argument at index 0: 'wrong'",
      })
  void wrongUsageIsOneSentence(String arguments, String expected) {
    Commands run = Commands.run(arguments.split(" ", -1));
    assertEquals(2, run.code());
    assertTrue(run.err().startsWith(expected), run.err());
    assertEquals(1, run.err().lines().count(), run.err());
    assertEquals("", run.out());
  }

  @Test
  void anEmptyFolderIsNoStackTrace() {
    Commands goldens = Commands.run("check", "--goldens", folder.toString());
    assertEquals(2, goldens.code());
    assertTrue(goldens.err().contains("holds no *.safetensors files"), goldens.err());
    Commands images = Commands.run("study", "--data", folder.toString());
    assertEquals(2, images.code());
    assertTrue(images.err().contains("holds no train-images-idx3-ubyte"), images.err());
  }

  @Test
  void aDamagedFileIsNamedWithItsByte() throws IOException {
    Path file = folder.resolve("t10k-images-idx3-ubyte");
    Files.write(file, new byte[] {0, 0, 8, 3, 0, 0, 0, 1});
    Files.write(folder.resolve("t10k-labels-idx1-ubyte"), new byte[] {0, 0, 8, 1, 0, 0, 0, 0});
    Commands run = Commands.run("study", "--data", folder.toString());
    assertEquals(2, run.code());
    assertTrue(run.err().startsWith("panorm study: " + file + ": at byte 8: "), run.err());
    assertFalse(run.err().contains("\tat "), run.err());
  }
}
