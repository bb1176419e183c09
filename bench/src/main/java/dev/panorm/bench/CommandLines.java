package dev.panorm.bench;

import dev.panorm.PanormException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/**
 * How commands fail: a sentence for what the user can change, a stack trace for what only we can.
 */
final class CommandLines {

  private static final int USAGE = 2;
  private static final int SOFTWARE = 3;

  private CommandLines() {}

  /** Returns the command line of {@code panorm}. */
  static CommandLine panorm() {
    return new CommandLine(new PanormCommand())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler((e, args) -> wrongUsage(e))
        .setExecutionExceptionHandler((e, command, parsed) -> failed(e, command));
  }

  private static int wrongUsage(ParameterException e) {
    CommandLine command = e.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    say(command, e.getMessage() + ". Try '" + name + " --help'.");
    return USAGE;
  }

  private static int failed(Exception e, CommandLine command) {
    String sentence = sentence(e);
    if (sentence != null) {
      say(command, sentence);
      return USAGE;
    }
    e.printStackTrace(command.getErr());
    return SOFTWARE;
  }

  /** What the user can do something about, in a sentence; null for a mistake of ours. */
  private static @Nullable String sentence(Exception e) {
    return switch (e) {
      case NoSuchFileException missing when missing.getReason() == null ->
          missing.getFile() + ": there is no such file or folder";
      case NotDirectoryException wrong -> wrong.getFile() + ": is no folder";
      case AccessDeniedException denied -> denied.getFile() + ": may not be read or written";
      case IOException other -> String.valueOf(other.getMessage());
      case PanormException other -> String.valueOf(other.getMessage());
      default -> null;
    };
  }

  private static void say(CommandLine command, String message) {
    PrintWriter err = command.getErr();
    err.println(command.getCommandSpec().qualifiedName() + ": " + message);
    err.flush();
  }
}
