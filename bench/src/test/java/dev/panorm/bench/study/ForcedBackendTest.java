package dev.panorm.bench.study;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.panorm.backend.Backends;
import dev.panorm.bench.Commands;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The study learns on the OpenCL device as it does on the vector backend. */
class ForcedBackendTest {

  private static final int STEPS = 50;

  /** Of the loss; rounding errors grow from step to step. */
  private static final double BOUND = 1e-3;

  @TempDir Path folder;

  @AfterEach
  void automatic() {
    Backends.force();
  }

  @Test
  void theFirstStepsAreTheSame() throws IOException {
    boolean required =
        Arrays.asList(System.getProperty("panorm.requireBackends", "").split(",", -1))
            .contains("opencl");
    assumeTrue(required || Backends.available().contains("opencl"));
    StudyCommandTest.writeImages(folder);
    List<String> expected = curves("vector", "openblas", "reference");
    List<String> got = curves("opencl", "openblas", "reference");
    assertEquals(2 * 3 * 60 + 1, got.size());
    assertEquals(expected.size(), got.size());
    for (int i = 1; i < got.size(); i++) {
      if (step(got.get(i)) <= STEPS) {
        assertEquals(loss(expected.get(i)), loss(got.get(i)), BOUND, got.get(i));
      }
    }
  }

  private List<String> curves(String... backends) throws IOException {
    Backends.force(backends);
    Path out = folder.resolve(backends[0]);
    Commands study =
        Commands.run(
            "study",
            "--data",
            folder.toString(),
            "--out",
            out.toString(),
            "--model",
            "mlp,cnn",
            "--norm",
            "batch,layer,group",
            "--batch",
            "10",
            "--epochs",
            "3",
            "--seed",
            "7");
    assertEquals(0, study.code(), study.err());
    return Files.readAllLines(out.resolve("steps.csv"));
  }

  private static int step(String line) {
    return Integer.parseInt(line.split(",", -1)[2]);
  }

  private static double loss(String line) {
    return Double.parseDouble(line.split(",", -1)[3]);
  }
}
