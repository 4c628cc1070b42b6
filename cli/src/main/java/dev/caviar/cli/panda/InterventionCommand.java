package dev.caviar.cli.panda;

import dev.caviar.cli.Answers;
import dev.caviar.cli.SweepClient;
import java.util.List;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** A command whose work stands in the panda's ledger afterwards. */
abstract class InterventionCommand extends OnePandaCommand {
  @Option(names = "--why", paramLabel = "TEXT", description = "Kept in the ledger.")
  private String why = "";

  /**
   * What is asked for.
   *
   * @throws IllegalArgumentException if the arguments make no sense
   */
  abstract PandaAction action();

  @Override
  final int run(SweepClient client, String id) throws Exception {
    PandaAction action;
    try {
      action = action();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(commandLine(), e.getMessage(), e);
    }
    PandaAction.Done done = Answers.await(action.ask(client.pandas(), id, why));
    return print(() -> PandaJson.done(id, done), () -> List.of(id + ": " + PandaText.done(done)));
  }
}
