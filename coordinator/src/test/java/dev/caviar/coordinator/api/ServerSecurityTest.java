package dev.caviar.coordinator.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.linecorp.armeria.client.ClientFactory;
import com.linecorp.armeria.client.ClientFactoryBuilder;
import com.linecorp.armeria.client.grpc.GrpcClientBuilder;
import com.linecorp.armeria.client.grpc.GrpcClients;
import com.linecorp.armeria.common.TlsKeyPair;
import com.linecorp.armeria.common.auth.AuthToken;
import com.typesafe.config.ConfigFactory;
import dev.caviar.coordinator.CoordinatorNode;
import dev.caviar.coordinator.CoordinatorSettings;
import dev.caviar.proto.v1.BlobChunk;
import dev.caviar.proto.v1.BlobKind;
import dev.caviar.proto.v1.BlobRef;
import dev.caviar.proto.v1.DataServiceGrpc.DataServiceStub;
import dev.caviar.proto.v1.EndSweepRequest;
import dev.caviar.proto.v1.GetBlobRequest;
import dev.caviar.proto.v1.ListSweepsRequest;
import dev.caviar.proto.v1.ListWorkersRequest;
import dev.caviar.proto.v1.SubmitSweepRequest;
import dev.caviar.proto.v1.SweepServiceGrpc.SweepServiceBlockingStub;
import dev.caviar.proto.v1.WorkerServiceGrpc.WorkerServiceBlockingStub;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc.HealthBlockingStub;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real coordinator's port, by gRPC and by HTTP. */
@NullUnmarked
class ServerSecurityTest {
  private static final String SWEEP =
      """
      name: secured
      data: {builtin: digits, dev: 0.2}
      parameters:
        learning_rate: {scale: log, min: 1.0e-3, max: 0.1}
      fixed: {epochs: 2}
      search: {sampler: random, trials: 3, seed: 3}
      """;

  @TempDir static Path folder;

  private static Path certificates;
  private static CoordinatorNode secured;
  private static ClientFactory factory;
  private static HttpClient http;

  @BeforeAll
  static void start() throws Exception {
    certificates = folder.resolve("certificates");
    Certificates.create(certificates, List.of());
    secured = node("secured", securely());
    factory = connections().build();
    http = HttpClient.newBuilder().sslContext(trusting(certificates)).build();
  }

  @AfterAll
  static void stop() {
    http.close();
    factory.close();
    secured.close();
  }

  private static Map<String, Object> securely() {
    Map<String, Object> settings = new HashMap<>();
    settings.put("tls.certificate", file(Certificates.COORDINATOR));
    settings.put("tls.key", file(Certificates.COORDINATOR_KEY));
    settings.put("tls.authority", file(Certificates.AUTHORITY));
    settings.put("tokens-file", file(Certificates.TOKENS));
    return settings;
  }

  private static String file(String name) {
    return certificates.resolve(name).toString();
  }

  private static CoordinatorNode node(String store, Map<String, Object> own) {
    Map<String, Object> settings = new HashMap<>();
    own.forEach((name, value) -> settings.put("caviar.coordinator." + name, value));
    settings.put("caviar.coordinator.port", 0);
    settings.put("caviar.coordinator.store.folder", folder.resolve(store).toString());
    return CoordinatorNode.start(
        CoordinatorSettings.of(
            ConfigFactory.parseMap(settings).withFallback(ConfigFactory.load())));
  }

  private static ClientFactoryBuilder connections() {
    return ClientFactory.builder()
        .tlsCustomizer(
            context -> context.trustManager(certificates.resolve(Certificates.AUTHORITY).toFile()));
  }

  private static SSLContext trusting(Path certificates) throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust(certificates).getTrustManagers(), null);
    return context;
  }

  private static TrustManagerFactory trust(Path certificates) throws Exception {
    KeyStore known = KeyStore.getInstance(KeyStore.getDefaultType());
    known.load(null);
    try (InputStream in = Files.newInputStream(certificates.resolve(Certificates.AUTHORITY))) {
      known.setCertificateEntry(
          "authority", CertificateFactory.getInstance("X.509").generateCertificate(in));
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(known);
    return trust;
  }

  /** Shows a worker's certificate whatever authority is asked for. */
  private static SSLContext showing(Path certificates) throws Exception {
    X509Certificate certificate;
    try (InputStream in = Files.newInputStream(certificates.resolve(Certificates.WORKER))) {
      certificate =
          (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
    }
    String pem = Files.readString(certificates.resolve(Certificates.WORKER_KEY));
    PrivateKey key =
        KeyFactory.getInstance("EC")
            .generatePrivate(
                new PKCS8EncodedKeySpec(
                    Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""))));
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(
        new KeyManager[] {new OneCertificate(certificate, key)},
        trust(ServerSecurityTest.certificates).getTrustManagers(),
        null);
    return context;
  }

  private static final class OneCertificate extends X509ExtendedKeyManager {
    private final X509Certificate certificate;
    private final PrivateKey key;

    OneCertificate(X509Certificate certificate, PrivateKey key) {
      this.certificate = certificate;
      this.key = key;
    }

    @Override
    public String chooseEngineClientAlias(String[] types, Principal[] issuers, SSLEngine engine) {
      return "own";
    }

    @Override
    public String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) {
      return "own";
    }

    @Override
    public String[] getClientAliases(String type, Principal[] issuers) {
      return new String[] {"own"};
    }

    @Override
    public String[] getServerAliases(String type, Principal[] issuers) {
      return new String[0];
    }

    @Override
    public String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
      return null;
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
      return new X509Certificate[] {certificate};
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
      return key;
    }
  }

  private static String token(String name) throws IOException {
    return Files.readString(certificates.resolve(name)).strip();
  }

  private static <T> T stub(Class<T> type, ClientFactory connections, String token) {
    GrpcClientBuilder client =
        GrpcClients.builder("gproto+https://localhost:" + secured.port() + "/")
            .factory(connections);
    if (token != null) {
      client.auth(AuthToken.ofOAuth2(token));
    }
    return client.build(type);
  }

  private static SweepServiceBlockingStub sweeps(String token) {
    return stub(SweepServiceBlockingStub.class, factory, token);
  }

  private static void refused(Runnable call, Status.Code code, String sentence) {
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> {
              assertThat(e.getStatus().getCode()).isEqualTo(code);
              assertThat(e.getStatus().getDescription()).contains(sentence);
            });
  }

  private static HttpResponse<String> get(String path, String token) throws Exception {
    HttpRequest.Builder request = request(path);
    if (token != null) {
      request.header("authorization", "Bearer " + token);
    }
    return http.send(request.build(), BodyHandlers.ofString());
  }

  private static HttpResponse<String> post(String path, String body, String token)
      throws Exception {
    return http.send(
        request(path)
            .header("authorization", "Bearer " + token)
            .header("content-type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build(),
        BodyHandlers.ofString());
  }

  private static HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("https://localhost:" + secured.port() + path));
  }

  @Test
  void withoutATokenNothingButHealthIsTold() throws Exception {
    refused(
        () -> sweeps(null).listSweeps(ListSweepsRequest.getDefaultInstance()),
        Status.Code.UNAUTHENTICATED,
        "a token is needed, in the header 'authorization: Bearer TOKEN'");
    assertThat(
            stub(HealthBlockingStub.class, factory, null)
                .check(HealthCheckRequest.getDefaultInstance())
                .getStatus())
        .isEqualTo(ServingStatus.SERVING);
    assertThat(get("/health", null).statusCode()).isEqualTo(200);
    assertThat(get("/ready", null).statusCode()).isEqualTo(200);
    assertThat(get("/metrics", null).statusCode()).isEqualTo(401);
    HttpResponse<String> list = get("/v1/sweeps", null);
    assertThat(list.statusCode()).isEqualTo(401);
    assertThat(list.headers().firstValue("content-type").orElse("")).contains("json");
    assertThat(list.body()).contains("\"code\"", "16", "\"message\"", "a token is needed");
  }

  @Test
  void aTokenThatIsNotKnownIsRefused() throws Exception {
    refused(
        () ->
            sweeps("not-a-token-of-this-cluster")
                .listSweeps(ListSweepsRequest.getDefaultInstance()),
        Status.Code.UNAUTHENTICATED,
        "the token is not known here");
    assertThat(get("/metrics", "not-a-token-of-this-cluster").statusCode()).isEqualTo(401);
  }

  @Test
  void aViewerReadsButDoesNotSubmit() throws Exception {
    String viewer = token(Certificates.VIEWER_TOKEN);

    assertThatCode(
            () -> {
              sweeps(viewer).listSweeps(ListSweepsRequest.getDefaultInstance());
              sweeps(viewer).listWorkers(ListWorkersRequest.getDefaultInstance());
            })
        .doesNotThrowAnyException();
    refused(
        () ->
            sweeps(viewer).submitSweep(SubmitSweepRequest.newBuilder().setSweepFile(SWEEP).build()),
        Status.Code.PERMISSION_DENIED,
        "the token is a viewer's; SubmitSweep needs an operator's");
    refused(
        () -> sweeps(viewer).endSweep(EndSweepRequest.getDefaultInstance()),
        Status.Code.PERMISSION_DENIED,
        "EndSweep needs an operator's");
    HttpResponse<String> submit = post("/v1/sweeps", "{\"sweep_file\": \"name: x\"}", viewer);
    assertThat(submit.statusCode()).isEqualTo(403);
    assertThat(submit.body()).contains("SubmitSweep needs an operator's");
    HttpResponse<String> metrics = get("/metrics", viewer);
    assertThat(metrics.statusCode()).isEqualTo(200);
    assertThat(metrics.body())
        .contains("caviar_workers ", "caviar_slots ", "caviar_leases ")
        .contains("caviar_curve_points_total", "caviar_reports_stale_total")
        .contains("caviar_command_seconds_count{", "jvm_memory_used_bytes", "process_uptime");
  }

  @Test
  void aViewerSendsNoData() throws Exception {
    CompletableFuture<BlobRef> stored = new CompletableFuture<>();
    StreamObserver<BlobChunk> upload =
        stub(DataServiceStub.class, factory, token(Certificates.VIEWER_TOKEN))
            .putData(
                new StreamObserver<>() {
                  @Override
                  public void onNext(BlobRef ref) {
                    stored.complete(ref);
                  }

                  @Override
                  public void onError(Throwable error) {
                    stored.completeExceptionally(error);
                  }

                  @Override
                  public void onCompleted() {}
                });
    upload.onNext(BlobChunk.newBuilder().setKind(BlobKind.DATA).build());

    assertThatThrownBy(() -> stored.get(20, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .hasMessageContaining("PutData needs an operator's");
  }

  @Test
  void aWorkerShowsACertificate() throws Exception {
    GetBlobRequest nothing =
        GetBlobRequest.newBuilder().setKind(BlobKind.DATA).setSha256("0".repeat(64)).build();
    String operator = token(Certificates.OPERATOR_TOKEN);
    refused(
        () ->
            stub(WorkerServiceBlockingStub.class, factory, operator)
                .getBlob(nothing)
                .forEachRemaining(chunk -> {}),
        Status.Code.UNAUTHENTICATED,
        "a worker shows a certificate");

    try (ClientFactory worker = connections().tls(pair(certificates)).build()) {
      refused(
          () ->
              stub(WorkerServiceBlockingStub.class, worker, null)
                  .getBlob(nothing)
                  .forEachRemaining(chunk -> {}),
          Status.Code.NOT_FOUND,
          "");
      refused(
          () ->
              stub(SweepServiceBlockingStub.class, worker, null)
                  .listSweeps(ListSweepsRequest.getDefaultInstance()),
          Status.Code.UNAUTHENTICATED,
          "a token is needed");
    }
  }

  @Test
  void aCertificateOfAnotherAuthorityIsRefused() throws Exception {
    Path others = folder.resolve("others");
    Certificates.create(others, List.of());

    // A well-behaved client does not even show what the coordinator does not ask for.
    try (ClientFactory stranger = connections().tls(pair(others)).build()) {
      refused(
          () ->
              stub(WorkerServiceBlockingStub.class, stranger, null)
                  .getBlob(GetBlobRequest.getDefaultInstance())
                  .forEachRemaining(chunk -> {}),
          Status.Code.UNAUTHENTICATED,
          "a worker shows a certificate");
    }
    try (HttpClient insistent = HttpClient.newBuilder().sslContext(showing(others)).build()) {
      assertThatThrownBy(() -> insistent.send(request("/health").build(), BodyHandlers.ofString()))
          // A fatal alert, or the connection's end where that overtakes the alert.
          .isInstanceOf(IOException.class);
    }
    try (HttpClient known = HttpClient.newBuilder().sslContext(showing(certificates)).build()) {
      assertThat(known.send(request("/health").build(), BodyHandlers.ofString()).statusCode())
          .isEqualTo(200);
    }
    try (HttpClient stranger = HttpClient.newBuilder().sslContext(trusting(others)).build()) {
      assertThatThrownBy(() -> stranger.send(request("/health").build(), BodyHandlers.ofString()))
          .isInstanceOf(SSLHandshakeException.class);
    }
  }

  private static TlsKeyPair pair(Path certificates) {
    return TlsKeyPair.of(
        certificates.resolve(Certificates.WORKER_KEY).toFile(),
        certificates.resolve(Certificates.WORKER).toFile());
  }

  @Test
  void allThatClientsDoIsAlsoJson() throws Exception {
    String operator = token(Certificates.OPERATOR_TOKEN);
    String id =
        sweeps(operator)
            .submitSweep(SubmitSweepRequest.newBuilder().setSweepFile(SWEEP).build())
            .getSweepId();

    assertThat(get("/v1/sweeps/" + id, operator).body()).contains("\"sweep_id\"", id);
    assertThat(post("/v1/sweeps/" + id + ":pause", "{\"reason\": \"x\"}", operator).statusCode())
        .isEqualTo(200);
    assertThat(get("/v1/sweeps/" + id, operator).body()).contains("SWEEP_PAUSED");
    assertThat(post("/v1/sweeps/" + id + ":resume", "{}", operator).statusCode()).isEqualTo(200);
    HttpResponse<String> noTrial = post("/v1/sweeps/" + id + "/trials/7:pause", "{}", operator);
    assertThat(noTrial.statusCode()).isBetween(400, 404);
    assertThat(noTrial.body()).contains("\"code\"", "\"message\"", "7");
    assertThat(post("/v1/sweeps/" + id + "/trials/7:resume", "{}", operator).body())
        .contains("\"message\"", "7");
    assertThat(post("/v1/sweeps/" + id + ":end", "{\"cancel_running\": true}", operator).body())
        .isEqualToIgnoringWhitespace("{}");
    HttpResponse<String> missing = get("/v1/sweeps/none", operator);
    assertThat(missing.statusCode()).isEqualTo(404);
    assertThat(missing.body()).contains("\"code\"", "\"message\"", "none");
  }

  @Test
  void aBodyLargerThanAMessageIsNotRead() throws Exception {
    String operator = token(Certificates.OPERATOR_TOKEN);
    String large = "{\"sweep_file\": \"" + "x".repeat(5 << 20) + "\"}";
    int status;
    try {
      status = post("/v1/sweeps", large, operator).statusCode();
    } catch (IOException e) {
      // It is told so while it still sends, and may not have heard before the stream is closed.
      assertThat(e).hasMessageContaining("RST_STREAM");
      return;
    }
    assertThat(status).isEqualTo(413);
  }

  @Test
  void tooManyRequestsAreRefused() throws Exception {
    try (CoordinatorNode node = node("limited", Map.of("most-requests-per-second", 20));
        HttpClient client = HttpClient.newHttpClient()) {
      String address = "127.0.0.1:" + node.port();
      HttpRequest health =
          HttpRequest.newBuilder(URI.create("http://" + address + "/health")).build();
      HttpResponse<String> refusal = null;
      for (int i = 0; i < 200 && refusal == null; i++) {
        HttpResponse<String> answer = client.send(health, BodyHandlers.ofString());
        refusal = answer.statusCode() == 429 ? answer : null;
      }
      assertThat(refusal).isNotNull();
      assertThat(refusal.body())
          .contains("\"grpc-code\":\"RESOURCE_EXHAUSTED\"", "more than 20 requests in a second");

      SweepServiceBlockingStub sweeps =
          GrpcClients.newClient("gproto+http://" + address + "/", SweepServiceBlockingStub.class);
      refused(
          () -> {
            for (int i = 0; i < 200; i++) {
              sweeps.listSweeps(ListSweepsRequest.getDefaultInstance());
            }
          },
          Status.Code.RESOURCE_EXHAUSTED,
          "more than 20 requests in a second");
    }
  }

  @Test
  void beyondThisMachineItListensOnlySecured() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> node("open", Map.of("bind", "0.0.0.0")))
        .withMessageContaining("listening on 0.0.0.0, beyond this machine, needs TLS and a tokens");
    assertThat(folder.resolve("open")).doesNotExist();
  }

  @Test
  void whatItIsGivenMustBeThere() {
    Map<String, Object> settings = securely();
    settings.put("tls.key", "/nowhere/key.pem");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> node("no-key", settings))
        .withMessageContaining("caviar.coordinator.tls.key: /nowhere/key.pem cannot be read");
    settings.putAll(securely());
    settings.put("tokens-file", "/nowhere/tokens");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> node("no-tokens", settings))
        .withMessageContaining("/nowhere/tokens cannot be read");
  }

  @Test
  void aClusterOverANetworkNeedsTls() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                node(
                    "cluster",
                    Map.of(
                        "store.kind", "postgresql",
                        "cluster.nodes", 3,
                        "cluster.hostname", "0.0.0.0",
                        "cluster.seeds", "a:1,b:1,c:1")))
        .withMessageContaining("coordinators that reach each other over a network");
  }

  @Test
  void aClustersKeyMustBeForRsa() {
    Map<String, Object> settings = securely();
    settings.put("tls.certificate", file(Certificates.WORKER));
    settings.put("tls.key", file(Certificates.WORKER_KEY));
    settings.put("store.kind", "postgresql");
    settings.put("cluster.nodes", 3);
    settings.put("cluster.seeds", "a:1,b:1,c:1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> node("cluster", settings))
        .withMessageContaining("and coordinators that reach each other need one for RSA");
  }
}
