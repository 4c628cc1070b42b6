package dev.caviar.cli.panda;

import com.google.protobuf.Message;
import dev.caviar.proto.v1.AdoptTrialRequest;
import dev.caviar.proto.v1.AdoptTrialResponse;
import dev.caviar.proto.v1.CheckpointPandaRequest;
import dev.caviar.proto.v1.CheckpointPandaResponse;
import dev.caviar.proto.v1.EndPandaRequest;
import dev.caviar.proto.v1.GetPandaCurveRequest;
import dev.caviar.proto.v1.GetPandaCurveResponse;
import dev.caviar.proto.v1.GetPandaRequest;
import dev.caviar.proto.v1.InterveneResponse;
import dev.caviar.proto.v1.Intervention;
import dev.caviar.proto.v1.InterventionKind;
import dev.caviar.proto.v1.ListPandasRequest;
import dev.caviar.proto.v1.ListPandasResponse;
import dev.caviar.proto.v1.PandaPhase;
import dev.caviar.proto.v1.PandaServiceGrpc;
import dev.caviar.proto.v1.PandaState;
import dev.caviar.proto.v1.PandaUpdate;
import dev.caviar.proto.v1.PausePandaRequest;
import dev.caviar.proto.v1.RecalibratePandaRequest;
import dev.caviar.proto.v1.ResumePandaRequest;
import dev.caviar.proto.v1.RollBackPandaRequest;
import dev.caviar.proto.v1.StartPandaRequest;
import dev.caviar.proto.v1.StartPandaResponse;
import dev.caviar.proto.v1.TrialPoints;
import dev.caviar.proto.v1.TunePandaRequest;
import dev.caviar.proto.v1.WatchPandaRequest;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.NullUnmarked;

/** A coordinator's pandas, which are as a test has told it. */
@NullUnmarked
public final class TestPandas extends PandaServiceGrpc.PandaServiceImplBase {
  private final List<Message> requests = new CopyOnWriteArrayList<>();
  private final List<PandaState> pandas = new ArrayList<>();
  private volatile StartPandaResponse started = StartPandaResponse.getDefaultInstance();

  /** What it was asked, in order. */
  public List<Message> requests() {
    return requests;
  }

  synchronized void add(PandaState panda) {
    pandas.addFirst(panda);
    notifyAll();
  }

  synchronized void replace(PandaState panda) {
    pandas.set(0, panda);
    notifyAll();
  }

  void started(StartPandaResponse answer) {
    started = answer;
  }

  private synchronized PandaState find(String id) {
    return pandas.stream()
        .filter(panda -> panda.getPandaId().equals(id))
        .findFirst()
        .orElseThrow(
            () -> Status.NOT_FOUND.withDescription("there is no panda " + id).asRuntimeException());
  }

  private <T> void one(Message request, StreamObserver<T> answers, T answer) {
    requests.add(request);
    answers.onNext(answer);
    answers.onCompleted();
  }

  private void entered(
      Message request,
      StreamObserver<InterveneResponse> answers,
      String id,
      InterventionKind kind,
      Intervention.Builder entry) {
    if (find(id).getPhase() == PandaPhase.PANDA_ENDED
        && kind == InterventionKind.INTERVENTION_PAUSE) {
      requests.add(request);
      answers.onError(
          Status.FAILED_PRECONDITION.withDescription("it is ended already").asRuntimeException());
      return;
    }
    one(
        request,
        answers,
        InterveneResponse.newBuilder()
            .setIntervention(
                entry.setNumber(9).setKind(kind).setBranch(2).setStep(1380).setEpoch(60))
            .build());
  }

  @Override
  public void startPanda(StartPandaRequest request, StreamObserver<StartPandaResponse> answers) {
    one(request, answers, started);
  }

  @Override
  public void adoptTrial(AdoptTrialRequest request, StreamObserver<AdoptTrialResponse> answers) {
    one(
        request,
        answers,
        AdoptTrialResponse.newBuilder().setPandaId("adopted-1").setFromStep(460).build());
  }

  @Override
  public synchronized void listPandas(
      ListPandasRequest request, StreamObserver<ListPandasResponse> answers) {
    one(request, answers, ListPandasResponse.newBuilder().addAllPandas(pandas).build());
  }

  @Override
  public void getPanda(GetPandaRequest request, StreamObserver<PandaState> answers) {
    one(request, answers, find(request.getPandaId()));
  }

  @Override
  public void getPandaCurve(
      GetPandaCurveRequest request, StreamObserver<GetPandaCurveResponse> answers) {
    GetPandaCurveResponse.Builder curve =
        GetPandaCurveResponse.newBuilder()
            .addStretches(
                TrialPoints.newBuilder()
                    .addAllPoints(Pandas.points(0, 1, request.getBranch() == 0 ? 20 : 10)));
    if (request.getBranch() == 1) {
      curve.addStretches(TrialPoints.newBuilder().addAllPoints(Pandas.points(1, 9, 12)));
    } else if (request.getBranch() == 2) {
      curve.addStretches(TrialPoints.newBuilder().addAllPoints(Pandas.points(2, 11, 60)));
    }
    one(request, answers, curve.build());
  }

  @Override
  public void watchPanda(WatchPandaRequest request, StreamObserver<PandaUpdate> answers) {
    requests.add(request);
    var call = (ServerCallStreamObserver<PandaUpdate>) answers;
    answers.onNext(Pandas.update().toBuilder().setState(find(request.getPandaId())).build());
    try {
      synchronized (this) {
        // Not for long at a time, so that a watcher that has gone is noticed.
        while (!call.isCancelled()
            && find(request.getPandaId()).getPhase() != PandaPhase.PANDA_ENDED) {
          wait(5);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (!call.isCancelled()) {
      answers.onNext(
          PandaUpdate.newBuilder().setState(find(request.getPandaId())).setVersion(2).build());
      answers.onCompleted();
    }
  }

  @Override
  public void tunePanda(TunePandaRequest request, StreamObserver<InterveneResponse> answers) {
    entered(
        request,
        answers,
        request.getPandaId(),
        InterventionKind.INTERVENTION_TUNE,
        Intervention.newBuilder().addAllAfter(request.getParametersList()));
  }

  @Override
  public void recalibratePanda(
      RecalibratePandaRequest request, StreamObserver<InterveneResponse> answers) {
    entered(
        request,
        answers,
        request.getPandaId(),
        InterventionKind.INTERVENTION_RECALIBRATE,
        Intervention.newBuilder());
  }

  @Override
  public void pausePanda(PausePandaRequest request, StreamObserver<InterveneResponse> answers) {
    entered(
        request,
        answers,
        request.getPandaId(),
        InterventionKind.INTERVENTION_PAUSE,
        Intervention.newBuilder());
  }

  @Override
  public void resumePanda(ResumePandaRequest request, StreamObserver<InterveneResponse> answers) {
    entered(
        request,
        answers,
        request.getPandaId(),
        InterventionKind.INTERVENTION_RESUME,
        Intervention.newBuilder());
  }

  @Override
  public void endPanda(EndPandaRequest request, StreamObserver<InterveneResponse> answers) {
    entered(
        request,
        answers,
        request.getPandaId(),
        InterventionKind.INTERVENTION_END,
        Intervention.newBuilder());
  }

  @Override
  public void rollBackPanda(
      RollBackPandaRequest request, StreamObserver<InterveneResponse> answers) {
    entered(
        request,
        answers,
        request.getPandaId(),
        InterventionKind.INTERVENTION_ROLLBACK,
        Intervention.newBuilder().setFromBranch(2).setCheckpoint(4));
  }

  @Override
  public void checkpointPanda(
      CheckpointPandaRequest request, StreamObserver<CheckpointPandaResponse> answers) {
    one(
        request,
        answers,
        CheckpointPandaResponse.newBuilder()
            .setCheckpoint(Pandas.checkpoint(5, 2, 60, 6).setName(request.getName()))
            .build());
  }
}
