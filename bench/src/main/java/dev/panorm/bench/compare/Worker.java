package dev.panorm.bench.compare;

import dev.panorm.Panorm;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.PrintWriter;
import java.io.Serializable;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A process that measures: OpenMP reads its number of threads once, and two builds of one native
 * library cannot live in one process.
 */
public final class Worker {

  /**
   * Lets malloc keep what is freed, whatever its size, for peers that allocate their results: else
   * half of their time would go into fresh pages.
   */
  private static final Map<String, String> KEEP_MEMORY =
      Map.of(
          "MALLOC_ARENA_MAX", "1",
          "MALLOC_MMAP_MAX_", "0",
          "MALLOC_TRIM_THRESHOLD_", Long.toString(1L << 40));

  private Worker() {}

  /**
   * Reads a run from a file and writes its outcome to another, anew after each case.
   *
   * @param args the two files
   */
  public static void main(String[] args) throws IOException {
    ComparisonRun run = (ComparisonRun) read(Path.of(args[0]));
    PrintWriter progress = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    run.run(progress, outcome -> replace(Path.of(args[1]), outcome));
    System.exit(0); // threads of peers may not be daemons
  }

  /**
   * What a process left.
   *
   * @param outcome what it measured; null where it measured nothing
   * @param code its exit status
   */
  record End(ComparisonRun.@Nullable Outcome outcome, int code) {}

  /** Runs it in a process of its own, with this one's class path and options. */
  static End fork(ComparisonRun run) throws IOException {
    Path folder = Files.createTempDirectory("panorm-bench");
    Path request = folder.resolve("run");
    Path answer = folder.resolve("outcome");
    try {
      write(request, run);
      ProcessBuilder builder = new ProcessBuilder(command(run, request, answer)).inheritIO();
      builder.environment().put("OMP_NUM_THREADS", Integer.toString(run.threads()));
      builder.environment().putAll(KEEP_MEMORY);
      int code = builder.start().waitFor();
      return new End(Files.exists(answer) ? (ComparisonRun.Outcome) read(answer) : null, code);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("bench: interrupted");
    } finally {
      Files.deleteIfExists(request);
      Files.deleteIfExists(answer);
      Files.deleteIfExists(unfinished(answer));
      Files.delete(folder);
    }
  }

  /** Whoever reads the file sees the old or the new outcome, whenever the process dies. */
  private static void replace(Path file, ComparisonRun.Outcome outcome) throws IOException {
    write(unfinished(file), outcome);
    Files.move(unfinished(file), file, StandardCopyOption.ATOMIC_MOVE);
  }

  private static Path unfinished(Path file) {
    return file.resolveSibling(file.getFileName() + ".part");
  }

  private static void write(Path file, Serializable object) throws IOException {
    try (ObjectOutputStream out = new ObjectOutputStream(Files.newOutputStream(file))) {
      out.writeObject(object);
    }
  }

  private static Object read(Path file) throws IOException {
    try (ObjectInputStream in = new ObjectInputStream(Files.newInputStream(file))) {
      return in.readObject();
    } catch (ClassNotFoundException e) {
      throw new IOException("bench: " + e.getMessage(), e);
    }
  }

  private static List<String> command(ComparisonRun run, Path request, Path answer) {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElse("java"));
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.add("-D" + Panorm.THREADS_PROPERTY + "=" + run.threads());
    command.add("-classpath");
    command.add(System.getProperty("java.class.path"));
    command.add(Worker.class.getName());
    command.add(request.toString());
    command.add(answer.toString());
    return command;
  }
}
