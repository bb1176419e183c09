package dev.panorm.bench;

import dev.panorm.bench.check.CheckCommand;
import dev.panorm.bench.info.InfoCommand;
import dev.panorm.bench.study.StudyCommand;
import dev.panorm.bench.suite.BenchCommand;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The command {@code panorm}: prints help unless a subcommand is named. */
@Command(
    name = "panorm",
    description = "Normalization on the JVM: studies, checks and benchmarks.",
    mixinStandardHelpOptions = true,
    version = "panorm 0.1.0",
    subcommands = {
      StudyCommand.class,
      InfoCommand.class,
      CheckCommand.class,
      BenchCommand.class,
      JmhCommand.class
    })
public final class PanormCommand implements Runnable {

  @Spec private CommandSpec spec;

  /** Picocli creates the command. */
  public PanormCommand() {}

  /**
   * Runs the command line and exits with its code.
   *
   * @param args the arguments
   */
  public static void main(String[] args) {
    System.exit(CommandLines.panorm().execute(args));
  }

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }
}
