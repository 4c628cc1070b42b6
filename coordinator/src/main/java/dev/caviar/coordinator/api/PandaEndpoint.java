package dev.caviar.coordinator.api;

import akka.actor.typed.ActorRef;
import akka.japi.function.Function;
import akka.pattern.StatusReply;
import dev.caviar.coordinator.Coordinator;
import dev.caviar.coordinator.RequestException;
import dev.caviar.coordinator.panda.PandaActor;
import dev.caviar.proto.v1.AdoptTrialRequest;
import dev.caviar.proto.v1.AdoptTrialResponse;
import dev.caviar.proto.v1.BlobChunk;
import dev.caviar.proto.v1.BlobKind;
import dev.caviar.proto.v1.CheckpointPandaRequest;
import dev.caviar.proto.v1.CheckpointPandaResponse;
import dev.caviar.proto.v1.EndPandaRequest;
import dev.caviar.proto.v1.GetBlobRequest;
import dev.caviar.proto.v1.GetPandaCheckpointRequest;
import dev.caviar.proto.v1.GetPandaCurveRequest;
import dev.caviar.proto.v1.GetPandaCurveResponse;
import dev.caviar.proto.v1.GetPandaRequest;
import dev.caviar.proto.v1.InterveneResponse;
import dev.caviar.proto.v1.Intervention;
import dev.caviar.proto.v1.ListPandasRequest;
import dev.caviar.proto.v1.ListPandasResponse;
import dev.caviar.proto.v1.PandaCheckpoint;
import dev.caviar.proto.v1.PandaPhase;
import dev.caviar.proto.v1.PandaServiceGrpc.PandaServiceImplBase;
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
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** PandaService of panda.proto, asked of the active coordinator. */
final class PandaEndpoint extends PandaServiceImplBase {
  private final Questions questions;
  private final BlobTransfers transfers;

  PandaEndpoint(Questions questions, BlobTransfers transfers) {
    this.questions = questions;
    this.transfers = transfers;
  }

  @Override
  public void startPanda(StartPandaRequest request, StreamObserver<StartPandaResponse> observer) {
    StartPandaRequest complete =
        request.getBaseDirectory().isEmpty()
            ? request.toBuilder().setBaseDirectory("/").build()
            : request;
    Questions.answer(
        observer,
        questions.ask("StartPanda", replyTo -> new Coordinator.StartPanda(complete, replyTo)));
  }

  @Override
  public void adoptTrial(AdoptTrialRequest request, StreamObserver<AdoptTrialResponse> observer) {
    Questions.answer(
        observer,
        questions.askWithStatus(
            "AdoptTrial", replyTo -> new Coordinator.AdoptTrial(request, replyTo)));
  }

  @Override
  public void listPandas(ListPandasRequest request, StreamObserver<ListPandasResponse> observer) {
    Questions.answer(observer, questions.ask("ListPandas", Coordinator.ListPandas::new));
  }

  @Override
  public void getPanda(GetPandaRequest request, StreamObserver<PandaState> observer) {
    Questions.answer(observer, state("GetPanda", request.getPandaId()));
  }

  private CompletionStage<PandaState> state(String name, String pandaId) {
    return ask(name, pandaId, PandaActor.Get::new);
  }

  @Override
  public void watchPanda(WatchPandaRequest request, StreamObserver<PandaUpdate> observer) {
    Watching.start(
        request,
        seen ->
            poll(seen)
                .thenApply(
                    update -> {
                      boolean isNew = update.hasState() || update.getPointsCount() > 0;
                      boolean over =
                          update.hasState()
                              && update.getState().getPhase() == PandaPhase.PANDA_ENDED;
                      return new Watching.News<>(
                          isNew ? List.of(update) : List.of(), after(seen, update), over);
                    }),
        observer);
  }

  private static WatchPandaRequest after(WatchPandaRequest before, PandaUpdate update) {
    WatchPandaRequest.Builder after =
        before.toBuilder().setAfterVersion(update.getVersion()).setBranch(update.getBranch());
    if (update.getPointsCount() > 0) {
      after.setAfterEpoch(update.getPointsList().getLast().getEpoch());
    } else if (before.getBranch() != update.getBranch()) {
      after.setAfterEpoch(0);
    }
    return after.build();
  }

  @Override
  public void pollPanda(WatchPandaRequest request, StreamObserver<PandaUpdate> observer) {
    Questions.answer(observer, poll(request));
  }

  private CompletionStage<PandaUpdate> poll(WatchPandaRequest request) {
    return questions.watch(
        replyTo ->
            new Coordinator.ToPanda(
                request.getPandaId(),
                new PandaActor.Watch(request, replyTo),
                refused -> replyTo.tell(StatusReply.error(refused))));
  }

  @Override
  public void getPandaCurve(
      GetPandaCurveRequest request, StreamObserver<GetPandaCurveResponse> observer) {
    Questions.answer(
        observer,
        ask(
            "GetPandaCurve",
            request.getPandaId(),
            replyTo -> new PandaActor.GetCurve(request, replyTo)));
  }

  @Override
  public void tunePanda(TunePandaRequest request, StreamObserver<InterveneResponse> observer) {
    intervene(
        observer,
        "TunePanda",
        request.getPandaId(),
        replyTo -> new PandaActor.Tune(request, replyTo));
  }

  @Override
  public void recalibratePanda(
      RecalibratePandaRequest request, StreamObserver<InterveneResponse> observer) {
    intervene(
        observer,
        "RecalibratePanda",
        request.getPandaId(),
        replyTo -> new PandaActor.Recalibrate(request, replyTo));
  }

  @Override
  public void pausePanda(PausePandaRequest request, StreamObserver<InterveneResponse> observer) {
    intervene(
        observer,
        "PausePanda",
        request.getPandaId(),
        replyTo -> new PandaActor.Pause(request, replyTo));
  }

  @Override
  public void resumePanda(ResumePandaRequest request, StreamObserver<InterveneResponse> observer) {
    intervene(
        observer,
        "ResumePanda",
        request.getPandaId(),
        replyTo -> new PandaActor.Resume(request, replyTo));
  }

  @Override
  public void rollBackPanda(
      RollBackPandaRequest request, StreamObserver<InterveneResponse> observer) {
    intervene(
        observer,
        "RollBackPanda",
        request.getPandaId(),
        replyTo -> new PandaActor.RollBack(request, replyTo));
  }

  @Override
  public void endPanda(EndPandaRequest request, StreamObserver<InterveneResponse> observer) {
    intervene(
        observer,
        "EndPanda",
        request.getPandaId(),
        replyTo -> new PandaActor.End(request, replyTo));
  }

  @Override
  public void checkpointPanda(
      CheckpointPandaRequest request, StreamObserver<CheckpointPandaResponse> observer) {
    Questions.answer(
        observer,
        this.<PandaCheckpoint>ask(
                "CheckpointPanda",
                request.getPandaId(),
                replyTo -> new PandaActor.TakeCheckpoint(request, replyTo))
            .thenApply(taken -> CheckpointPandaResponse.newBuilder().setCheckpoint(taken).build()));
  }

  @Override
  public void getPandaCheckpoint(
      GetPandaCheckpointRequest request, StreamObserver<BlobChunk> observer) {
    transfers.get(
        state("GetPandaCheckpoint", request.getPandaId())
            .thenApply(panda -> blob(panda, request.getCheckpoint())),
        observer);
  }

  private static GetBlobRequest blob(PandaState panda, int checkpoint) {
    int wanted = checkpoint > 0 ? checkpoint : panda.getBestCheckpoint();
    return panda.getCheckpointsList().stream()
        .filter(each -> each.getNumber() == wanted)
        .map(
            each ->
                GetBlobRequest.newBuilder()
                    .setKind(BlobKind.CHECKPOINT)
                    .setSha256(each.getBlob().getSha256())
                    .build())
        .findFirst()
        .orElseThrow(
            () ->
                new RequestException(
                    RequestException.Code.NOT_FOUND,
                    "panda %s has no checkpoint %d, or keeps it no longer"
                        .formatted(panda.getPandaId(), wanted)));
  }

  private void intervene(
      StreamObserver<InterveneResponse> observer,
      String name,
      String pandaId,
      Function<ActorRef<StatusReply<Intervention>>, PandaActor.Command> message) {
    Questions.answer(
        observer,
        ask(name, pandaId, message)
            .thenApply(entry -> InterveneResponse.newBuilder().setIntervention(entry).build()));
  }

  private <T> CompletionStage<T> ask(
      String name, String pandaId, Function<ActorRef<StatusReply<T>>, PandaActor.Command> message) {
    return questions.askWithStatus(
        name,
        replyTo ->
            new Coordinator.ToPanda(
                pandaId,
                message.apply(replyTo),
                refused -> replyTo.tell(StatusReply.error(refused))));
  }
}
