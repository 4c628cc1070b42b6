package dev.caviar.cli;

import com.google.protobuf.Message;
import com.linecorp.armeria.common.SessionProtocol;
import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.grpc.GrpcService;
import dev.caviar.cli.panda.TestPandas;
import dev.caviar.cli.view.SweepProgress;
import dev.caviar.cli.view.TrialProgress;
import dev.caviar.cli.view.TrialStates;
import dev.caviar.proto.v1.BlobChunk;
import dev.caviar.proto.v1.BlobRef;
import dev.caviar.proto.v1.ChangeSpaceRequest;
import dev.caviar.proto.v1.ChangeSpaceResponse;
import dev.caviar.proto.v1.ContinueSweepRequest;
import dev.caviar.proto.v1.ContinueSweepResponse;
import dev.caviar.proto.v1.DataServiceGrpc;
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
import dev.caviar.proto.v1.InsightServiceGrpc;
import dev.caviar.proto.v1.ListSweepsRequest;
import dev.caviar.proto.v1.ListSweepsResponse;
import dev.caviar.proto.v1.ListWorkersRequest;
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
import dev.caviar.proto.v1.SweepServiceGrpc;
import dev.caviar.proto.v1.SweepState;
import dev.caviar.proto.v1.SweepSummary;
import dev.caviar.proto.v1.SweepUpdate;
import dev.caviar.proto.v1.TrialLogLine;
import dev.caviar.proto.v1.WatchSweepRequest;
import dev.caviar.proto.v1.WorkerStatus;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Function;
import javax.net.ssl.KeyManagerFactory;
import org.jspecify.annotations.NullUnmarked;

/**
 * A coordinator's public API on loopback, over real gRPC, which says what a test has told it. It
 * may be stopped and started again on its port.
 */
@NullUnmarked
public final class TestCoordinator implements AutoCloseable {
  /** One sweep, as far as a test has told it. */
  public static final class Sweep {
    private final String file;
    private final long submitted;
    private final List<SweepUpdate> updates = new ArrayList<>();
    private final SweepProgress progress;
    private long ended;

    private Sweep(String file, long submitted) {
      this.file = file;
      this.submitted = submitted;
      this.progress = new SweepProgress(Instant.ofEpochMilli(submitted));
    }

    /** Something happens, and watchers see it. */
    public synchronized Sweep add(SweepUpdate update) {
      updates.add(update.toBuilder().setCursor(updates.size() + 1).build());
      progress.apply(update);
      if (isOver() && ended == 0) {
        ended = submitted + 65_000;
      }
      notifyAll();
      return this;
    }

    private boolean isOver() {
      SweepState state = progress.status().getState();
      return state == SweepState.SWEEP_COMPLETED || state == SweepState.SWEEP_STOPPED;
    }

    private synchronized List<SweepUpdate> after(long cursor) {
      return List.copyOf(updates.subList((int) Math.min(cursor, updates.size()), updates.size()));
    }

    private synchronized boolean endsAt(long cursor) throws InterruptedException {
      // Not for long at a time, so that a watcher that has gone is noticed.
      for (int i = 0; i < 5 && cursor >= updates.size() && !isOver(); i++) {
        wait(5);
      }
      return isOver() && cursor >= updates.size();
    }

    private synchronized SweepSummary summary() {
      SweepSummary.Builder summary =
          SweepSummary.newBuilder()
              .setStatus(progress.status())
              .setSubmittedAtMillis(submitted)
              .setEndedAtMillis(ended);
      progress
          .counts()
          .forEach((state, count) -> summary.putTrialsByState(TrialStates.key(state), count));
      if (progress.best() != null) {
        summary.setBestObjective(progress.best().status().getObjective());
      }
      return summary.build();
    }

    private synchronized GetSweepResponse answer() {
      return GetSweepResponse.newBuilder()
          .setSummary(summary())
          .setSweepFile(file)
          .addAllTrials(progress.trials().stream().map(TrialProgress::status).toList())
          .addAllStages(progress.stages())
          .build();
    }
  }

  private final LinkedHashMap<String, Sweep> sweeps = new LinkedHashMap<>();
  private final List<Message> requests = new CopyOnWriteArrayList<>();
  private final KeyManagerFactory key;
  private final TestPandas pandas;
  private volatile Function<SubmitSweepRequest, SubmitSweepResponse> onSubmit =
      request -> SubmitSweepResponse.getDefaultInstance();
  private volatile Function<String, GetBestModelResponse> bestModel =
      id -> GetBestModelResponse.getDefaultInstance();
  private volatile List<WorkerStatus> workers = List.of();
  private volatile List<TrialLogLine> log = List.of();
  private volatile String token;
  private volatile Status refusal;
  private volatile Server server;
  private int port;

  public TestCoordinator() {
    this(null);
  }

  /** With TLS, if there is a key. */
  public TestCoordinator(KeyManagerFactory key) {
    this(key, new TestPandas());
  }

  /** With these pandas. */
  public TestCoordinator(KeyManagerFactory key, TestPandas pandas) {
    this.key = key;
    this.pandas = pandas;
  }

  /** Listens, after a stop on the same port as before. */
  public TestCoordinator start() {
    ServerBuilder builder =
        Server.builder()
            .port(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                key == null ? SessionProtocol.HTTP : SessionProtocol.HTTPS)
            .requestTimeoutMillis(0)
            .maxRequestLength(0)
            .gracefulShutdownTimeoutMillis(0, 0)
            .service(
                GrpcService.builder()
                    .addService(new Sweeps())
                    .addService(new Insight())
                    .addService(new Data())
                    .addService(pandas)
                    .intercept(new Doorman())
                    .useBlockingTaskExecutor(true)
                    .build());
    if (key != null) {
      builder.tls(key);
    }
    server = builder.build();
    server.start().join();
    port = server.activeLocalPort();
    return this;
  }

  public void stop() {
    server.stop().join();
  }

  @Override
  public void close() {
    if (server != null) {
      // Not waited for: its threads take two seconds to be sure that nothing more comes.
      var _ = server.stop();
    }
  }

  /** For --server. */
  public String address() {
    return "127.0.0.1:" + port;
  }

  /** What it was asked, in order. */
  public List<Message> requests() {
    return requests;
  }

  public Sweep addSweep(String id, String file) {
    return addSweep(id, file, System.currentTimeMillis());
  }

  public Sweep addSweep(String id, String file, long submittedAtMillis) {
    Sweep sweep = new Sweep(file, submittedAtMillis);
    synchronized (sweeps) {
      sweeps.putFirst(id, sweep);
    }
    return sweep;
  }

  public void onSubmit(Function<SubmitSweepRequest, SubmitSweepResponse> answer) {
    onSubmit = answer;
  }

  public void bestModel(Function<String, GetBestModelResponse> answer) {
    bestModel = answer;
  }

  public void workers(WorkerStatus... present) {
    workers = List.of(present);
  }

  /** The log of each trial. */
  public void log(TrialLogLine... lines) {
    log = List.of(lines);
  }

  /** Whom it lets in. */
  public void token(String only) {
    token = only;
  }

  /** What it answers to everything, as a standby does; null: nothing like that. */
  public void refusal(Status status) {
    refusal = status;
  }

  private static void refuse(StreamObserver<?> answers, Status status, String description) {
    answers.onError(status.withDescription(description).asRuntimeException());
  }

  private final class Doorman implements ServerInterceptor {
    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
      String shown =
          headers.get(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER));
      Status status = refusal;
      if (token != null && !("Bearer " + token).equals(shown)) {
        status = Status.UNAUTHENTICATED.withDescription("a token is needed");
      }
      if (status != null) {
        call.close(status, new Metadata());
        return new ServerCall.Listener<>() {};
      }
      return next.startCall(call, headers);
    }
  }

  private final class Sweeps extends SweepServiceGrpc.SweepServiceImplBase {
    private void answer(
        Message request, String id, StreamObserver<?> answers, Consumer<Sweep> with) {
      requests.add(request);
      Sweep sweep;
      synchronized (sweeps) {
        sweep = sweeps.get(id);
      }
      if (sweep == null) {
        refuse(answers, Status.NOT_FOUND, "there is no sweep " + id);
      } else {
        with.accept(sweep);
      }
    }

    private <T> void one(StreamObserver<T> answers, T answer) {
      answers.onNext(answer);
      answers.onCompleted();
    }

    @Override
    public void submitSweep(
        SubmitSweepRequest request, StreamObserver<SubmitSweepResponse> answers) {
      requests.add(request);
      one(answers, onSubmit.apply(request));
    }

    @Override
    public void listSweeps(ListSweepsRequest request, StreamObserver<ListSweepsResponse> answers) {
      requests.add(request);
      ListSweepsResponse.Builder all = ListSweepsResponse.newBuilder();
      synchronized (sweeps) {
        sweeps.values().forEach(sweep -> all.addSweeps(sweep.summary()));
      }
      one(answers, all.build());
    }

    @Override
    public void getSweep(GetSweepRequest request, StreamObserver<GetSweepResponse> answers) {
      answer(request, request.getSweepId(), answers, sweep -> one(answers, sweep.answer()));
    }

    @Override
    public void watchSweep(WatchSweepRequest request, StreamObserver<SweepUpdate> answers) {
      answer(
          request,
          request.getSweepId(),
          answers,
          sweep -> {
            var call = (ServerCallStreamObserver<SweepUpdate>) answers;
            long cursor = request.getAfterCursor();
            try {
              while (!call.isCancelled()) {
                for (SweepUpdate update : sweep.after(cursor)) {
                  answers.onNext(update);
                  cursor = update.getCursor();
                }
                if (sweep.endsAt(cursor)) {
                  answers.onCompleted();
                  return;
                }
              }
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          });
    }

    @Override
    public void exportSweep(ExportSweepRequest request, StreamObserver<SweepUpdate> answers) {
      answer(
          request,
          request.getSweepId(),
          answers,
          sweep -> {
            sweep.after(0).forEach(answers::onNext);
            answers.onCompleted();
          });
    }

    @Override
    public void pauseSweep(PauseSweepRequest request, StreamObserver<PauseSweepResponse> answers) {
      answer(
          request,
          request.getSweepId(),
          answers,
          sweep -> {
            if (sweep.isOver()) {
              refuse(answers, Status.FAILED_PRECONDITION, "the sweep is over");
            } else {
              one(answers, PauseSweepResponse.getDefaultInstance());
            }
          });
    }

    @Override
    public void resumeSweep(
        ResumeSweepRequest request, StreamObserver<ResumeSweepResponse> answers) {
      answer(
          request,
          request.getSweepId(),
          answers,
          sweep -> one(answers, ResumeSweepResponse.getDefaultInstance()));
    }

    @Override
    public void pauseTrial(PauseTrialRequest request, StreamObserver<PauseTrialResponse> answers) {
      answer(
          request,
          request.getSweepId(),
          answers,
          sweep -> one(answers, PauseTrialResponse.getDefaultInstance()));
    }

    @Override
    public void resumeTrial(
        ResumeTrialRequest request, StreamObserver<ResumeTrialResponse> answers) {
      answer(
          request,
          request.getSweepId(),
          answers,
          sweep -> one(answers, ResumeTrialResponse.getDefaultInstance()));
    }

    @Override
    public void continueSweep(
        ContinueSweepRequest request, StreamObserver<ContinueSweepResponse> answers) {
      answer(
          request,
          request.getSweepId(),
          answers,
          sweep -> one(answers, ContinueSweepResponse.getDefaultInstance()));
    }

    @Override
    public void changeSpace(
        ChangeSpaceRequest request, StreamObserver<ChangeSpaceResponse> answers) {
      answer(
          request,
          request.getSweepId(),
          answers,
          sweep -> one(answers, ChangeSpaceResponse.getDefaultInstance()));
    }

    @Override
    public void enqueuePoints(
        EnqueuePointsRequest request, StreamObserver<EnqueuePointsResponse> answers) {
      answer(
          request,
          request.getSweepId(),
          answers,
          sweep -> one(answers, EnqueuePointsResponse.getDefaultInstance()));
    }

    @Override
    public void reviveTrial(
        ReviveTrialRequest request, StreamObserver<ReviveTrialResponse> answers) {
      answer(
          request,
          request.getSweepId(),
          answers,
          sweep -> one(answers, ReviveTrialResponse.getDefaultInstance()));
    }

    @Override
    public void endSweep(EndSweepRequest request, StreamObserver<EndSweepResponse> answers) {
      answer(
          request,
          request.getSweepId(),
          answers,
          sweep -> one(answers, EndSweepResponse.getDefaultInstance()));
    }

    @Override
    public void getBestModel(
        GetBestModelRequest request, StreamObserver<GetBestModelResponse> answers) {
      answer(
          request,
          request.getSweepId(),
          answers,
          sweep -> one(answers, bestModel.apply(request.getSweepId())));
    }

    @Override
    public void listWorkers(
        ListWorkersRequest request, StreamObserver<ListWorkersResponse> answers) {
      requests.add(request);
      one(answers, ListWorkersResponse.newBuilder().addAllWorkers(workers).build());
    }
  }

  private final class Insight extends InsightServiceGrpc.InsightServiceImplBase {
    @Override
    public void getTrialLog(
        GetTrialLogRequest request, StreamObserver<GetTrialLogResponse> answers) {
      requests.add(request);
      answers.onNext(GetTrialLogResponse.newBuilder().addAllLines(log).build());
      answers.onCompleted();
    }
  }

  private static final class Data extends DataServiceGrpc.DataServiceImplBase {
    @Override
    public StreamObserver<BlobChunk> putData(StreamObserver<BlobRef> answers) {
      return new StreamObserver<>() {
        private final MessageDigest digest = sha256();
        private long size;

        @Override
        public void onNext(BlobChunk chunk) {
          digest.update(chunk.getData().toByteArray());
          size += chunk.getData().size();
        }

        @Override
        public void onError(Throwable error) {}

        @Override
        public void onCompleted() {
          answers.onNext(
              BlobRef.newBuilder()
                  .setSha256(HexFormat.of().formatHex(digest.digest()))
                  .setSize(size)
                  .build());
          answers.onCompleted();
        }
      };
    }

    private static MessageDigest sha256() {
      try {
        return MessageDigest.getInstance("SHA-256");
      } catch (NoSuchAlgorithmException e) {
        throw new AssertionError(e);
      }
    }
  }
}
