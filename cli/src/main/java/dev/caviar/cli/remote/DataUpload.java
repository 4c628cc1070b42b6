package dev.caviar.cli.remote;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.caviar.proto.v1.BlobChunk;
import dev.caviar.proto.v1.BlobKind;
import dev.caviar.proto.v1.BlobRef;
import dev.caviar.proto.v1.DataServiceGrpc.DataServiceStub;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.function.LongConsumer;

/** Sends one file in parts, no faster than the other side takes them. */
final class DataUpload implements ClientResponseObserver<BlobChunk, BlobRef> {
  private static final int CHUNK = 256 << 10;

  private final Path file;
  private final long size;
  private final LongConsumer onSent;
  private final CompletableFuture<BlobRef> answer = new CompletableFuture<>();
  // Given out when the call may be ready for more, or is over.
  private final Semaphore progress = new Semaphore(0);

  /**
   * @param size of the file, bytes
   */
  DataUpload(Path file, long size, LongConsumer onSent) {
    this.file = file;
    this.size = size;
    this.onSent = onSent;
  }

  /**
   * Returns when the file is stored.
   *
   * @throws StatusRuntimeException as the server or the connection says
   * @throws IOException if the file cannot be read
   */
  BlobRef run(DataServiceStub data) throws IOException {
    var out = (ClientCallStreamObserver<BlobChunk>) data.putData(this);
    MessageDigest digest = sha256();
    try (InputStream in = Files.newInputStream(file)) {
      long sent = 0;
      boolean first = true;
      while (!answer.isDone()) {
        byte[] part = in.readNBytes(CHUNK);
        if (part.length == 0 && !first) {
          break;
        }
        digest.update(part);
        awaitReady(out);
        if (answer.isDone()) {
          break;
        }
        out.onNext(chunk(part, first));
        first = false;
        sent += part.length;
        onSent.accept(Math.min(sent, size));
      }
      if (!answer.isDone()) {
        out.onCompleted();
      }
    } catch (IOException | RuntimeException e) {
      out.cancel("the file could not be read", e);
      throw e;
    }
    BlobRef stored = await();
    String sha256 = HexFormat.of().formatHex(digest.digest());
    if (!stored.getSha256().equals(sha256)) {
      throw Status.DATA_LOSS
          .withDescription(
              file
                  + " arrived with another hash, "
                  + stored.getSha256()
                  + " for "
                  + sha256
                  + ": was it written to meanwhile?")
          .asRuntimeException();
    }
    return stored;
  }

  private static BlobChunk chunk(byte[] part, boolean first) {
    ByteString bytes = UnsafeByteOperations.unsafeWrap(part);
    BlobChunk.Builder chunk = BlobChunk.newBuilder().setData(bytes);
    return first ? chunk.setKind(BlobKind.DATA).build() : chunk.build();
  }

  private void awaitReady(ClientCallStreamObserver<BlobChunk> out) {
    try {
      while (!out.isReady() && !answer.isDone()) {
        progress.acquire();
        progress.drainPermits();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Status.CANCELLED.withDescription("the client is closed").asRuntimeException();
    }
  }

  private BlobRef await() {
    try {
      return answer.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Status.CANCELLED.withDescription("the client is closed").asRuntimeException();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof StatusRuntimeException status
          ? status
          : Status.fromThrowable(e).asRuntimeException();
    }
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<BlobChunk> requests) {
    requests.setOnReadyHandler(progress::release);
  }

  @Override
  public void onNext(BlobRef ref) {
    answer.complete(ref);
    progress.release();
  }

  @Override
  public void onError(Throwable error) {
    answer.completeExceptionally(error);
    progress.release();
  }

  @Override
  public void onCompleted() {
    answer.completeExceptionally(
        Status.INTERNAL.withDescription("no answer to an upload").asRuntimeException());
    progress.release();
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // Every JDK has it.
    }
  }
}
