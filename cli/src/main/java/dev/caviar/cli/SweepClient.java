package dev.caviar.cli;

import dev.caviar.proto.v1.EndSweepRequest;
import dev.caviar.proto.v1.EndSweepResponse;
import dev.caviar.proto.v1.GetBestModelRequest;
import dev.caviar.proto.v1.GetBestModelResponse;
import dev.caviar.proto.v1.SubmitSweepRequest;
import dev.caviar.proto.v1.SubmitSweepResponse;
import dev.caviar.proto.v1.SweepUpdate;
import dev.caviar.proto.v1.WatchSweepRequest;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * The coordinator as commands see it: SweepService of sweep.proto. Commands neither know nor care
 * whether it lives in this JVM or across a network. Thread-safe.
 */
public interface SweepClient extends AutoCloseable {
  /** Answers with the sweep's id, or with all problems of the sweep file. */
  CompletionStage<SubmitSweepResponse> submit(SubmitSweepRequest request);

  /**
   * Calls {@code onUpdate}, from one thread at a time and in order, with all that happens to a
   * sweep.
   *
   * @return completes after the last update, when the sweep is over
   */
  CompletionStage<Void> watch(WatchSweepRequest request, Consumer<SweepUpdate> onUpdate);

  /** Ends a sweep before its budget is spent. */
  CompletionStage<EndSweepResponse> end(EndSweepRequest request);

  /** The best trial's model; without one while no trial has completed. */
  CompletionStage<GetBestModelResponse> bestModel(GetBestModelRequest request);

  /** Ends the connection, and the coordinator too where it lives in this JVM. */
  @Override
  void close();
}
