package dev.caviar.cli;

import dev.caviar.proto.v1.ReviveTrialRequest;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code caviar revive}: a trial that was stopped early goes on. */
@Command(
    name = "revive",
    mixinStandardHelpOptions = true,
    description = {
      "Lets a trial that was stopped early go on from its checkpoint to its last epoch.",
      "It is not stopped again. A completed sweep runs again until the trial has ended."
    },
    footer = {"", "Example:", "  caviar revive last 7"})
final class ReviveCommand extends SweepCommand {
  @Parameters(index = "1", paramLabel = "TRIAL", description = "The trial's number.")
  private int trial;

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      description = "Kept with the trial (default: ${DEFAULT-VALUE}).")
  private String reason = "revived by its user";

  @Override
  protected int run(SweepClient client) throws Exception {
    String id = sweepId(client);
    Answers.await(
        client.reviveTrial(
            ReviveTrialRequest.newBuilder()
                .setSweepId(id)
                .setTrial(trial)
                .setReason(reason)
                .build()));
    return print(
        () -> PauseCommand.done(id, "revive", trial),
        () -> List.of("Revived trial " + trial + " of " + id + "."));
  }
}
