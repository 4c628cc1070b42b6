package dev.caviar.cli.remote;

import com.linecorp.armeria.client.ClientFactory;
import com.linecorp.armeria.client.ClientFactoryBuilder;
import com.linecorp.armeria.client.grpc.GrpcClientBuilder;
import com.linecorp.armeria.client.grpc.GrpcClients;
import com.linecorp.armeria.common.auth.AuthToken;
import dev.caviar.cli.SweepClient;
import dev.caviar.cli.panda.PandaClient;
import dev.caviar.proto.v1.BlobRef;
import dev.caviar.proto.v1.ChangeSpaceRequest;
import dev.caviar.proto.v1.ChangeSpaceResponse;
import dev.caviar.proto.v1.ContinueSweepRequest;
import dev.caviar.proto.v1.ContinueSweepResponse;
import dev.caviar.proto.v1.DataServiceGrpc.DataServiceStub;
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
import dev.caviar.proto.v1.InsightServiceGrpc.InsightServiceBlockingStub;
import dev.caviar.proto.v1.ListSweepsRequest;
import dev.caviar.proto.v1.ListSweepsResponse;
import dev.caviar.proto.v1.ListWorkersRequest;
import dev.caviar.proto.v1.ListWorkersResponse;
import dev.caviar.proto.v1.PandaServiceGrpc.PandaServiceBlockingStub;
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
import dev.caviar.proto.v1.SweepServiceGrpc.SweepServiceBlockingStub;
import dev.caviar.proto.v1.SweepUpdate;
import dev.caviar.proto.v1.WatchSweepRequest;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongConsumer;

/**
 * A coordinator across a network. Of several servers it stays with the one that last answered, and
 * goes on to the next when that one cannot be reached or says that it only stands by.
 *
 * <p>All stages complete exceptionally with {@link RemoteException} where the coordinator cannot be
 * reached or refuses.
 */
public final class GrpcSweepClient implements SweepClient {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
  static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(20);

  /** For answers as large as a model. */
  static final Duration TRANSFER_TIMEOUT = Duration.ofMinutes(10);

  /** A coordinator that has gone without a word is noticed after two of these at most. */
  private static final Duration PING_INTERVAL = Duration.ofSeconds(15);

  private static final int LARGEST_ANSWER = 1 << 30;

  /** Stubs for one server; they connect when first used. */
  record Server(
      ServerAddress address,
      SweepServiceBlockingStub sweeps,
      InsightServiceBlockingStub insight,
      PandaServiceBlockingStub pandas,
      DataServiceStub data) {}

  private final ConnectionSettings settings;
  private final ClientFactory factory;
  private final List<Server> servers;
  private final AtomicInteger present = new AtomicInteger();
  // Calls block a thread each, which costs nothing with virtual ones and keeps this code straight.
  private final ExecutorService calls = Executors.newVirtualThreadPerTaskExecutor();
  private final PandaClient pandas = new GrpcPandaClient(this);
  private volatile boolean closed;

  private GrpcSweepClient(ConnectionSettings settings) {
    this.settings = settings;
    ClientFactoryBuilder connections =
        ClientFactory.builder().connectTimeout(CONNECT_TIMEOUT).pingInterval(PING_INTERVAL);
    Path caFile = settings.caFile();
    if (caFile != null) {
      connections.tlsCustomizer(tls -> tls.trustManager(caFile.toFile()));
    }
    factory = connections.build();
    servers = settings.servers().stream().map(this::server).toList();
  }

  /**
   * A client of these servers. No connection is made before the first request.
   *
   * @throws IllegalArgumentException if the CA's certificates cannot be understood
   */
  public static GrpcSweepClient of(ConnectionSettings settings) {
    return new GrpcSweepClient(settings);
  }

  private Server server(ServerAddress address) {
    String uri = (settings.tls() ? "gproto+https://" : "gproto+http://") + address + "/";
    GrpcClientBuilder client =
        GrpcClients.builder(uri)
            .factory(factory)
            // Each call has its own deadline; a watch has none.
            .responseTimeout(Duration.ZERO)
            .writeTimeout(Duration.ZERO)
            .maxResponseMessageLength(LARGEST_ANSWER)
            .maxResponseLength(0);
    String token = settings.token();
    if (token != null) {
      client.auth(AuthToken.ofOAuth2(token));
    }
    return new Server(
        address,
        client.build(SweepServiceBlockingStub.class),
        client.build(InsightServiceBlockingStub.class),
        client.build(PandaServiceBlockingStub.class),
        client.build(DataServiceStub.class));
  }

  @Override
  public CompletionStage<SubmitSweepResponse> submit(SubmitSweepRequest request) {
    // Asked twice, it would run twice.
    return call(false, ANSWER_TIMEOUT, sweeps -> sweeps.submitSweep(request));
  }

  @Override
  public CompletionStage<EndSweepResponse> end(EndSweepRequest request) {
    return call(sweeps -> sweeps.endSweep(request));
  }

  @Override
  public CompletionStage<GetBestModelResponse> bestModel(GetBestModelRequest request) {
    return call(true, TRANSFER_TIMEOUT, sweeps -> sweeps.getBestModel(request));
  }

  @Override
  public CompletionStage<ListSweepsResponse> list() {
    return call(sweeps -> sweeps.listSweeps(ListSweepsRequest.getDefaultInstance()));
  }

  @Override
  public CompletionStage<GetSweepResponse> get(GetSweepRequest request) {
    return call(sweeps -> sweeps.getSweep(request));
  }

  @Override
  public CompletionStage<GetTrialLogResponse> trialLog(GetTrialLogRequest request) {
    return ask(
        true, server -> server.insight().withDeadlineAfter(ANSWER_TIMEOUT).getTrialLog(request));
  }

  @Override
  public CompletionStage<PauseSweepResponse> pause(PauseSweepRequest request) {
    return call(sweeps -> sweeps.pauseSweep(request));
  }

  @Override
  public CompletionStage<ResumeSweepResponse> resume(ResumeSweepRequest request) {
    return call(sweeps -> sweeps.resumeSweep(request));
  }

  @Override
  public CompletionStage<PauseTrialResponse> pauseTrial(PauseTrialRequest request) {
    return call(sweeps -> sweeps.pauseTrial(request));
  }

  @Override
  public CompletionStage<ContinueSweepResponse> continueSweep(ContinueSweepRequest request) {
    return call(sweeps -> sweeps.continueSweep(request));
  }

  @Override
  public CompletionStage<ChangeSpaceResponse> changeSpace(ChangeSpaceRequest request) {
    return call(sweeps -> sweeps.changeSpace(request));
  }

  @Override
  public CompletionStage<EnqueuePointsResponse> enqueue(EnqueuePointsRequest request) {
    return call(sweeps -> sweeps.enqueuePoints(request));
  }

  @Override
  public CompletionStage<ReviveTrialResponse> reviveTrial(ReviveTrialRequest request) {
    return call(sweeps -> sweeps.reviveTrial(request));
  }

  @Override
  public CompletionStage<ResumeTrialResponse> resumeTrial(ResumeTrialRequest request) {
    return call(sweeps -> sweeps.resumeTrial(request));
  }

  @Override
  public CompletionStage<ListWorkersResponse> workers() {
    return call(sweeps -> sweeps.listWorkers(ListWorkersRequest.getDefaultInstance()));
  }

  @Override
  public CompletionStage<Void> export(ExportSweepRequest request, Consumer<SweepUpdate> onUpdate) {
    return call(
            true,
            TRANSFER_TIMEOUT,
            sweeps -> {
              sweeps.exportSweep(request).forEachRemaining(onUpdate);
              return true;
            })
        .thenAccept(all -> {});
  }

  @Override
  public CompletionStage<BlobRef> putData(Path file, LongConsumer onSent) {
    return ask(
        true,
        server -> {
          try {
            return new DataUpload(file, Files.size(file), onSent)
                .run(server.data()); // As long as it takes; pings tell a dead server.
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  @Override
  public CompletionStage<Void> watch(
      WatchSweepRequest request, Consumer<SweepUpdate> onUpdate, Consumer<String> onNote) {
    return watch(new SweepUpdates(request, onUpdate), onNote);
  }

  <U> CompletionStage<Void> watch(Watching.Updates<U> updates, Consumer<String> onNote) {
    CompletableFuture<Void> over = new CompletableFuture<>();
    var watching = new Watching<>(this, updates, onNote);
    calls.execute(
        () -> {
          try {
            watching.run();
            over.complete(null);
          } catch (Throwable e) {
            over.completeExceptionally(e);
          }
        });
    return over;
  }

  @Override
  public PandaClient pandas() {
    return pandas;
  }

  private <T> CompletionStage<T> call(Function<SweepServiceBlockingStub, T> method) {
    return call(true, ANSWER_TIMEOUT, method);
  }

  /**
   * @param repeatable whether it does no harm to ask another server when it is not known whether
   *     the first has done it
   */
  private <T> CompletionStage<T> call(
      boolean repeatable, Duration limit, Function<SweepServiceBlockingStub, T> method) {
    return ask(repeatable, server -> method.apply(server.sweeps().withDeadlineAfter(limit)));
  }

  <T> CompletionStage<T> ask(boolean repeatable, Function<Server, T> method) {
    return CompletableFuture.supplyAsync(() -> overServers(repeatable, method), calls);
  }

  private <T> T overServers(boolean repeatable, Function<Server, T> method) {
    List<Failure> failures = new ArrayList<>();
    int first = present.get();
    for (int i = 0; i < servers.size(); i++) {
      int index = (first + i) % servers.size();
      Server server = servers.get(index);
      try {
        T answer = method.apply(server);
        present.set(index);
        return answer;
      } catch (StatusRuntimeException e) {
        Failure failure = failure(server, e);
        if (!failure.mayPass()) {
          present.set(index);
          throw failure.toException();
        }
        if (!repeatable && !failure.neverBegun()) {
          throw failure.lost();
        }
        failures.add(failure);
      }
    }
    throw Failure.unreachable(failures, settings);
  }

  Failure failure(Server server, StatusRuntimeException error) {
    return new Failure(server.address(), settings.tls(), error);
  }

  /** The one that last answered, or the next to try. */
  Server presentServer() {
    return servers.get(present.get());
  }

  void tryNextServer() {
    present.updateAndGet(index -> (index + 1) % servers.size());
  }

  int serverCount() {
    return servers.size();
  }

  boolean isClosed() {
    return closed;
  }

  @Override
  public void close() {
    closed = true;
    calls.shutdownNow();
    // Its threads take two seconds to be sure that nothing more comes; nobody has to wait for that.
    var _ = factory.closeAsync();
    try {
      var _ = calls.awaitTermination(2, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
