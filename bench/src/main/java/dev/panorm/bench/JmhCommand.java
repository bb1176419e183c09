package dev.panorm.bench;

import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Unmatched;

/** {@code panorm jmh}: runs the microbenchmarks; every argument is JMH's own. */
@Command(
    name = "jmh",
    description =
        "Run microbenchmarks; the arguments are JMH's (-h lists them, -l the benchmarks).")
final class JmhCommand implements Runnable {

  @Spec private CommandSpec spec;
  @Unmatched private String[] arguments = {};

  @Override
  public void run() {
    try {
      org.openjdk.jmh.Main.main(arguments);
    } catch (IOException e) {
      throw new picocli.CommandLine.ExecutionException(spec.commandLine(), "jmh: " + e, e);
    }
  }
}
