package dev.caviar.cli;

import dev.caviar.cli.panda.PandaClient;
import dev.caviar.proto.v1.BlobRef;
import dev.caviar.proto.v1.ChangeSpaceRequest;
import dev.caviar.proto.v1.ChangeSpaceResponse;
import dev.caviar.proto.v1.ContinueSweepRequest;
import dev.caviar.proto.v1.ContinueSweepResponse;
import dev.caviar.proto.v1.EndSweepRequest;
import dev.caviar.proto.v1.EndSweepResponse;
import dev.caviar.proto.v1.EnqueuePointsRequest;
import dev.caviar.proto.v1.EnqueuePointsResponse;
import dev.caviar.proto.v1.ExportSweepRequest;
import dev.caviar.proto.v1.GetBestModelRequest;
import dev.caviar.proto.v1.GetBestModelResponse;
import dev.caviar.proto.v1.GetSweepRequest;
import dev.caviar.proto.v1.GetSweepResponse;
import dev.caviar.proto.v1.GetTrialLogRequest;
import dev.caviar.proto.v1.GetTrialLogResponse;
import dev.caviar.proto.v1.ListSweepsResponse;
import dev.caviar.proto.v1.ListWorkersResponse;
import dev.caviar.proto.v1.PauseSweepRequest;
import dev.caviar.proto.v1.PauseSweepResponse;
import dev.caviar.proto.v1.PauseTrialRequest;
import dev.caviar.proto.v1.PauseTrialResponse;
import dev.caviar.proto.v1.ResumeSweepRequest;
import dev.caviar.proto.v1.ResumeSweepResponse;
import dev.caviar.proto.v1.ResumeTrialRequest;
import dev.caviar.proto.v1.ResumeTrialResponse;
import dev.caviar.proto.v1.ReviveTrialRequest;
import dev.caviar.proto.v1.ReviveTrialResponse;
import dev.caviar.proto.v1.SubmitSweepRequest;
import dev.caviar.proto.v1.SubmitSweepResponse;
import dev.caviar.proto.v1.SweepUpdate;
import dev.caviar.proto.v1.WatchSweepRequest;
import java.nio.file.Path;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/**
 * The coordinator as commands see it: SweepService and DataService of sweep.proto, and pandas.
 * Commands neither know nor care whether it lives in this JVM or across a network. Thread-safe.
 */
public interface SweepClient extends AutoCloseable {
  /** Answers with the sweep's id, or with all problems of the sweep file. */
  CompletionStage<SubmitSweepResponse> submit(SubmitSweepRequest request);

  /**
   * Calls {@code onUpdate}, from one thread at a time and in order, with all that happens to a
   * sweep. Where the way to the coordinator broke meanwhile, what came before may come again.
   *
   * @param onNote told, in a sentence for people, when that way breaks and when it is back
   * @return completes after the last update, when the sweep is over
   */
  CompletionStage<Void> watch(
      WatchSweepRequest request, Consumer<SweepUpdate> onUpdate, Consumer<String> onNote);

  /** As the other, for who does not want to know of the way to the coordinator. */
  default CompletionStage<Void> watch(WatchSweepRequest request, Consumer<SweepUpdate> onUpdate) {
    return watch(request, onUpdate, note -> {});
  }

  /** Ends a sweep before its budget is spent. */
  CompletionStage<EndSweepResponse> end(EndSweepRequest request);

  /** The best trial's model; without one while no trial has completed. */
  CompletionStage<GetBestModelResponse> bestModel(GetBestModelRequest request);

  /** All sweeps, the newest first. */
  CompletionStage<ListSweepsResponse> list();

  /** One sweep with its trials, but without their curves. */
  CompletionStage<GetSweepResponse> get(GetSweepRequest request);

  /** What workers said of a trial, or of a panda's branch, as far as it is kept. */
  CompletionStage<GetTrialLogResponse> trialLog(GetTrialLogRequest request);

  /** No new trials until resumed; those running finish. */
  CompletionStage<PauseSweepResponse> pause(PauseSweepRequest request);

  /** New trials again. */
  CompletionStage<ResumeSweepResponse> resume(ResumeSweepRequest request);

  /** A running trial keeps its slot but does not train. */
  CompletionStage<PauseTrialResponse> pauseTrial(PauseTrialRequest request);

  /** It trains again. */
  CompletionStage<ResumeTrialResponse> resumeTrial(ResumeTrialRequest request);

  /** A trial that was stopped early goes on to its last epoch. */
  CompletionStage<ReviveTrialResponse> reviveTrial(ReviveTrialRequest request);

  /** The sweep gets more trials. */
  CompletionStage<ContinueSweepResponse> continueSweep(ContinueSweepRequest request);

  /** Trials are drawn from other ranges. */
  CompletionStage<ChangeSpaceResponse> changeSpace(ChangeSpaceRequest request);

  /** The next trials get these points. */
  CompletionStage<EnqueuePointsResponse> enqueue(EnqueuePointsRequest request);

  /** Who works, on what. */
  CompletionStage<ListWorkersResponse> workers();

  /**
   * All that has happened to a sweep until now, curves included; as with {@link #watch}, updates
   * may come again.
   *
   * @return completes after the last of them
   */
  CompletionStage<Void> export(ExportSweepRequest request, Consumer<SweepUpdate> onUpdate);

  /**
   * Stores a file of a data set with the coordinator, for workers that have no such file.
   *
   * @param onSent told how many bytes are sent, now and then
   * @return its hash, by which sweep files name it
   */
  CompletionStage<BlobRef> putData(Path file, LongConsumer onSent);

  /** The models that are babysat there. */
  PandaClient pandas();

  /** Ends the connection, and the coordinator too where it lives in this JVM. */
  @Override
  void close();
}
