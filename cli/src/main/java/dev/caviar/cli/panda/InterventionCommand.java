package dev.caviar.cli.panda;

import dev.caviar.cli.Answers;
import dev.caviar.cli.SweepClient;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** A command whose work stands in the panda's ledger afterwards. */
abstract class InterventionCommand extends OnePandaCommand {
  @Option(names = "--why", paramLabel = "TEXT", description = "Kept in the ledger.")
  private String why = "";

  /**
   * What is asked for, at least one thing. A second one is asked for as soon as the first is done.
   *
   * @throws IllegalArgumentException if the arguments make no sense
   */
  abstract List<PandaAction> actions();

  @Override
  final int run(SweepClient client, String id) throws Exception {
    List<PandaAction> actions;
    try {
      actions = actions();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(commandLine(), e.getMessage(), e);
    }
    List<PandaAction.Done> done = new ArrayList<>();
    for (PandaAction action : actions) {
      done.add(Answers.await(action.ask(client.pandas(), id, why)));
    }
    return print(
        () -> PandaJson.done(id, done),
        () -> done.stream().map(each -> id + ": " + PandaText.done(each)).toList());
  }
}
