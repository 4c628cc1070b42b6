package dev.caviar.coordinator.api;

import dev.caviar.coordinator.Coordinator;
import dev.caviar.coordinator.sweep.SweepActor;
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
import dev.caviar.proto.v1.ListSweepsRequest;
import dev.caviar.proto.v1.ListSweepsResponse;
import dev.caviar.proto.v1.ListWorkersRequest;
import dev.caviar.proto.v1.ListWorkersResponse;
import dev.caviar.proto.v1.PauseSweepRequest;
import dev.caviar.proto.v1.PauseSweepResponse;
import dev.caviar.proto.v1.PauseTrialRequest;
import dev.caviar.proto.v1.PauseTrialResponse;
import dev.caviar.proto.v1.PollSweepResponse;
import dev.caviar.proto.v1.ResumeSweepRequest;
import dev.caviar.proto.v1.ResumeSweepResponse;
import dev.caviar.proto.v1.ResumeTrialRequest;
import dev.caviar.proto.v1.ResumeTrialResponse;
import dev.caviar.proto.v1.ReviveTrialRequest;
import dev.caviar.proto.v1.ReviveTrialResponse;
import dev.caviar.proto.v1.SubmitSweepRequest;
import dev.caviar.proto.v1.SubmitSweepResponse;
import dev.caviar.proto.v1.SweepServiceGrpc.SweepServiceImplBase;
import dev.caviar.proto.v1.SweepUpdate;
import dev.caviar.proto.v1.WatchSweepRequest;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletionStage;

/** SweepService of sweep.proto, asked of the active coordinator. */
final class SweepEndpoint extends SweepServiceImplBase {
  private final Questions questions;

  SweepEndpoint(Questions questions) {
    this.questions = questions;
  }

  @Override
  public void submitSweep(
      SubmitSweepRequest request, StreamObserver<SubmitSweepResponse> observer) {
    SubmitSweepRequest complete =
        request.getBaseDirectory().isEmpty() && request.getRetestOf().isEmpty()
            ? request.toBuilder().setBaseDirectory("/").build()
            : request;
    Questions.answer(
        observer,
        questions.ask("SubmitSweep", replyTo -> new Coordinator.Submit(complete, replyTo)));
  }

  @Override
  public void listSweeps(ListSweepsRequest request, StreamObserver<ListSweepsResponse> observer) {
    Questions.answer(observer, questions.ask("ListSweeps", Coordinator.ListSweeps::new));
  }

  @Override
  public void getSweep(GetSweepRequest request, StreamObserver<GetSweepResponse> observer) {
    Questions.answer(
        observer,
        questions.askWithStatus("GetSweep", replyTo -> new Coordinator.GetSweep(request, replyTo)));
  }

  @Override
  public void watchSweep(WatchSweepRequest request, StreamObserver<SweepUpdate> observer) {
    watch(request.getSweepId(), request.getAfterCursor(), false, observer);
  }

  @Override
  public void exportSweep(ExportSweepRequest request, StreamObserver<SweepUpdate> observer) {
    watch(request.getSweepId(), 0, true, observer);
  }

  @Override
  public void pollSweep(WatchSweepRequest request, StreamObserver<PollSweepResponse> observer) {
    Questions.answer(
        observer,
        updates(request.getSweepId(), request.getAfterCursor())
            .thenApply(
                updates ->
                    PollSweepResponse.newBuilder()
                        .addAllUpdates(updates.updates())
                        .setOver(updates.over())
                        .build()));
  }

  @Override
  public void pauseSweep(PauseSweepRequest request, StreamObserver<PauseSweepResponse> observer) {
    Questions.answer(
        observer,
        questions
            .done("PauseSweep", replyTo -> new Coordinator.PauseSweep(request, replyTo))
            .thenApply(done -> PauseSweepResponse.getDefaultInstance()));
  }

  @Override
  public void resumeSweep(
      ResumeSweepRequest request, StreamObserver<ResumeSweepResponse> observer) {
    Questions.answer(
        observer,
        questions
            .done("ResumeSweep", replyTo -> new Coordinator.ResumeSweep(request, replyTo))
            .thenApply(done -> ResumeSweepResponse.getDefaultInstance()));
  }

  @Override
  public void endSweep(EndSweepRequest request, StreamObserver<EndSweepResponse> observer) {
    Questions.answer(
        observer,
        questions
            .done("EndSweep", replyTo -> new Coordinator.End(request, replyTo))
            .thenApply(done -> EndSweepResponse.getDefaultInstance()));
  }

  @Override
  public void pauseTrial(PauseTrialRequest request, StreamObserver<PauseTrialResponse> observer) {
    Questions.answer(
        observer,
        questions
            .done("PauseTrial", replyTo -> new Coordinator.PauseTrial(request, replyTo))
            .thenApply(done -> PauseTrialResponse.getDefaultInstance()));
  }

  @Override
  public void resumeTrial(
      ResumeTrialRequest request, StreamObserver<ResumeTrialResponse> observer) {
    Questions.answer(
        observer,
        questions
            .done("ResumeTrial", replyTo -> new Coordinator.ResumeTrial(request, replyTo))
            .thenApply(done -> ResumeTrialResponse.getDefaultInstance()));
  }

  @Override
  public void reviveTrial(
      ReviveTrialRequest request, StreamObserver<ReviveTrialResponse> observer) {
    Questions.answer(
        observer,
        questions
            .done("ReviveTrial", replyTo -> new Coordinator.ReviveTrial(request, replyTo))
            .thenApply(done -> ReviveTrialResponse.getDefaultInstance()));
  }

  @Override
  public void continueSweep(
      ContinueSweepRequest request, StreamObserver<ContinueSweepResponse> observer) {
    Questions.answer(
        observer,
        questions
            .done("ContinueSweep", replyTo -> new Coordinator.ContinueSweep(request, replyTo))
            .thenApply(done -> ContinueSweepResponse.getDefaultInstance()));
  }

  @Override
  public void changeSpace(
      ChangeSpaceRequest request, StreamObserver<ChangeSpaceResponse> observer) {
    Questions.answer(
        observer,
        questions
            .done("ChangeSpace", replyTo -> new Coordinator.ChangeSpace(request, replyTo))
            .thenApply(done -> ChangeSpaceResponse.getDefaultInstance()));
  }

  @Override
  public void enqueuePoints(
      EnqueuePointsRequest request, StreamObserver<EnqueuePointsResponse> observer) {
    Questions.answer(
        observer,
        questions
            .done("EnqueuePoints", replyTo -> new Coordinator.EnqueuePoints(request, replyTo))
            .thenApply(done -> EnqueuePointsResponse.getDefaultInstance()));
  }

  @Override
  public void getBestModel(
      GetBestModelRequest request, StreamObserver<GetBestModelResponse> observer) {
    Questions.answer(
        observer,
        questions.askWithStatus(
            "GetBestModel",
            replyTo -> new Coordinator.GetBestModel(request.getSweepId(), replyTo)));
  }

  @Override
  public void listWorkers(
      ListWorkersRequest request, StreamObserver<ListWorkersResponse> observer) {
    Questions.answer(observer, questions.ask("ListWorkers", Coordinator.ListWorkers::new));
  }

  private CompletionStage<SweepActor.Updates> updates(String sweepId, long afterCursor) {
    return questions.watch(replyTo -> new Coordinator.Watch(sweepId, afterCursor, replyTo));
  }

  private void watch(
      String sweepId, long after, boolean untilNow, StreamObserver<SweepUpdate> observer) {
    Watching.start(
        after,
        cursor ->
            updates(sweepId, cursor)
                .thenApply(
                    found ->
                        new Watching.News<>(
                            found.updates(),
                            found.updates().isEmpty()
                                ? cursor
                                : found.updates().getLast().getCursor(),
                            found.over() || (untilNow && found.caughtUp()))),
        observer);
  }
}
