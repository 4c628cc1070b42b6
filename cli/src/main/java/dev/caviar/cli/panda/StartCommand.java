package dev.caviar.cli.panda;

import dev.caviar.cli.Answers;
import dev.caviar.cli.ClusterCommand;
import dev.caviar.cli.Json;
import dev.caviar.cli.SweepClient;
import dev.caviar.cli.SweepFileOnDisk;
import dev.caviar.proto.v1.StartPandaRequest;
import dev.caviar.proto.v1.StartPandaResponse;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code caviar panda start}: a model for the cluster to train. */
@Command(
    name = "start",
    mixinStandardHelpOptions = true,
    description = {
      "Gives a panda file to the cluster and prints the panda's id. It is trained there whether or"
          + " not anybody watches.",
      "Data files that it names by path must be on the workers' disks; what was sent by 'caviar"
          + " data push' is named by its hash."
    },
    footer = {
      "",
      "Examples:",
      "  caviar panda start examples/panda.yaml",
      "  caviar panda start examples/panda.yaml --watch"
    })
final class StartCommand extends ClusterCommand {
  @SuppressWarnings("NullAway.Init")
  @Parameters(paramLabel = "FILE", description = "The panda file.")
  private Path file;

  @Option(names = "--watch", description = "Watch it, as 'caviar panda watch' does.")
  private boolean watch;

  @Option(names = "--plain", description = "Watch in plain lines, even on a terminal.")
  private boolean plain;

  @Override
  protected int run(SweepClient client) throws Exception {
    SweepFileOnDisk pandaFile = SweepFileOnDisk.read(file);
    StartPandaResponse started =
        Answers.await(
            client
                .pandas()
                .start(
                    StartPandaRequest.newBuilder()
                        .setPandaFile(pandaFile.text())
                        .setBaseDirectory(pandaFile.baseDirectory().toString())
                        .setWho(Who.get())
                        .build()));
    if (started.getProblemsCount() > 0) {
      throw pandaFile.refused(started.getProblemsList(), format());
    }
    String id = started.getPandaId();
    if (watch) {
      err().println("Started " + id);
      err().flush();
      return new PandaWatch(client.pandas(), commandLine(), format(), plain).run(id);
    }
    return print(() -> Json.object().put("panda", id), () -> List.of(id));
  }
}
