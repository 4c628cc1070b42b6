package dev.caviar.cli.remote;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.caviar.cli.panda.PandaClient;
import dev.caviar.proto.v1.AdoptTrialRequest;
import dev.caviar.proto.v1.AdoptTrialResponse;
import dev.caviar.proto.v1.BlobChunk;
import dev.caviar.proto.v1.Checkpoint;
import dev.caviar.proto.v1.CheckpointPandaRequest;
import dev.caviar.proto.v1.CheckpointPandaResponse;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.EndPandaRequest;
import dev.caviar.proto.v1.GetPandaCheckpointRequest;
import dev.caviar.proto.v1.GetPandaCurveRequest;
import dev.caviar.proto.v1.GetPandaCurveResponse;
import dev.caviar.proto.v1.GetPandaRequest;
import dev.caviar.proto.v1.InterveneResponse;
import dev.caviar.proto.v1.ListPandasRequest;
import dev.caviar.proto.v1.ListPandasResponse;
import dev.caviar.proto.v1.PandaPhase;
import dev.caviar.proto.v1.PandaServiceGrpc.PandaServiceBlockingStub;
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
import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;

/** Pandas of a coordinator across a network, over the connections of a {@link GrpcSweepClient}. */
final class GrpcPandaClient implements PandaClient {
  /**
   * A worker that has to end a long mini-batch, or to train again up to a step, may take its time.
   */
  private static final Duration INTERVENTION_TIMEOUT = Duration.ofMinutes(2);

  private final GrpcSweepClient connections;

  GrpcPandaClient(GrpcSweepClient connections) {
    this.connections = connections;
  }

  @Override
  public CompletionStage<StartPandaResponse> start(StartPandaRequest request) {
    // Asked twice, there would be two.
    return call(false, GrpcSweepClient.ANSWER_TIMEOUT, pandas -> pandas.startPanda(request));
  }

  @Override
  public CompletionStage<AdoptTrialResponse> adopt(AdoptTrialRequest request) {
    return call(false, GrpcSweepClient.ANSWER_TIMEOUT, pandas -> pandas.adoptTrial(request));
  }

  @Override
  public CompletionStage<ListPandasResponse> list() {
    return ask(pandas -> pandas.listPandas(ListPandasRequest.getDefaultInstance()));
  }

  @Override
  public CompletionStage<PandaState> get(GetPandaRequest request) {
    return ask(pandas -> pandas.getPanda(request));
  }

  @Override
  public CompletionStage<GetPandaCurveResponse> curve(GetPandaCurveRequest request) {
    return call(true, GrpcSweepClient.TRANSFER_TIMEOUT, pandas -> pandas.getPandaCurve(request));
  }

  @Override
  public CompletionStage<InterveneResponse> tune(TunePandaRequest request) {
    return intervene(!request.getRequestId().isEmpty(), pandas -> pandas.tunePanda(request));
  }

  @Override
  public CompletionStage<InterveneResponse> recalibrate(RecalibratePandaRequest request) {
    return intervene(!request.getRequestId().isEmpty(), pandas -> pandas.recalibratePanda(request));
  }

  @Override
  public CompletionStage<InterveneResponse> pause(PausePandaRequest request) {
    return intervene(true, pandas -> pandas.pausePanda(request));
  }

  @Override
  public CompletionStage<InterveneResponse> resume(ResumePandaRequest request) {
    return intervene(true, pandas -> pandas.resumePanda(request));
  }

  @Override
  public CompletionStage<InterveneResponse> rollBack(RollBackPandaRequest request) {
    return intervene(!request.getRequestId().isEmpty(), pandas -> pandas.rollBackPanda(request));
  }

  @Override
  public CompletionStage<CheckpointPandaResponse> checkpoint(CheckpointPandaRequest request) {
    return intervene(true, pandas -> pandas.checkpointPanda(request));
  }

  @Override
  public CompletionStage<InterveneResponse> end(EndPandaRequest request) {
    return intervene(true, pandas -> pandas.endPanda(request));
  }

  @Override
  public CompletionStage<Checkpoint> checkpoint(GetPandaCheckpointRequest request) {
    return call(
        true,
        GrpcSweepClient.TRANSFER_TIMEOUT,
        pandas -> {
          ByteString bytes = ByteString.EMPTY;
          Iterator<BlobChunk> chunks = pandas.getPandaCheckpoint(request);
          while (chunks.hasNext()) {
            bytes = bytes.concat(chunks.next().getData());
          }
          try {
            return Checkpoint.parseFrom(bytes);
          } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("the coordinator sent no checkpoint", e);
          }
        });
  }

  @Override
  public CompletionStage<Void> watch(
      WatchPandaRequest request, Consumer<PandaUpdate> onUpdate, Consumer<String> onNote) {
    return connections.watch(new Updates(request, onUpdate), onNote);
  }

  private <T> CompletionStage<T> ask(Function<PandaServiceBlockingStub, T> method) {
    return call(true, GrpcSweepClient.ANSWER_TIMEOUT, method);
  }

  private <T> CompletionStage<T> intervene(
      boolean repeatable, Function<PandaServiceBlockingStub, T> method) {
    return call(repeatable, INTERVENTION_TIMEOUT, method);
  }

  private <T> CompletionStage<T> call(
      boolean repeatable, Duration limit, Function<PandaServiceBlockingStub, T> method) {
    return connections.ask(
        repeatable, server -> method.apply(server.pandas().withDeadlineAfter(limit)));
  }

  /** From where the last update left off. */
  private static final class Updates implements Watching.Updates<PandaUpdate> {
    private final Consumer<PandaUpdate> onUpdate;
    private WatchPandaRequest next;
    private PandaPhase phase = PandaPhase.PANDA_PHASE_UNSPECIFIED;

    Updates(WatchPandaRequest request, Consumer<PandaUpdate> onUpdate) {
      this.onUpdate = onUpdate;
      next = request;
    }

    @Override
    public Iterator<PandaUpdate> open(GrpcSweepClient.Server server) {
      return server.pandas().watchPanda(next);
    }

    @Override
    public void take(PandaUpdate update) {
      if (update.hasState()) {
        phase = update.getState().getPhase();
      }
      onUpdate.accept(update);
      WatchPandaRequest.Builder after = next.toBuilder().setAfterVersion(update.getVersion());
      if (update.getPointsCount() > 0) {
        CurvePoint last = update.getPoints(update.getPointsCount() - 1);
        after.setBranch(update.getBranch()).setAfterEpoch(last.getEpoch());
      }
      next = after.build();
    }

    @Override
    public boolean over() {
      return phase == PandaPhase.PANDA_ENDED;
    }
  }
}
