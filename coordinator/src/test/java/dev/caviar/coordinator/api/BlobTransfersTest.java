package dev.caviar.coordinator.api;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import com.google.protobuf.ByteString;
import dev.caviar.coordinator.store.BlobStore;
import dev.caviar.coordinator.store.FolderBlobStore;
import dev.caviar.proto.v1.BlobChunk;
import dev.caviar.proto.v1.BlobKind;
import dev.caviar.proto.v1.BlobRef;
import dev.caviar.proto.v1.GetBlobRequest;
import dev.caviar.proto.v1.WorkerServiceGrpc.WorkerServiceStub;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Blobs across a real connection, to and from a folder. */
@NullUnmarked
class BlobTransfersTest {
  private static final int CHUNK = 1 << 18;
  private static final long MOST = 64 << 20;

  @TempDir Path folder;

  private final ActorTestKit akka = ActorTestKit.create();
  private BlobStore store;
  private EndpointServer server;
  private WorkerServiceStub client;

  @BeforeEach
  void start() {
    serve(new FolderBlobStore(folder));
  }

  private void serve(BlobStore blobs) {
    if (server != null) {
      server.close();
    }
    store = blobs;
    server =
        new EndpointServer(new WorkerEndpoint(new ActiveCoordinator(), akka.system(), store, MOST));
    client = server.client(WorkerServiceStub.class);
  }

  @AfterEach
  void end() {
    server.close();
    akka.shutdownTestKit();
  }

  /** Sends as many chunks as the server takes, each filled with its number. */
  private static long send(
      StreamObserver<BlobChunk> to, Collected<BlobChunk, BlobRef> answers, int chunks)
      throws InterruptedException {
    for (int i = 0; i < chunks; i++) {
      int patience = 500;
      while (!answers.call().isReady() && !answers.hasEnded()) {
        if (patience-- == 0) {
          return (long) i * CHUNK;
        }
        Thread.sleep(2);
      }
      if (answers.hasEnded()) {
        return (long) i * CHUNK;
      }
      to.onNext(chunk(i));
    }
    return (long) chunks * CHUNK;
  }

  private static BlobChunk chunk(int number) {
    byte[] bytes = new byte[CHUNK];
    Arrays.fill(bytes, (byte) number);
    return BlobChunk.newBuilder()
        .setKind(number == 0 ? BlobKind.CHECKPOINT : BlobKind.BLOB_KIND_UNSPECIFIED)
        .setData(ByteString.copyFrom(bytes))
        .build();
  }

  private static GetBlobRequest checkpoint(String sha256) {
    return GetBlobRequest.newBuilder().setKind(BlobKind.CHECKPOINT).setSha256(sha256).build();
  }

  @Test
  void fiftyMegabytesThereAndBack() throws Exception {
    int chunks = 200;
    Collected<BlobChunk, BlobRef> stored = Collected.eagerly();
    StreamObserver<BlobChunk> upload = client.putBlob(stored);
    assertThat(send(upload, stored, chunks)).isEqualTo((long) chunks * CHUNK);
    upload.onCompleted();
    assertThat(stored.end().isOk()).isTrue();
    BlobRef ref = stored.answers.getFirst();
    assertThat(ref.getSize()).isEqualTo((long) chunks * CHUNK);

    Collected<GetBlobRequest, BlobChunk> got = Collected.eagerly();
    client.getBlob(checkpoint(ref.getSha256()), got);
    assertThat(got.end().isOk()).isTrue();
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    got.answers.forEach(chunk -> digest.update(chunk.getData().asReadOnlyByteBuffer()));
    assertThat(HexFormat.of().formatHex(digest.digest())).isEqualTo(ref.getSha256());
  }

  @Test
  void moreThanIsTakenIsRefusedBeforeItIsAllSent() throws Exception {
    Collected<BlobChunk, BlobRef> stored = Collected.eagerly();
    StreamObserver<BlobChunk> upload = client.putBlob(stored);
    long sent = send(upload, stored, 4 * (int) (MOST / CHUNK));
    assertThat(stored.end().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertThat(stored.end().getDescription()).contains(Long.toString(MOST));
    assertThat(sent).isLessThan(2 * MOST);
  }

  @Test
  void whatIsNoBlobIsRefused() throws Exception {
    Collected<BlobChunk, BlobRef> ofNoKind = Collected.eagerly();
    StreamObserver<BlobChunk> upload = client.putBlob(ofNoKind);
    for (int i = 1; i < 4 && !ofNoKind.hasEnded(); i++) {
      upload.onNext(chunk(i));
    }
    assertThat(ofNoKind.end().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(ofNoKind.end().getDescription()).contains("CHECKPOINT, MODEL");

    Collected<BlobChunk, BlobRef> empty = Collected.eagerly();
    client.putBlob(empty).onCompleted();
    assertThat(empty.end().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
  }

  @Test
  void aBlobThatIsNotThereIsNotFound() throws Exception {
    for (String sha256 : new String[] {"0".repeat(64), "../../etc/passwd"}) {
      Collected<GetBlobRequest, BlobChunk> got = Collected.eagerly();
      client.getBlob(checkpoint(sha256), got);
      assertThat(got.end().getCode()).isEqualTo(Status.Code.NOT_FOUND);
    }
  }

  @Test
  void anUploadThatBreaksOffLeavesNothing() throws Exception {
    Collected<BlobChunk, BlobRef> stored = Collected.eagerly();
    StreamObserver<BlobChunk> upload = client.putBlob(stored);
    send(upload, stored, 8);
    stored.call().cancel("gone", null);
    long limit = System.nanoTime() + 10_000_000_000L;
    while (files() > 0) {
      assertThat(System.nanoTime()).isLessThan(limit);
      Thread.sleep(20);
    }
  }

  private long files() throws IOException {
    try (var all = Files.walk(folder)) {
      return all.filter(Files::isRegularFile).count();
    }
  }

  @Test
  void aSlowStoreIsSentNoMoreThanItTakes() throws Exception {
    var free = new CountDownLatch(1);
    serve(
        new Slow(store) {
          @Override
          public BlobRef put(BlobKind kind, InputStream bytes, long most) throws IOException {
            try {
              free.await();
            } catch (InterruptedException e) {
              throw new IOException(e);
            }
            return super.put(kind, bytes, most);
          }
        });
    Collected<BlobChunk, BlobRef> stored = Collected.eagerly();
    StreamObserver<BlobChunk> upload = client.putBlob(stored);
    assertThat(send(upload, stored, 200)).isLessThan(8 << 20);
    free.countDown();
    upload.onCompleted();
    assertThat(stored.end().isOk()).isTrue();
  }

  @Test
  void forASlowReaderNoMoreIsReadThanItTakes() throws Exception {
    var read = new AtomicLong();
    serve(
        new Slow(store) {
          @Override
          public InputStream open(BlobKind kind, String sha256) {
            return new InputStream() {
              @Override
              public int read() {
                throw new AssertionError();
              }

              @Override
              public int read(byte[] to, int from, int length) {
                read.addAndGet(length);
                return length;
              }
            };
          }
        });
    Collected<GetBlobRequest, BlobChunk> got = Collected.slowly(1);
    client.getBlob(checkpoint("0".repeat(64)), got);
    long before;
    do {
      before = read.get();
      Thread.sleep(500);
    } while (read.get() == 0 || read.get() != before);
    assertThat(read.get()).isLessThan(8 << 20);
    got.call().cancel("enough", null);
  }

  /** A store some of whose ways are another's. */
  private static class Slow implements BlobStore {
    private final BlobStore store;

    Slow(BlobStore store) {
      this.store = store;
    }

    @Override
    public BlobRef put(BlobKind kind, InputStream bytes, long most) throws IOException {
      return store.put(kind, bytes, most);
    }

    @Override
    public InputStream open(BlobKind kind, String sha256) throws IOException {
      return store.open(kind, sha256);
    }

    @Override
    public boolean contains(BlobKind kind, String sha256) throws IOException {
      return store.contains(kind, sha256);
    }

    @Override
    public void delete(BlobKind kind, String sha256) throws IOException {
      store.delete(kind, sha256);
    }
  }
}
