package dev.caviar.cli.panda;

import dev.caviar.cli.Answers;
import dev.caviar.cli.CommandException;
import dev.caviar.cli.ExitCode;
import dev.caviar.cli.Json;
import dev.caviar.cli.SweepClient;
import dev.caviar.cli.SweepFileOnDisk;
import dev.caviar.cli.SweepWatch;
import dev.caviar.proto.v1.PandaCheckpoint;
import dev.caviar.proto.v1.PandaState;
import dev.caviar.proto.v1.SubmitSweepRequest;
import dev.caviar.proto.v1.SubmitSweepResponse;
import dev.caviar.proto.v1.SweepStart;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code caviar panda spawn}: a sweep whose trials begin with a panda's network. */
@Command(
    name = "spawn",
    mixinStandardHelpOptions = true,
    description = {
      "Submits a sweep whose trials all begin with a panda's network, as one of its checkpoints has"
          + " it: many ways to go on, tried at once.",
      "What makes the network's shape must be as the panda has it."
    },
    footer = {
      "",
      "Examples:",
      "  caviar panda spawn last --checkpoint best ways-on.yaml --watch",
      "  caviar panda spawn last --checkpoint 7 ways-on.yaml"
    })
final class SpawnCommand extends OnePandaCommand {
  @SuppressWarnings("NullAway.Init")
  @Option(
      names = "--checkpoint",
      required = true,
      paramLabel = "CHECKPOINT",
      description = "The checkpoint: its number, its name, or best.")
  private String checkpoint;

  @SuppressWarnings("NullAway.Init")
  @Parameters(index = "1", paramLabel = "FILE", description = "The sweep file.")
  private Path file;

  @Option(names = "--watch", description = "Watch the sweep, as 'caviar watch' does.")
  private boolean watch;

  @Option(names = "--plain", description = "Watch in plain lines, even on a terminal.")
  private boolean plain;

  @Override
  int run(SweepClient client, String id) throws Exception {
    SweepFileOnDisk sweepFile = SweepFileOnDisk.read(file);
    int number = number(PandaReference.get(client.pandas(), id), checkpoint);
    SubmitSweepResponse submitted =
        Answers.await(
            client.submit(
                SubmitSweepRequest.newBuilder()
                    .setSweepFile(sweepFile.text())
                    .setBaseDirectory(sweepFile.baseDirectory().toString())
                    .setStart(SweepStart.newBuilder().setPandaId(id).setCheckpoint(number))
                    .build()));
    if (submitted.getProblemsCount() > 0) {
      throw sweepFile.refused(submitted.getProblemsList(), format());
    }
    String sweep = submitted.getSweepId();
    if (watch) {
      err().println("Submitted " + sweep);
      err().flush();
      return new SweepWatch(client, commandLine(), format(), plain).run(sweep);
    }
    return print(
        () -> Json.object().put("sweep", sweep).put("panda", id).put("checkpoint", number),
        () -> List.of(sweep));
  }

  /**
   * The number of the checkpoint that is meant.
   *
   * @throws CommandException if there is none, which says what there is
   */
  static int number(PandaState panda, String reference) {
    if (reference.equals("best")) {
      if (!panda.hasBestCheckpoint()) {
        throw new CommandException(
            ExitCode.USAGE, panda.getPandaId() + " has no best checkpoint before its first epoch");
      }
      return panda.getBestCheckpoint();
    }
    return panda.getCheckpointsList().stream()
        .filter(
            each ->
                each.getName().equals(reference)
                    || Integer.toString(each.getNumber()).equals(reference))
        .findFirst()
        .map(PandaCheckpoint::getNumber)
        .orElseThrow(
            () ->
                new CommandException(
                    ExitCode.USAGE,
                    "%s has no checkpoint %s; `caviar panda log %s --checkpoints` shows those it has"
                        .formatted(panda.getPandaId(), reference, panda.getPandaId())));
  }
}
