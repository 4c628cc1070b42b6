package dev.caviar.cli.panda;

import dev.caviar.cli.Answers;
import dev.caviar.cli.References;
import dev.caviar.proto.v1.GetPandaRequest;
import dev.caviar.proto.v1.PandaState;

/** A panda as its user names it: its id, the beginning of its id, or {@code last}. */
final class PandaReference {
  /** What the help of each command says of its argument. */
  static final String DESCRIPTION = "The panda: its id, the beginning of one, or last.";

  private static final References<PandaState> PANDAS =
      new References<>(
          "panda", PandaState::getPandaId, "caviar panda start FILE", "caviar panda list");

  private PandaReference() {}

  /**
   * The id of the panda that is meant.
   *
   * @throws dev.caviar.cli.CommandException if there is none, or more than one
   */
  static String resolve(PandaClient pandas, String reference) throws Exception {
    return PANDAS.resolve(Answers.await(pandas.list()).getPandasList(), reference).getPandaId();
  }

  /** All there is to know of a panda but its curve. */
  static PandaState get(PandaClient pandas, String id) throws Exception {
    return Answers.await(pandas.get(GetPandaRequest.newBuilder().setPandaId(id).build()));
  }
}
