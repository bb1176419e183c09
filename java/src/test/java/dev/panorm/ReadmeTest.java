package dev.panorm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What README.md shows is what is compiled and run. */
class ReadmeTest {

  private static final Path ROOT = Path.of("..");
  private static final Path EXAMPLE =
      Path.of("src", "it", "consumer", "src", "main", "java", "consumer", "NormExample.java");

  private static List<String> blocks(String language) throws IOException {
    return Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL)
        .matcher(Files.readString(ROOT.resolve("README.md")))
        .results()
        .map((MatchResult match) -> match.group(1))
        .toList();
  }

  @Test
  void theExampleIsTheSourceThatTheConsumerRuns() throws IOException {
    assertEquals(
        Files.readString(EXAMPLE).replaceFirst("(?s)^.*?(?=import )", ""),
        blocks("java").getFirst());
  }

  @Test
  void theContinuousBuildTypesTheTestCommand() throws IOException {
    List<String> commands = blocks("sh");
    assertEquals(2, commands.size());
    String test = commands.getLast().strip();
    assertTrue(Files.readString(ROOT.resolve(".ci/run")).contains("\n" + test + " -D"), test);
  }
}
