package dev.caviar.cli.panda;

import dev.caviar.proto.v1.CheckpointPandaRequest;
import dev.caviar.proto.v1.EndPandaRequest;
import dev.caviar.proto.v1.InterveneResponse;
import dev.caviar.proto.v1.Intervention;
import dev.caviar.proto.v1.PandaCheckpoint;
import dev.caviar.proto.v1.Parameter;
import dev.caviar.proto.v1.PausePandaRequest;
import dev.caviar.proto.v1.RecalibratePandaRequest;
import dev.caviar.proto.v1.ResumePandaRequest;
import dev.caviar.proto.v1.RollBackPandaRequest;
import dev.caviar.proto.v1.TunePandaRequest;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletionStage;

/** What a user does to a panda, by a command or by a key. */
sealed interface PandaAction {
  /** Other hyperparameters from the next mini-batch on. */
  record Tune(List<Parameter> parameters) implements PandaAction {}

  /** Running means and variances anew. */
  record Recalibrate() implements PandaAction {}

  /** Give the worker free. */
  record Pause() implements PandaAction {}

  /** Train again. */
  record Resume() implements PandaAction {}

  /** Go on from what it was. */
  record RollBack(RollbackTarget target) implements PandaAction {}

  /** Train no more. */
  record End() implements PandaAction {}

  /**
   * Keep it as it is.
   *
   * @param name empty for none
   */
  record Checkpoint(String name) implements PandaAction {}

  /** What came of it. */
  sealed interface Done {
    /** It is in the ledger. */
    record Entered(Intervention entry) implements Done {}

    /** There is a checkpoint. */
    record Kept(PandaCheckpoint checkpoint) implements Done {}
  }

  /**
   * Asks for it.
   *
   * @param why for the ledger; may be empty. A checkpoint has no entry there
   */
  default CompletionStage<? extends Done> ask(PandaClient pandas, String id, String why) {
    String who = Who.get();
    // Asked again over another connection, nothing is done twice.
    String request = UUID.randomUUID().toString();
    return switch (this) {
      case Tune(List<Parameter> parameters) ->
          entered(
              pandas.tune(
                  TunePandaRequest.newBuilder()
                      .setPandaId(id)
                      .addAllParameters(parameters)
                      .setWho(who)
                      .setWhy(why)
                      .setRequestId(request)
                      .build()));
      case Recalibrate() ->
          entered(
              pandas.recalibrate(
                  RecalibratePandaRequest.newBuilder()
                      .setPandaId(id)
                      .setWho(who)
                      .setWhy(why)
                      .setRequestId(request)
                      .build()));
      case Pause() ->
          entered(
              pandas.pause(
                  PausePandaRequest.newBuilder().setPandaId(id).setWho(who).setWhy(why).build()));
      case Resume() ->
          entered(
              pandas.resume(
                  ResumePandaRequest.newBuilder().setPandaId(id).setWho(who).setWhy(why).build()));
      case RollBack(RollbackTarget target) -> {
        RollBackPandaRequest.Builder to =
            RollBackPandaRequest.newBuilder()
                .setPandaId(id)
                .setWho(who)
                .setWhy(why)
                .setRequestId(request);
        target.into(to);
        yield entered(pandas.rollBack(to.build()));
      }
      case End() ->
          entered(
              pandas.end(
                  EndPandaRequest.newBuilder().setPandaId(id).setWho(who).setWhy(why).build()));
      case Checkpoint(String name) ->
          pandas
              .checkpoint(
                  CheckpointPandaRequest.newBuilder()
                      .setPandaId(id)
                      .setName(name)
                      .setWho(who)
                      .build())
              .thenApply(response -> new Done.Kept(response.getCheckpoint()));
    };
  }

  private static CompletionStage<Done> entered(CompletionStage<InterveneResponse> answer) {
    return answer.thenApply(response -> new Done.Entered(response.getIntervention()));
  }
}
