package dev.caviar.cli;

import dev.caviar.proto.v1.ContinueSweepRequest;
import dev.caviar.proto.v1.SweepStatus;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** {@code caviar continue}: a sweep gets more trials. */
@Command(
    name = "continue",
    mixinStandardHelpOptions = true,
    description = {
      "Gives a sweep more trials. One that is completed runs again; its sampler goes on with all it"
          + " knows.",
      "A grid, successive halving and a population have as many trials as they have."
    },
    footer = {"", "Example:", "  caviar continue last --trials 50"})
final class ContinueCommand extends SweepCommand {
  @Option(
      names = "--trials",
      paramLabel = "N",
      required = true,
      description = "How many more, at least 1.")
  private int trials;

  @Override
  protected int run(SweepClient client) throws Exception {
    if (trials < 1) {
      throw new ParameterException(commandLine(), "--trials must be at least 1, is " + trials);
    }
    SweepStatus status = get(client).getSummary().getStatus();
    String id = status.getSweepId();
    // More than there can be is for the coordinator to refuse, which knows why.
    int all = (int) Math.min((long) status.getTrials() + trials, Integer.MAX_VALUE);
    Answers.await(
        client.continueSweep(
            ContinueSweepRequest.newBuilder().setSweepId(id).setTrials(all).build()));
    return print(
        () -> PauseCommand.done(id, "continue", null).put("trials", all),
        () -> List.of("%s has %d trials now.".formatted(id, all)));
  }
}
