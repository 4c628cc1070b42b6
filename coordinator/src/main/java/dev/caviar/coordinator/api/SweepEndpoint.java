package dev.caviar.coordinator.api;

import akka.Done;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.AskPattern;
import akka.japi.function.Function;
import akka.pattern.StatusReply;
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
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.concurrent.CompletionStage;

/** SweepService of sweep.proto, asked of the active coordinator. */
final class SweepEndpoint extends SweepServiceImplBase {
  private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(15);

  /** Longer than a sweep keeps a watcher waiting. */
  private static final Duration WATCH_TIMEOUT = Duration.ofSeconds(30);

  private final ActiveCoordinator active;
  private final ActorSystem<?> system;
  private final CoordinatorMetrics metrics;
  private final Duration answerTimeout;

  SweepEndpoint(ActiveCoordinator active, ActorSystem<?> system, CoordinatorMetrics metrics) {
    this(active, system, metrics, ANSWER_TIMEOUT);
  }

  /** With as much patience as a test has. */
  SweepEndpoint(
      ActiveCoordinator active,
      ActorSystem<?> system,
      CoordinatorMetrics metrics,
      Duration answerTimeout) {
    this.active = active;
    this.system = system;
    this.metrics = metrics;
    this.answerTimeout = answerTimeout;
  }

  @Override
  public void submitSweep(
      SubmitSweepRequest request, StreamObserver<SubmitSweepResponse> observer) {
    SubmitSweepRequest complete =
        request.getBaseDirectory().isEmpty()
            ? request.toBuilder().setBaseDirectory("/").build()
            : request;
    answer(observer, ask("SubmitSweep", replyTo -> new Coordinator.Submit(complete, replyTo)));
  }

  @Override
  public void listSweeps(ListSweepsRequest request, StreamObserver<ListSweepsResponse> observer) {
    answer(observer, ask("ListSweeps", Coordinator.ListSweeps::new));
  }

  @Override
  public void getSweep(GetSweepRequest request, StreamObserver<GetSweepResponse> observer) {
    answer(
        observer,
        askWithStatus(
            "GetSweep", replyTo -> new Coordinator.GetSweep(request.getSweepId(), replyTo)));
  }

  @Override
  public void watchSweep(WatchSweepRequest request, StreamObserver<SweepUpdate> observer) {
    new Watching(request.getSweepId(), false, observer).next(request.getAfterCursor());
  }

  @Override
  public void exportSweep(ExportSweepRequest request, StreamObserver<SweepUpdate> observer) {
    new Watching(request.getSweepId(), true, observer).next(0);
  }

  @Override
  public void pollSweep(WatchSweepRequest request, StreamObserver<PollSweepResponse> observer) {
    answer(
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
    answer(
        observer,
        done("PauseSweep", replyTo -> new Coordinator.PauseSweep(request, replyTo))
            .thenApply(done -> PauseSweepResponse.getDefaultInstance()));
  }

  @Override
  public void resumeSweep(
      ResumeSweepRequest request, StreamObserver<ResumeSweepResponse> observer) {
    answer(
        observer,
        done("ResumeSweep", replyTo -> new Coordinator.ResumeSweep(request, replyTo))
            .thenApply(done -> ResumeSweepResponse.getDefaultInstance()));
  }

  @Override
  public void endSweep(EndSweepRequest request, StreamObserver<EndSweepResponse> observer) {
    answer(
        observer,
        done("EndSweep", replyTo -> new Coordinator.End(request, replyTo))
            .thenApply(done -> EndSweepResponse.getDefaultInstance()));
  }

  @Override
  public void pauseTrial(PauseTrialRequest request, StreamObserver<PauseTrialResponse> observer) {
    answer(
        observer,
        done("PauseTrial", replyTo -> new Coordinator.PauseTrial(request, replyTo))
            .thenApply(done -> PauseTrialResponse.getDefaultInstance()));
  }

  @Override
  public void resumeTrial(
      ResumeTrialRequest request, StreamObserver<ResumeTrialResponse> observer) {
    answer(
        observer,
        done("ResumeTrial", replyTo -> new Coordinator.ResumeTrial(request, replyTo))
            .thenApply(done -> ResumeTrialResponse.getDefaultInstance()));
  }

  @Override
  public void reviveTrial(
      ReviveTrialRequest request, StreamObserver<ReviveTrialResponse> observer) {
    answer(
        observer,
        done("ReviveTrial", replyTo -> new Coordinator.ReviveTrial(request, replyTo))
            .thenApply(done -> ReviveTrialResponse.getDefaultInstance()));
  }

  @Override
  public void continueSweep(
      ContinueSweepRequest request, StreamObserver<ContinueSweepResponse> observer) {
    answer(
        observer,
        done("ContinueSweep", replyTo -> new Coordinator.ContinueSweep(request, replyTo))
            .thenApply(done -> ContinueSweepResponse.getDefaultInstance()));
  }

  @Override
  public void changeSpace(
      ChangeSpaceRequest request, StreamObserver<ChangeSpaceResponse> observer) {
    answer(
        observer,
        done("ChangeSpace", replyTo -> new Coordinator.ChangeSpace(request, replyTo))
            .thenApply(done -> ChangeSpaceResponse.getDefaultInstance()));
  }

  @Override
  public void enqueuePoints(
      EnqueuePointsRequest request, StreamObserver<EnqueuePointsResponse> observer) {
    answer(
        observer,
        done("EnqueuePoints", replyTo -> new Coordinator.EnqueuePoints(request, replyTo))
            .thenApply(done -> EnqueuePointsResponse.getDefaultInstance()));
  }

  @Override
  public void getBestModel(
      GetBestModelRequest request, StreamObserver<GetBestModelResponse> observer) {
    answer(
        observer,
        askWithStatus(
            "GetBestModel",
            replyTo -> new Coordinator.GetBestModel(request.getSweepId(), replyTo)));
  }

  @Override
  public void listWorkers(
      ListWorkersRequest request, StreamObserver<ListWorkersResponse> observer) {
    answer(observer, ask("ListWorkers", Coordinator.ListWorkers::new));
  }

  private CompletionStage<SweepActor.Updates> updates(String sweepId, long afterCursor) {
    return AskPattern.askWithStatus(
        active.get(),
        replyTo -> new Coordinator.Watch(sweepId, afterCursor, replyTo),
        WATCH_TIMEOUT,
        system.scheduler());
  }

  private <T> CompletionStage<T> ask(
      String command, Function<ActorRef<T>, Coordinator.Command> message) {
    return metrics.timed(
        command, AskPattern.ask(active.get(), message, answerTimeout, system.scheduler()));
  }

  private <T> CompletionStage<T> askWithStatus(
      String command, Function<ActorRef<StatusReply<T>>, Coordinator.Command> message) {
    return metrics.timed(
        command,
        AskPattern.askWithStatus(active.get(), message, answerTimeout, system.scheduler()));
  }

  private CompletionStage<Done> done(
      String command, Function<ActorRef<StatusReply<Done>>, Coordinator.Command> message) {
    return askWithStatus(command, message);
  }

  /** Tells a client what came of its request. */
  static <T> void answer(StreamObserver<T> observer, CompletionStage<? extends T> answer) {
    answer.whenComplete(
        (value, failure) -> {
          if (failure != null) {
            observer.onError(Failures.status(failure));
          } else {
            observer.onNext(value);
            observer.onCompleted();
          }
        });
  }

  /**
   * One watcher. It asks the sweep for more only when the client has taken what it was sent, so
   * that nothing piles up for a slow one.
   */
  private final class Watching {
    private final String sweepId;
    private final boolean untilNow;
    private final ServerCallStreamObserver<SweepUpdate> observer;
    private long cursor;
    private boolean asking;
    private boolean over;

    Watching(String sweepId, boolean untilNow, StreamObserver<SweepUpdate> observer) {
      this.sweepId = sweepId;
      this.untilNow = untilNow;
      this.observer = (ServerCallStreamObserver<SweepUpdate>) observer;
      this.observer.setOnCancelHandler(this::cancelled);
      this.observer.setOnReadyHandler(this::ready);
    }

    synchronized void next(long after) {
      cursor = after;
      ask();
    }

    private synchronized void ready() {
      ask();
    }

    private synchronized void cancelled() {
      over = true;
    }

    private void ask() {
      if (asking || over || !observer.isReady()) {
        return;
      }
      asking = true;
      CompletionStage<SweepActor.Updates> updates;
      try {
        updates = updates(sweepId, cursor);
      } catch (StatusRuntimeException standby) {
        fail(standby);
        return;
      }
      updates.whenComplete(
          (found, failure) -> {
            if (failure == null) {
              send(found);
            } else {
              fail(failure);
            }
          });
    }

    private synchronized void send(SweepActor.Updates updates) {
      asking = false;
      if (over) {
        return;
      }
      for (SweepUpdate update : updates.updates()) {
        observer.onNext(update);
        cursor = update.getCursor();
      }
      boolean caughtUp = untilNow && updates.caughtUp();
      if (updates.over() || caughtUp) {
        over = true;
        observer.onCompleted();
      } else {
        ask();
      }
    }

    private synchronized void fail(Throwable failure) {
      if (!over) {
        over = true;
        observer.onError(Failures.status(failure));
      }
    }
  }
}
