package dev.caviar.cli;

import dev.caviar.proto.v1.ResumeSweepRequest;
import dev.caviar.proto.v1.ResumeTrialRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code caviar resume}: what was paused goes on. */
@Command(
    name = "resume",
    mixinStandardHelpOptions = true,
    description = "Lets a paused sweep, or with --trial a paused trial, go on.",
    footer = {"", "Examples:", "  caviar resume last", "  caviar resume last --trial 7"})
final class ResumeCommand extends SweepCommand {
  @Option(names = "--trial", paramLabel = "N", description = "Only this trial.")
  private @Nullable Integer trial;

  @Override
  protected int run(SweepClient client) throws Exception {
    String id = sweepId(client);
    Integer only = trial;
    if (only == null) {
      Answers.await(client.resume(ResumeSweepRequest.newBuilder().setSweepId(id).build()));
    } else {
      Answers.await(
          client.resumeTrial(
              ResumeTrialRequest.newBuilder().setSweepId(id).setTrial(only).build()));
    }
    return print(
        () -> PauseCommand.done(id, "resume", only),
        () -> List.of("Resumed " + (only == null ? id : "trial " + only + " of " + id) + "."));
  }
}
