package dev.panorm.bench.study;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import dev.panorm.Panorm;
import dev.panorm.bench.Commands;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StudyCommandTest {

  private static final int IMAGES = 250;
  private static final int SIZE = 8;

  @TempDir Path folder;

  @BeforeEach
  void writeImages() throws IOException {
    writeImages(folder);
  }

  /** Images whose class is the row that is bright: simple to learn. */
  static void writeImages(Path folder) throws IOException {
    ByteBuffer images = ByteBuffer.allocate(16 + IMAGES * SIZE * SIZE);
    ByteBuffer labels = ByteBuffer.allocate(8 + IMAGES);
    images.putInt(0x803).putInt(IMAGES).putInt(SIZE).putInt(SIZE);
    labels.putInt(0x801).putInt(IMAGES);
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < IMAGES; i++) {
      labels.put((byte) (i % SIZE));
      for (int p = 0; p < SIZE * SIZE; p++) {
        images.put((byte) (random.nextInt(60) + (p / SIZE == i % SIZE ? 180 : 0)));
      }
    }
    Files.write(folder.resolve("t10k-images-idx3-ubyte"), images.array());
    Files.write(folder.resolve("t10k-labels-idx1-ubyte"), labels.array());
  }

  private Commands study(String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "study", "--data", folder.toString(), "--out", folder.resolve("out").toString()));
    arguments.addAll(List.of(more));
    return Commands.run(arguments.toArray(String[]::new));
  }

  @Test
  void everyNormIsTrainedShownAndWritten() throws IOException {
    Path json = folder.resolve("results/study.json");
    Commands study =
        study("--batch", "10", "--epochs", "2", "--lr", "1e-2", "--json", json.toString());
    assertEquals(0, study.code(), study.err());
    List<String> lines = study.out().lines().toList();
    assertTrue(lines.getFirst().endsWith("(first 200 train, last 50 test)"), study.out());
    for (String model : new String[] {"mlp", "cnn"}) {
      for (String norm : new String[] {"none", "batch", "layer", "group"}) {
        assertTrue(
            lines.stream().anyMatch(l -> l.matches(model + " +" + norm + " .* %.*\\d.*")),
            study.out());
        assertTrue(
            study.err().contains(model + " " + norm + ": epoch 2, train loss "), study.err());
      }
      assertEquals(900, ImageIO.read(out(model + "-loss.png").toFile()).getWidth());
      assertTrue(Files.readString(out(model + "-loss.svg")).contains("<svg"));
    }
    assertEquals(1 + 8 * 2 * 20, Files.readAllLines(out("steps.csv")).size());
    assertEquals(1 + 8 * 2, Files.readAllLines(out("epochs.csv")).size());
    assertEquals(8, accuracies(Files.readString(json)).size());
  }

  @Test
  void aNetworkLearns() throws IOException {
    Commands study =
        study(
            "--batch",
            "10",
            "--epochs",
            "4",
            "--lr",
            "1e-2",
            "--model",
            "mlp",
            "--norm",
            "batch",
            "--json",
            "-");
    assertEquals(0, study.code(), study.err());
    double accuracy = accuracies(study.out()).getFirst();
    assertTrue(accuracy > 0.9, "accuracy " + accuracy);
  }

  @Test
  void theSameSeedLearnsTheSameWithAnyNumberOfThreads() throws IOException {
    int before = Panorm.threads();
    try {
      List<String> curves = new ArrayList<>();
      for (String threads : new String[] {"1", "2"}) {
        assertEquals(
            0,
            study("--model", "cnn,mlp", "--epochs", "1", "--seed", "7", "--threads", threads)
                .code());
        curves.add(Files.readString(out("steps.csv")));
      }
      assertEquals(curves.getFirst(), curves.getLast());
    } finally {
      Panorm.setThreads(before);
    }
  }

  @Test
  void aDeepNetworkIsBuiltToo() {
    Commands study = study("--model", "deep", "--norm", "none,batch", "--epochs", "1");
    assertEquals(0, study.code(), study.err());
    assertTrue(study.out().contains("deep   none"), study.out());
  }

  private Path out(String file) {
    return folder.resolve("out").resolve(file);
  }

  /** Reads an array of objects and returns the field {@code test_accuracy} of each. */
  private static List<Double> accuracies(String json) throws IOException {
    List<Double> values = new ArrayList<>();
    try (JsonParser parser = new JsonFactory().createParser(json)) {
      while (parser.nextToken() != null) {
        if ("test_accuracy".equals(parser.currentName()) && parser.currentToken().isNumeric()) {
          values.add(parser.getDoubleValue());
        }
      }
    }
    return values;
  }
}
