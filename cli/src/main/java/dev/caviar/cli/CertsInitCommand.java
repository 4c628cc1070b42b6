package dev.caviar.cli;

import dev.caviar.coordinator.api.Certificates;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code caviar certs init}: a set to begin with. */
@Command(
    name = "init",
    mixinStandardHelpOptions = true,
    description = {
      "Makes an authority, certificates for coordinators and workers, and tokens for clients.",
      "They are good for a year. Nothing that is there already is overwritten."
    },
    footer = {
      "",
      "Examples:",
      "  caviar certs init certs",
      "  caviar certs init certs --host tuner.example.org --host 10.0.0.7"
    })
final class CertsInitCommand implements Callable<Integer> {
  @SuppressWarnings("NullAway.Init")
  @Spec
  private CommandSpec spec;

  @SuppressWarnings("NullAway.Init")
  @Parameters(paramLabel = "DIR", description = "The folder to put them in.")
  private Path folder;

  @Option(
      names = "--host",
      paramLabel = "HOST",
      description =
          "A name or an address by which coordinators are reached; repeat it for several. This"
              + " machine's localhost and 127.0.0.1 are always among them.")
  private List<String> hosts = new ArrayList<>();

  @Override
  public Integer call() {
    try {
      List<Path> files = Certificates.create(folder, hosts);
      PrintWriter out = spec.commandLine().getOut();
      files.forEach(out::println);
      out.flush();
      return ExitCode.OK;
    } catch (FileAlreadyExistsException e) {
      throw new CommandException(ExitCode.USAGE, e.getFile() + " " + e.getReason());
    } catch (IllegalArgumentException e) {
      throw new CommandException(ExitCode.USAGE, "--host: " + e.getMessage());
    } catch (IOException e) {
      throw new CommandException(ExitCode.FAILED, folder + ": cannot be written to: " + e);
    }
  }
}
