package dev.caviar.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A command that asks a coordinator elsewhere and prints what it answers. */
public abstract class ClusterCommand implements Callable<Integer> {
  @SuppressWarnings("NullAway.Init")
  @Spec
  private CommandSpec spec;

  @Mixin private final ConnectionOptions connection = new ConnectionOptions();

  @Mixin private final OutputOption output = new OutputOption();

  @Override
  public final Integer call() throws Exception {
    try (SweepClient client = connection.connect()) {
      return run(client);
    } finally {
      out().flush();
    }
  }

  /**
   * Does what the command is for.
   *
   * @return its exit code
   */
  protected abstract int run(SweepClient client) throws Exception;

  /** Standard output. */
  protected final PrintWriter out() {
    return spec.commandLine().getOut();
  }

  /** Standard error. */
  protected final PrintWriter err() {
    return spec.commandLine().getErr();
  }

  /** The command as it was called. */
  protected final CommandLine commandLine() {
    return spec.commandLine();
  }

  /** What is to be printed. */
  protected final OutputFormat format() {
    return output.format();
  }

  /** Whether one document is to be printed and nothing else. */
  protected final boolean isJson() {
    return output.isJson();
  }

  /**
   * Prints the document or the lines, as is asked for.
   *
   * @return the exit code
   */
  protected final int print(
      Supplier<? extends JsonNode> json, Supplier<? extends Iterable<String>> lines) {
    if (isJson()) {
      out().println(Json.print(json.get()));
    } else {
      lines.get().forEach(out()::println);
    }
    return ExitCode.OK;
  }
}
