package dev.caviar.cli;

import dev.caviar.proto.v1.EarlierTrial;
import dev.caviar.proto.v1.GetSweepResponse;
import dev.caviar.proto.v1.SubmitSweepRequest;
import dev.caviar.proto.v1.SubmitSweepResponse;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code caviar submit}: a sweep for the cluster. */
@Command(
    name = "submit",
    mixinStandardHelpOptions = true,
    description = {
      "Gives a sweep to the cluster and prints its id. It runs there whether or not anybody"
          + " watches.",
      "Data files that the sweep file names by path must be on the workers' disks; what was sent"
          + " by 'caviar data push' is named by its hash."
    },
    footer = {
      "",
      "Examples:",
      "  caviar submit examples/digits.yaml",
      "  caviar submit examples/digits.yaml --watch",
      "  caviar submit examples/tpe.yaml --warm-start last",
      "  caviar watch $(caviar submit examples/digits.yaml)"
    })
final class SubmitCommand extends ClusterCommand {
  @SuppressWarnings("NullAway.Init")
  @Parameters(paramLabel = "FILE", description = "The sweep file.")
  private Path file;

  @Option(names = "--watch", description = "Watch it, as 'caviar watch' does.")
  private boolean watch;

  @Option(names = "--plain", description = "Watch in plain lines, even on a terminal.")
  private boolean plain;

  @Mixin private WarmStartOption warmStart = new WarmStartOption();

  @Override
  protected int run(SweepClient client) throws Exception {
    SweepFileOnDisk sweepFile = SweepFileOnDisk.read(file);
    List<EarlierTrial> earlier =
        warmStart.isWanted()
            ? warmStart.read(sweepFile.parse(format()), reference -> get(client, reference), err())
            : List.of();
    SubmitSweepResponse submitted =
        Answers.await(
            client.submit(
                SubmitSweepRequest.newBuilder()
                    .setOwner(System.getProperty("user.name", ""))
                    .setSweepFile(sweepFile.text())
                    .setBaseDirectory(sweepFile.baseDirectory().toString())
                    .addAllEarlier(earlier)
                    .build()));
    if (submitted.getProblemsCount() > 0) {
      throw sweepFile.refused(submitted.getProblemsList(), format());
    }
    String id = submitted.getSweepId();
    if (watch) {
      err().println("Submitted " + id);
      err().flush();
      return new SweepWatch(client, commandLine(), format(), plain).run(id);
    }
    return print(() -> Json.object().put("sweep", id), () -> List.of(id));
  }

  private static GetSweepResponse get(SweepClient client, String reference) throws Exception {
    return SweepCommand.get(
        client, SweepReference.resolve(client, reference).getStatus().getSweepId());
  }
}
