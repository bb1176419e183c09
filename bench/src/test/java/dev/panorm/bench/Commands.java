package dev.panorm.bench;

import java.io.PrintWriter;
import java.io.StringWriter;
import picocli.CommandLine;

/**
 * Runs the command line as a user would, with captured streams.
 *
 * @param code the exit code
 * @param out what came on standard output
 * @param err what came on standard error
 */
public record Commands(int code, String out, String err) {

  /** Runs a command. */
  public static Commands run(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine command = CommandLines.panorm();
    command.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    int code = command.execute(arguments);
    command.getOut().flush();
    command.getErr().flush();
    return new Commands(code, out.toString(), err.toString());
  }
}
