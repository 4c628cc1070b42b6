package dev.caviar.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caviar.proto.v1.PauseSweepRequest;
import dev.caviar.proto.v1.PauseTrialRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code caviar pause}: no new trials for a while. */
@Command(
    name = "pause",
    mixinStandardHelpOptions = true,
    description = {
      "Pauses a sweep: it begins no new trials until 'caviar resume'; those running finish.",
      "With --trial, one running trial holds still and keeps its slot."
    },
    footer = {"", "Examples:", "  caviar pause last", "  caviar pause last --trial 7"})
final class PauseCommand extends SweepCommand {
  @Option(names = "--trial", paramLabel = "N", description = "Only this trial.")
  private @Nullable Integer trial;

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      description = "Kept with the sweep (default: ${DEFAULT-VALUE}).")
  private String reason = "paused by its user";

  @Override
  protected int run(SweepClient client) throws Exception {
    String id = sweepId(client);
    Integer only = trial;
    if (only == null) {
      Answers.await(
          client.pause(PauseSweepRequest.newBuilder().setSweepId(id).setReason(reason).build()));
    } else {
      Answers.await(
          client.pauseTrial(PauseTrialRequest.newBuilder().setSweepId(id).setTrial(only).build()));
    }
    return print(
        () -> done(id, "pause", only),
        () -> List.of("Paused " + (only == null ? id : "trial " + only + " of " + id) + "."));
  }

  /** What was done to a sweep or a trial, for scripts. */
  static ObjectNode done(String sweep, String action, @Nullable Integer trial) {
    ObjectNode node = Json.object().put("sweep", sweep).put("action", action);
    return trial == null ? node : node.put("trial", trial);
  }
}
