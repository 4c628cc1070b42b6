package dev.caviar.cli.remote;

import static dev.caviar.cli.Updates.completed;
import static dev.caviar.cli.Updates.points;
import static dev.caviar.cli.Updates.sweep;
import static dev.caviar.cli.Updates.trial;
import static dev.caviar.cli.Updates.update;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.caviar.cli.SweepClient;
import dev.caviar.cli.TestCoordinator;
import dev.caviar.cli.remote.RemoteException.Kind;
import dev.caviar.cli.view.SweepProgress;
import dev.caviar.proto.v1.BlobRef;
import dev.caviar.proto.v1.GetSweepRequest;
import dev.caviar.proto.v1.SubmitSweepRequest;
import dev.caviar.proto.v1.SubmitSweepResponse;
import dev.caviar.proto.v1.SweepState;
import dev.caviar.proto.v1.SweepUpdate;
import dev.caviar.proto.v1.TrialState;
import dev.caviar.proto.v1.WatchSweepRequest;
import io.grpc.Status;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The client and a real server, over real connections on loopback. */
@NullUnmarked
class GrpcSweepClientTest {
  @TempDir Path folder;

  @Test
  void goesOnToTheNextServerWhereOneStandsBy() throws Exception {
    try (TestCoordinator standby = new TestCoordinator().start();
        TestCoordinator leader = new TestCoordinator().start();
        SweepClient client = client(standby.address(), leader.address())) {
      standby.refusal(Status.UNAVAILABLE.withDescription("this coordinator stands by"));
      leader.addSweep("a-1", "name: a");

      assertThat(get(client.list()).getSweepsCount()).isEqualTo(1);

      // And stays there, until that one stands by in its turn.
      standby.refusal(null);
      standby.addSweep("b-1", "name: b").add(update(sweep(SweepState.SWEEP_RUNNING, 1, 1)));
      assertThat(leader.requests()).hasSize(1);
      get(client.list());
      assertThat(leader.requests()).hasSize(2);
      leader.stop();
      get(client.list());
      assertThat(standby.requests()).hasSize(1);
    }
  }

  @Test
  void saysWhichServersCannotBeReachedAndWhy() throws Exception {
    String free = "127.0.0.1:" + freePort();
    try (TestCoordinator standby = new TestCoordinator().start();
        SweepClient client = client(free, "no-such-host.invalid:7070", standby.address())) {
      standby.refusal(Status.UNAVAILABLE.withDescription("this coordinator stands by"));

      RemoteException e = failure(client.list());
      assertThat(e.kind()).isEqualTo(Kind.UNREACHABLE);
      assertThat(e)
          .hasMessageContaining(free + ": nothing listens there")
          .hasMessageContaining("no-such-host.invalid:7070: there is no host of that name")
          .hasMessageContaining(standby.address() + ": this coordinator stands by");
    }
  }

  @Test
  void showsItsToken() throws Exception {
    try (TestCoordinator coordinator = new TestCoordinator().start();
        SweepClient stranger = client(coordinator.address());
        SweepClient friend =
            GrpcSweepClient.of(settings(List.of(coordinator.address()), "s3cret", null))) {
      coordinator.token("s3cret");

      RemoteException e = failure(stranger.list());
      assertThat(e.kind()).isEqualTo(Kind.REFUSED);
      assertThat(e).hasMessageContaining("--token-file");
      assertThat(get(friend.list()).getSweepsCount()).isZero();
    }
  }

  @Test
  void speaksTlsWithTheClustersOwnCertificates() throws Exception {
    Path caFile = folder.resolve("ca.pem");
    try (TestCoordinator coordinator = new TestCoordinator(selfSigned(caFile)).start();
        SweepClient trusting =
            GrpcSweepClient.of(settings(List.of(coordinator.address()), null, caFile));
        SweepClient doubting = client("https://" + coordinator.address());
        SweepClient plain = client(coordinator.address())) {
      assertThat(get(trusting.list()).getSweepsCount()).isZero();

      assertThat(failure(doubting.list())).hasMessageContaining("its certificate is not trusted");
      assertThat(failure(plain.list()).kind()).isEqualTo(Kind.UNREACHABLE);
    }
  }

  @Test
  void asksNobodyTwiceToRunASweep() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    try (TestCoordinator first = new TestCoordinator().start();
        TestCoordinator second = new TestCoordinator().start();
        SweepClient client = client(first.address(), second.address())) {
      first.onSubmit(
          request -> {
            asked.countDown();
            await(end);
            return SubmitSweepResponse.getDefaultInstance();
          });
      CompletionStage<SubmitSweepResponse> answer =
          client.submit(SubmitSweepRequest.newBuilder().setSweepFile("name: a").build());
      await(asked);
      CompletableFuture<Void> stopped = CompletableFuture.runAsync(first::stop);

      RemoteException e = failure(answer);
      end.countDown();
      get(stopped);
      assertThat(e.kind()).isEqualTo(Kind.UNREACHABLE);
      assertThat(e).hasMessageContaining("caviar list");
      assertThat(second.requests()).isEmpty();
    }
  }

  @Test
  void submitsToTheNextServerWhereTheFirstCannotHaveHeardIt() throws Exception {
    try (TestCoordinator second = new TestCoordinator().start();
        SweepClient client = client("127.0.0.1:" + freePort(), second.address())) {
      second.onSubmit(request -> SubmitSweepResponse.newBuilder().setSweepId("a-1").build());

      assertThat(get(client.submit(SubmitSweepRequest.getDefaultInstance())).getSweepId())
          .isEqualTo("a-1");
    }
  }

  @Test
  void takesAWatchUpAgainWhenTheCoordinatorIsBack() throws Exception {
    try (TestCoordinator coordinator = new TestCoordinator().start();
        SweepClient client = client(coordinator.address())) {
      TestCoordinator.Sweep sweep = coordinator.addSweep("a-1", "name: a");
      sweep.add(update(sweep(SweepState.SWEEP_RUNNING, 1, 4)));
      sweep.add(update(trial(0, TrialState.RUNNING)));
      sweep.add(update(points(0, 1, 1, 2)));
      List<SweepUpdate> seen = Collections.synchronizedList(new ArrayList<>());
      List<String> notes = Collections.synchronizedList(new ArrayList<>());
      CompletionStage<Void> over =
          client.watch(
              WatchSweepRequest.newBuilder().setSweepId("a-1").build(), seen::add, notes::add);
      awaitSize(seen, 3);

      coordinator.stop();
      awaitSize(notes, 1);
      sweep.add(update(points(0, 1, 3, 4)));
      sweep.add(update(completed(0, 4)));
      coordinator.start();
      awaitSize(seen, 5);
      sweep.add(update(sweep(SweepState.SWEEP_COMPLETED, 1, 4).setBestTrial(0)));
      get(over);

      assertThat(seen).extracting(SweepUpdate::getCursor).containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
      assertThat(notes).hasSize(2);
      assertThat(notes.get(0)).startsWith("Lost the coordinator at " + coordinator.address());
      assertThat(notes.get(1)).startsWith("Connected again");
      SweepProgress progress = new SweepProgress(Instant.now());
      seen.forEach(progress::apply);
      assertThat(progress.find(0).orElseThrow().points()).hasSize(4);
    }
  }

  @Test
  void watchesOnAtTheCoordinatorThatTookOver() throws Exception {
    try (TestCoordinator first = new TestCoordinator().start();
        TestCoordinator second = new TestCoordinator().start();
        SweepClient client = client(first.address(), second.address())) {
      first.addSweep("a-1", "").add(update(sweep(SweepState.SWEEP_RUNNING, 1, 4)));
      second.refusal(Status.UNAVAILABLE.withDescription("this coordinator stands by"));
      second.addSweep("a-1", "").add(update(sweep(SweepState.SWEEP_RUNNING, 1, 4)));
      List<SweepUpdate> seen = Collections.synchronizedList(new ArrayList<>());
      CompletionStage<Void> over =
          client.watch(WatchSweepRequest.newBuilder().setSweepId("a-1").build(), seen::add);
      awaitSize(seen, 1);

      first.stop();
      second
          .addSweep("a-1", "")
          .add(update(sweep(SweepState.SWEEP_RUNNING, 1, 4)))
          .add(update(sweep(SweepState.SWEEP_COMPLETED, 1, 4)));
      second.refusal(null);
      get(over);

      assertThat(seen.getLast().getStatus().getState()).isEqualTo(SweepState.SWEEP_COMPLETED);
    }
  }

  @Test
  void givesUpAWatchThatCannotComeToAnything() throws Exception {
    try (TestCoordinator coordinator = new TestCoordinator().start();
        SweepClient client = client(coordinator.address())) {
      RemoteException e =
          failure(
              client.watch(
                  WatchSweepRequest.newBuilder().setSweepId("none").build(), update -> {}));
      assertThat(e.kind()).isEqualTo(Kind.WRONG_REQUEST);
      assertThat(e).hasMessageContaining("there is no sweep none");
      assertThat(
              failure(client.get(GetSweepRequest.newBuilder().setSweepId("none").build())).kind())
          .isEqualTo(Kind.WRONG_REQUEST);
    }
  }

  @Test
  void aWatchEndsWithItsConsumersException() throws Exception {
    try (TestCoordinator coordinator = new TestCoordinator().start();
        SweepClient client = client(coordinator.address())) {
      coordinator.addSweep("a-1", "").add(update(sweep(SweepState.SWEEP_RUNNING, 1, 4)));
      CompletionStage<Void> over =
          client.watch(
              WatchSweepRequest.newBuilder().setSweepId("a-1").build(),
              update -> {
                throw new IllegalStateException("mine");
              });
      assertThat(catchThrowable(() -> get(over))).hasMessage("mine");
    }
  }

  @Test
  void sendsDataOfAnySize() throws Exception {
    try (TestCoordinator coordinator = new TestCoordinator().start();
        SweepClient client = client(coordinator.address())) {
      byte[] bytes = new byte[5_000_001];
      new Random(1).nextBytes(bytes);
      Path file = Files.write(folder.resolve("data"), bytes);
      List<Long> sent = Collections.synchronizedList(new ArrayList<>());

      BlobRef ref = get(client.putData(file, sent::add));
      assertThat(ref.getSize()).isEqualTo(bytes.length);
      assertThat(ref.getSha256()).hasSize(64);
      assertThat(sent).isSorted().last().isEqualTo((long) bytes.length);

      Path empty = Files.createFile(folder.resolve("empty"));
      assertThat(get(client.putData(empty, n -> {})).getSha256()).startsWith("e3b0c442");
    }
  }

  @Test
  void saysWhyDataIsNotTaken() throws Exception {
    try (TestCoordinator coordinator = new TestCoordinator().start();
        SweepClient client = client(coordinator.address())) {
      coordinator.refusal(Status.RESOURCE_EXHAUSTED.withDescription("at most 1 MiB"));
      Path file = Files.write(folder.resolve("data"), new byte[3_000_000]);

      RemoteException e = failure(client.putData(file, n -> {}));
      assertThat(e.kind()).isEqualTo(Kind.WRONG_REQUEST);
      assertThat(e).hasMessageContaining("at most 1 MiB");
    }
  }

  /** A key for 127.0.0.1 that vouches for itself, made by the JDK's own tool. */
  private KeyManagerFactory selfSigned(Path certificate) throws Exception {
    Path store = folder.resolve("key.p12");
    keytool(
        "-genkeypair",
        "-keyalg",
        "EC",
        "-alias",
        "a",
        "-dname",
        "CN=caviar",
        "-ext",
        "san=ip:127.0.0.1",
        "-keystore",
        store.toString(),
        "-storepass",
        "changeit");
    keytool(
        "-exportcert",
        "-rfc",
        "-alias",
        "a",
        "-keystore",
        store.toString(),
        "-storepass",
        "changeit",
        "-file",
        certificate.toString());
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, "changeit".toCharArray());
    }
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(keys, "changeit".toCharArray());
    return factory;
  }

  private static void keytool(String... args) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(Arrays.asList(args));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
  }

  private static SweepClient client(String... servers) {
    return GrpcSweepClient.of(settings(List.of(servers), null, null));
  }

  private static ConnectionSettings settings(List<String> servers, String token, Path caFile) {
    List<ServerAddress> addresses = servers.stream().map(ServerAddress::parse).toList();
    return new ConnectionSettings(
        addresses, token, caFile, caFile != null || addresses.getFirst().https(), "--server");
  }

  private static int freePort() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static <T> T get(CompletionStage<T> stage) throws Exception {
    try {
      return stage.toCompletableFuture().get(30, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw (Exception) e.getCause();
    }
  }

  private static RemoteException failure(CompletionStage<?> stage) {
    Throwable thrown = catchThrowable(() -> get(stage));
    assertThat(thrown).isInstanceOf(RemoteException.class);
    return (RemoteException) thrown;
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void awaitSize(List<?> list, int size) throws InterruptedException {
    for (int i = 0; i < 3000 && list.size() < size; i++) {
      Thread.sleep(10);
    }
    assertThat(list).hasSizeGreaterThanOrEqualTo(size);
  }
}
