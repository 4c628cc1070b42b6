package dev.caviar.cli.panda;

import dev.caviar.proto.v1.AdoptTrialRequest;
import dev.caviar.proto.v1.AdoptTrialResponse;
import dev.caviar.proto.v1.Checkpoint;
import dev.caviar.proto.v1.CheckpointPandaRequest;
import dev.caviar.proto.v1.CheckpointPandaResponse;
import dev.caviar.proto.v1.EndPandaRequest;
import dev.caviar.proto.v1.GetPandaCheckpointRequest;
import dev.caviar.proto.v1.GetPandaCurveRequest;
import dev.caviar.proto.v1.GetPandaCurveResponse;
import dev.caviar.proto.v1.GetPandaRequest;
import dev.caviar.proto.v1.InterveneResponse;
import dev.caviar.proto.v1.ListPandasResponse;
import dev.caviar.proto.v1.PandaState;
import dev.caviar.proto.v1.PandaUpdate;
import dev.caviar.proto.v1.PausePandaRequest;
import dev.caviar.proto.v1.RecalibratePandaRequest;
import dev.caviar.proto.v1.ResumePandaRequest;
import dev.caviar.proto.v1.RollBackPandaRequest;
import dev.caviar.proto.v1.StartPandaRequest;
import dev.caviar.proto.v1.StartPandaResponse;
import dev.caviar.proto.v1.TunePandaRequest;
import dev.caviar.proto.v1.WatchPandaRequest;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * PandaService of panda.proto as the commands see it. All stages complete exceptionally where the
 * coordinator cannot be reached or refuses. Thread-safe.
 */
public interface PandaClient {
  /** Answers with the panda's id, or with all problems of the panda file. */
  CompletionStage<StartPandaResponse> start(StartPandaRequest request);

  /** Goes on with the network of a sweep's trial. */
  CompletionStage<AdoptTrialResponse> adopt(AdoptTrialRequest request);

  /** All pandas, the newest first, without their ledgers, branches and checkpoints. */
  CompletionStage<ListPandasResponse> list();

  /** One panda, but without its curve. */
  CompletionStage<PandaState> get(GetPandaRequest request);

  /** The curve that led to the end of a branch. */
  CompletionStage<GetPandaCurveResponse> curve(GetPandaCurveRequest request);

  /** Other hyperparameters. */
  CompletionStage<InterveneResponse> tune(TunePandaRequest request);

  /** Running means and variances anew. */
  CompletionStage<InterveneResponse> recalibrate(RecalibratePandaRequest request);

  /** It gives its worker free. */
  CompletionStage<InterveneResponse> pause(PausePandaRequest request);

  /** It trains again. */
  CompletionStage<InterveneResponse> resume(ResumePandaRequest request);

  /** It goes on from what it was. */
  CompletionStage<InterveneResponse> rollBack(RollBackPandaRequest request);

  /** It is checkpointed as it is. */
  CompletionStage<CheckpointPandaResponse> checkpoint(CheckpointPandaRequest request);

  /** It trains no more. */
  CompletionStage<InterveneResponse> end(EndPandaRequest request);

  /** A kept checkpoint itself. */
  CompletionStage<Checkpoint> checkpoint(GetPandaCheckpointRequest request);

  /**
   * Calls {@code onUpdate}, from one thread at a time and in order, with the panda as it is and
   * with all that happens to it.
   *
   * @param onNote told, in a sentence for people, when the way to the coordinator breaks and when
   *     it is back
   * @return completes after the last update, when the panda is ended
   */
  CompletionStage<Void> watch(
      WatchPandaRequest request, Consumer<PandaUpdate> onUpdate, Consumer<String> onNote);
}
