package dev.caviar.cli;

import dev.caviar.proto.v1.EndSweepRequest;
import java.util.List;
import picocli.CommandLine.Option;

/** Ends a sweep before its budget is spent. */
abstract class EndCommand extends SweepCommand {
  private final String action;
  private final boolean cancelRunning;
  private final String done;

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      description = "Kept with the sweep (default: ${DEFAULT-VALUE}).")
  private String reason = "ended by its user";

  /**
   * @param done what its user is told, before the sweep's id
   */
  EndCommand(String action, boolean cancelRunning, String done) {
    this.action = action;
    this.cancelRunning = cancelRunning;
    this.done = done;
  }

  @Override
  protected final int run(SweepClient client) throws Exception {
    String id = sweepId(client);
    Answers.await(
        client.end(
            EndSweepRequest.newBuilder()
                .setSweepId(id)
                .setCancelRunning(cancelRunning)
                .setReason(reason)
                .build()));
    return print(() -> PauseCommand.done(id, action, null), () -> List.of(done + " " + id + "."));
  }
}
