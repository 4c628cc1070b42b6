package dev.caviar.cli.panda;

import dev.caviar.cli.Answers;
import dev.caviar.cli.SweepClient;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code caviar panda checkpoint}. */
@Command(
    name = "checkpoint",
    mixinStandardHelpOptions = true,
    description = "Keeps a panda as it is, for good, under a name if it is given one.",
    footer = {
      "",
      "Examples:",
      "  caviar panda checkpoint last --name before-lunch",
      "  caviar panda rollback last --to before-lunch"
    })
final class CheckpointCommand extends OnePandaCommand {
  @Option(names = "--name", paramLabel = "NAME", description = "By which it can be gone back to.")
  private String name = "";

  @Override
  int run(SweepClient client, String id) throws Exception {
    PandaAction.Done done =
        Answers.await(new PandaAction.Checkpoint(name).ask(client.pandas(), id, ""));
    return print(() -> PandaJson.done(id, done), () -> List.of(id + ": " + PandaText.done(done)));
  }
}
