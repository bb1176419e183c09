package dev.panorm.bench.compare;

import dev.panorm.bench.task.ProductCase;
import dev.panorm.bench.task.Task;
import dev.panorm.ffi.NativePlatform;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A C program that calls the OpenBLAS that Panorm calls, compiled here: a process of its own that
 * sleeps until it is asked for calls, and says how long they took by its own clock.
 */
public final class CProgram implements Contender {

  private static final String SOURCE = "gemm_peer.c";

  /** In the order in which they need each other. */
  private static final List<String> LIBRARIES =
      List.of("libgcc_s.so.1", "libquadmath.so.0", "libgfortran.so.5", "libopenblas.so.0");

  private int threads;
  private @Nullable Path folder;
  private @Nullable Process process;
  private @Nullable PrintWriter commands;
  private @Nullable BufferedReader answers;
  private String core = "";

  /** For the service loader. */
  public CProgram() {}

  @Override
  public String name() {
    return "c";
  }

  @Override
  public void open(int count) {
    threads = count;
    try {
      Path made = Files.createTempDirectory("panorm-gemm");
      folder = made;
      List<String> command = new ArrayList<>(List.of(compiled(made), Integer.toString(count)));
      command.addAll(libraries(made));
      ProcessBuilder builder =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
      // OpenBLAS's threads wait actively for 2^26 ticks unless told otherwise, next to whoever is
      // timed then.
      builder.environment().put("OPENBLAS_THREAD_TIMEOUT", "20");
      Process started = builder.start();
      process = started;
      commands = new PrintWriter(started.outputWriter(), true);
      answers = started.inputReader();
      core = line();
    } catch (IOException e) {
      throw new UnavailableException(e);
    }
  }

  private static String compiled(Path folder) throws IOException {
    Path source = folder.resolve(SOURCE);
    try (InputStream in = CProgram.class.getResourceAsStream(SOURCE)) {
      Files.copy(Objects.requireNonNull(in), source);
    }
    String program = folder.resolve("gemm_peer").toString();
    Process compiler =
        new ProcessBuilder("cc", "-std=c17", "-O2", "-o", program, source.toString(), "-ldl")
            .inheritIO()
            .start();
    try {
      if (compiler.waitFor() != 0) {
        throw new UnavailableException("the C compiler failed");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnavailableException(e);
    }
    return program;
  }

  private static List<String> libraries(Path folder) throws IOException {
    String from = "/org/bytedeco/openblas/" + NativePlatform.current().classifier() + "/";
    List<String> found = new ArrayList<>();
    for (String name : LIBRARIES) {
      try (InputStream in = CProgram.class.getResourceAsStream(from + name)) {
        if (in != null) {
          Path library = folder.resolve(name);
          Files.copy(in, library);
          found.add(library.toString());
        }
      }
    }
    if (found.isEmpty()) {
      throw new UnavailableException("there is no OpenBLAS on the class path");
    }
    return found;
  }

  @Override
  public Map<String, String> details() {
    return Map.of("openblas core", core, "threads", Integer.toString(threads));
  }

  @Override
  public Call call(Task task) {
    if (!(task instanceof ProductCase.Product product)) {
      throw new UnavailableException("only products are asked of C");
    }
    Path file = Objects.requireNonNull(folder).resolve("matrices");
    try (FileChannel out =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      out.write(product.a().segment().asByteBuffer());
      out.write(product.b().segment().asByteBuffer());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    ask("load " + product.n() + " " + file);
    return new Call() {
      @Override
      public String backend() {
        return "openblas";
      }

      @Override
      public void run() {
        time(1);
      }

      @Override
      public long time(int calls) {
        return ask("run " + calls);
      }

      @Override
      public void deliver() {
        ask("store " + file);
        try {
          product.c().segment().copyFrom(MemorySegment.ofArray(Files.readAllBytes(file)));
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    };
  }

  private long ask(String command) {
    try {
      Objects.requireNonNull(commands).println(command);
      return Long.parseLong(line());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String line() throws IOException {
    String line = Objects.requireNonNull(answers).readLine();
    if (line == null) {
      throw new IOException("the C program ended");
    }
    return line;
  }

  @Override
  public void close() {
    if (process != null) {
      process.destroy();
    }
    if (folder != null) {
      try (Stream<Path> files = Files.list(folder)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
        Files.delete(folder);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
