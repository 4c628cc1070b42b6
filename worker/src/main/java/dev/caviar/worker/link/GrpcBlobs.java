package dev.caviar.worker.link;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.caviar.proto.v1.BlobChunk;
import dev.caviar.proto.v1.BlobKind;
import dev.caviar.proto.v1.BlobRef;
import dev.caviar.proto.v1.GetBlobRequest;
import dev.caviar.proto.v1.WorkerServiceGrpc.WorkerServiceStub;
import dev.caviar.worker.BlobTransfer;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Blobs in chunks, never whole in memory, to and from the coordinator that was last linked to. The
 * caller's thread reads and writes them: a slow disk must hold up no thread of the network.
 */
final class GrpcBlobs implements BlobTransfer {
  private static final int CHUNK = 256 * 1024;

  /** Chunks on their way here, at most. */
  private static final int AHEAD = 4;

  /** Without any progress for this long, a transfer is given up. */
  private static final long STALL_SECONDS = 30;

  private final List<WorkerServiceStub> stubs;
  private volatile int preferred;

  GrpcBlobs(List<WorkerServiceStub> stubs) {
    this.stubs = stubs;
  }

  void prefer(int index) {
    preferred = index;
  }

  @Override
  public BlobRef put(BlobKind kind, InputStream bytes) throws IOException {
    var upload = new Upload();
    try {
      var _ = stubs.get(preferred).putBlob(upload);
      byte[] chunk = new byte[CHUNK];
      boolean first = true;
      for (int n = bytes.readNBytes(chunk, 0, CHUNK);
          (n > 0 || first) && !upload.stored.isDone();
          n = bytes.readNBytes(chunk, 0, CHUNK)) {
        upload.send(
            BlobChunk.newBuilder()
                .setKind(kind)
                .setData(UnsafeByteOperations.unsafeWrap(chunk, 0, n))
                .build());
        chunk = new byte[CHUNK]; // the one before is on its way
        first = false;
      }
      return upload.finish();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while sending a " + kind, e);
    } finally {
      upload.cancelUnlessDone();
    }
  }

  @Override
  public void get(BlobKind kind, String sha256, OutputStream to) throws IOException {
    var download = new Download();
    try {
      stubs
          .get(preferred)
          .getBlob(GetBlobRequest.newBuilder().setKind(kind).setSha256(sha256).build(), download);
      download.to(to);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while fetching a " + kind, e);
    } finally {
      download.cancelUnlessDone();
    }
  }

  /** What gRPC says of a failure, without its own exception's name. */
  private static IOException refused(Throwable error) {
    Status status = Status.fromThrowable(error);
    String why = status.getDescription() == null ? "" : ": " + status.getDescription();
    String message = "the coordinator answered " + status.getCode() + why;
    return status.getCode() == Status.Code.NOT_FOUND
        ? new NoSuchBlobException(message, error)
        : new IOException(message, error);
  }

  private static final class Upload implements ClientResponseObserver<BlobChunk, BlobRef> {
    final CompletableFuture<BlobRef> stored = new CompletableFuture<>();
    private final Semaphore ready = new Semaphore(0);
    private @Nullable ClientCallStreamObserver<BlobChunk> call;

    @Override
    public void beforeStart(ClientCallStreamObserver<BlobChunk> started) {
      call = started;
      started.setOnReadyHandler(ready::release);
    }

    private ClientCallStreamObserver<BlobChunk> call() throws IOException {
      if (call == null) {
        throw new IOException("no connection");
      }
      return call;
    }

    /**
     * Waits until the network takes it. Does nothing where the coordinator has answered already.
     */
    void send(BlobChunk chunk) throws IOException, InterruptedException {
      while (!call().isReady() && !stored.isDone()) {
        if (!ready.tryAcquire(STALL_SECONDS, TimeUnit.SECONDS)) {
          throw new IOException("the coordinator took nothing for " + STALL_SECONDS + " s");
        }
      }
      if (!stored.isDone()) {
        try {
          call().onNext(chunk);
        } catch (IllegalStateException e) {
          // The stream ended in this very moment; its observer is told why.
          finishUnlessRefused(e);
        }
      }
    }

    BlobRef finish() throws IOException, InterruptedException {
      if (!stored.isDone()) {
        try {
          call().onCompleted();
        } catch (IllegalStateException e) {
          finishUnlessRefused(e);
        }
      }
      try {
        return stored.get(STALL_SECONDS, TimeUnit.SECONDS);
      } catch (ExecutionException e) {
        throw refused(e.getCause() == null ? e : e.getCause());
      } catch (TimeoutException e) {
        throw new IOException("the coordinator did not answer for " + STALL_SECONDS + " s", e);
      }
    }

    private void finishUnlessRefused(IllegalStateException ended) throws InterruptedException {
      try {
        var _ = stored.get(1, TimeUnit.SECONDS);
      } catch (ExecutionException | TimeoutException e) {
        stored.completeExceptionally(ended);
      }
    }

    void cancelUnlessDone() {
      if (call != null && !stored.isDone()) {
        call.cancel("given up", null);
      }
    }

    @Override
    public void onNext(BlobRef ref) {
      stored.complete(ref);
      ready.release();
    }

    @Override
    public void onError(Throwable error) {
      stored.completeExceptionally(error);
      ready.release();
    }

    @Override
    public void onCompleted() {
      stored.completeExceptionally(
          Status.INTERNAL.withDescription("an end without an answer").asRuntimeException());
      ready.release();
    }
  }

  private static final class Download implements ClientResponseObserver<GetBlobRequest, BlobChunk> {
    /** What came: some bytes, or the end. */
    private sealed interface Part {}

    private record Data(ByteString bytes) implements Part {}

    private record End(@Nullable Throwable failure) implements Part {}

    private final BlockingQueue<Part> parts = new LinkedBlockingQueue<>();
    private @Nullable ClientCallStreamObserver<GetBlobRequest> call;
    private volatile boolean ended;

    @Override
    public void beforeStart(ClientCallStreamObserver<GetBlobRequest> started) {
      call = started;
      // More is asked for as it is written, so that no more than these are ever in memory.
      started.disableAutoRequestWithInitial(AHEAD);
    }

    void to(OutputStream to) throws IOException, InterruptedException {
      while (true) {
        switch (parts.poll(STALL_SECONDS, TimeUnit.SECONDS)) {
          case Data(ByteString bytes) -> {
            bytes.writeTo(to);
            if (call != null) {
              call.request(1);
            }
          }
          case End(Throwable failure) -> {
            if (failure != null) {
              throw refused(failure);
            }
            return;
          }
          case null ->
              throw new IOException("the coordinator sent nothing for " + STALL_SECONDS + " s");
        }
      }
    }

    @Override
    public void onNext(BlobChunk chunk) {
      parts.add(new Data(chunk.getData()));
    }

    @Override
    public void onError(Throwable error) {
      ended = true;
      parts.add(new End(error));
    }

    @Override
    public void onCompleted() {
      ended = true;
      parts.add(new End(null));
    }

    void cancelUnlessDone() {
      if (call != null && !ended) {
        call.cancel("given up", null);
      }
    }
  }
}
