package dev.caviar.cli.panda;

import dev.caviar.cli.Answers;
import dev.caviar.cli.ClusterCommand;
import dev.caviar.cli.Json;
import dev.caviar.cli.SweepClient;
import dev.caviar.cli.SweepReference;
import dev.caviar.proto.v1.AdoptTrialRequest;
import dev.caviar.proto.v1.AdoptTrialResponse;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code caviar panda adopt}: a sweep's trial becomes a panda. */
@Command(
    name = "adopt",
    mixinStandardHelpOptions = true,
    description = {
      "Goes on with the network of a sweep's trial, as a panda. The sweep stays as it is.",
      "Where no checkpoint of the trial is kept, it is trained again, to the same numbers, first."
    },
    footer = {"", "Example:", "  caviar panda adopt last 25 --why \"the best of the sweep\""})
final class AdoptCommand extends ClusterCommand {
  @SuppressWarnings("NullAway.Init")
  @Parameters(index = "0", paramLabel = "SWEEP", description = SweepReference.DESCRIPTION)
  private String sweep;

  @Parameters(index = "1", paramLabel = "TRIAL", description = "The trial's number.")
  private int trial;

  @Option(names = "--why", paramLabel = "TEXT", description = "Kept in the ledger.")
  private String why = "";

  @Override
  protected int run(SweepClient client) throws Exception {
    String from = SweepReference.resolve(client, sweep).getStatus().getSweepId();
    AdoptTrialResponse adopted =
        Answers.await(
            client
                .pandas()
                .adopt(
                    AdoptTrialRequest.newBuilder()
                        .setSweepId(from)
                        .setTrial(trial)
                        .setWho(Who.get())
                        .setWhy(why)
                        .build()));
    String id = adopted.getPandaId();
    if (!isJson()) {
      err()
          .println(
              adopted.getFromStep() == 0
                  ? "Trial %d of %s is trained again first: no checkpoint of it is kept."
                      .formatted(trial, from)
                  : "Goes on with trial %d of %s from step %d."
                      .formatted(trial, from, adopted.getFromStep()));
      err().flush();
    }
    return print(
        () -> Json.object().put("panda", id).put("from_step", adopted.getFromStep()),
        () -> List.of(id));
  }
}
