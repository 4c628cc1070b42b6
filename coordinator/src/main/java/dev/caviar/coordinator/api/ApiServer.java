package dev.caviar.coordinator.api;

import akka.actor.typed.ActorSystem;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.grpc.GrpcJsonMarshaller;
import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.grpc.GrpcService;
import dev.caviar.coordinator.store.BlobStore;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import java.net.InetSocketAddress;
import java.time.Duration;

/**
 * The coordinator's one port: SweepService, PandaService and DataService by gRPC and, but for
 * streams, as JSON; InsightService; WorkerService; gRPC's health and reflection; the dashboard;
 * {@code /health}, {@code /ready} and {@code /metrics}.
 */
public final class ApiServer implements AutoCloseable {
  /** Of any one message; what is larger travels as a blob, in chunks. */
  static final int MOST_MESSAGE_BYTES = 4 << 20;

  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(2);

  private static final Duration PING = Duration.ofSeconds(10);

  private final Server server;

  private final InsightEndpoint insight;

  private ApiServer(Server server, InsightEndpoint insight) {
    this.server = server;
    this.insight = insight;
  }

  /**
   * What the server is made of.
   *
   * @param security of the same settings
   * @param version of Caviar, for {@code /health}
   */
  public record Setup(
      ApiSettings settings,
      ServerSecurity security,
      ActiveCoordinator active,
      ActorSystem<?> system,
      BlobStore blobs,
      CoordinatorMetrics metrics,
      String version) {}

  /**
   * Starts it; listens when this returns.
   *
   * @throws java.util.concurrent.CompletionException if the port cannot be had
   * @throws IllegalArgumentException if the certificate or its key cannot be used
   */
  public static ApiServer start(Setup setup) {
    ServerBuilder builder = Server.builder();
    ApiSettings settings = setup.settings();
    InetSocketAddress address = new InetSocketAddress(settings.bind(), settings.port());
    if (settings.tls() == null) {
      builder.http(address);
    } else {
      builder.https(address);
    }
    builder
        // A worker's stream lasts as long as the worker.
        .requestTimeout(Duration.ZERO)
        // A worker or watcher whose network swallows everything holds its stream no longer than two
        // of these.
        .pingInterval(PING)
        .maxRequestLength(0)
        .meterRegistry(setup.metrics().registry())
        .gracefulShutdownTimeout(Duration.ZERO, STOP_TIMEOUT);
    setup.security().apply(builder);
    var questions =
        new Questions(setup.active(), setup.system(), setup.metrics(), Questions.STANDARD);
    InsightEndpoint insight = new InsightEndpoint(questions, setup.version());
    route(builder, setup, questions, insight);
    Server server = builder.build();
    server.start().join();
    return new ApiServer(server, insight);
  }

  private static void route(
      ServerBuilder builder, Setup setup, Questions questions, InsightEndpoint insight) {
    ApiSettings settings = setup.settings();
    ActiveCoordinator active = setup.active();
    var health = new HealthStatusManager();
    health.setStatus("", ServingStatus.SERVING);
    builder.service(
        GrpcService.builder()
            .addService(insight)
            .addService(new SweepEndpoint(questions))
            .addService(
                new PandaEndpoint(
                    questions, new BlobTransfers(setup.blobs(), settings.mostBlobBytes())))
            .addService(new DataEndpoint(active, setup.blobs(), settings.mostDataBytes()))
            .addService(
                new WorkerEndpoint(active, setup.system(), setup.blobs(), settings.mostBlobBytes()))
            .addService(health.getHealthService())
            .addService(ProtoReflectionServiceV1.newInstance())
            .intercept(setup.security().interceptor())
            .maxRequestMessageLength(MOST_MESSAGE_BYTES)
            .enableHttpJsonTranscoding(true)
            .jsonMarshallerFactory(
                services ->
                    GrpcJsonMarshaller.builder()
                        .jsonMarshallerCustomizer(json -> json.preservingProtoFieldNames(true))
                        .build(services))
            .build(),
        grpc -> new WholeRequests(grpc, MOST_MESSAGE_BYTES));
    ServerSecurity security = setup.security();
    builder.service(
        "/v1/sweeps/{sweep_id}/stream",
        security.guard(Tokens.Role.VIEWER, new SweepStream(questions)));
    builder.service("/v1/access", security.access());
    Dashboard.route(builder);
    String version = setup.version();
    builder.service(
        "/health",
        (context, request) ->
            HttpResponse.of(
                HttpStatus.OK,
                MediaType.JSON_UTF_8,
                "{\"live\":true,\"role\":\"%s\",\"version\":\"%s\"}\n"
                    .formatted(active.isHere() ? "active" : "standby", version)));
    builder.service(
        "/ready",
        (context, request) ->
            active.isHere()
                ? HttpResponse.of(HttpStatus.OK, MediaType.PLAIN_TEXT_UTF_8, "active\n")
                : HttpResponse.of(
                    HttpStatus.SERVICE_UNAVAILABLE, MediaType.PLAIN_TEXT_UTF_8, "standby\n"));
    builder.service(
        "/metrics",
        security.guard(
            Tokens.Role.VIEWER,
            (context, request) ->
                HttpResponse.of(
                    HttpStatus.OK,
                    MediaType.parse("text/plain; version=0.0.4; charset=utf-8"),
                    setup.metrics().scrape())));
  }

  /** The port it listens on, also where 0 was asked for. */
  public int port() {
    return server.activeLocalPort();
  }

  @Override
  public void close() {
    server.stop().join();
    insight.close();
  }
}
