package dev.caviar.worker.link;

import com.google.protobuf.UnsafeByteOperations;
import dev.caviar.proto.v1.BlobChunk;
import dev.caviar.proto.v1.BlobKind;
import dev.caviar.proto.v1.BlobRef;
import dev.caviar.proto.v1.GetBlobRequest;
import dev.caviar.proto.v1.WorkerServiceGrpc.WorkerServiceStub;
import dev.caviar.worker.BlobTransfer;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Blobs in chunks, never whole in memory, to and from the coordinator that was last linked to. */
final class GrpcBlobs implements BlobTransfer {
  private static final int CHUNK = 256 * 1024;

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
    var _ = stubs.get(preferred).putBlob(upload);
    try {
      byte[] chunk = new byte[CHUNK];
      boolean first = true;
      for (int n = bytes.readNBytes(chunk, 0, CHUNK);
          n > 0 || first;
          n = bytes.readNBytes(chunk, 0, CHUNK)) {
        upload.send(
            BlobChunk.newBuilder()
                .setKind(kind)
                .setData(UnsafeByteOperations.unsafeWrap(chunk, 0, n))
                .build());
        chunk = new byte[CHUNK]; // the one before is on its way
        first = false;
      }
      upload.call().onCompleted();
      return upload.stored.get(STALL_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } catch (ExecutionException e) {
      throw new IOException("the coordinator did not take it: " + e.getCause(), e);
    } catch (TimeoutException e) {
      throw new IOException("the coordinator did not answer for " + STALL_SECONDS + " s", e);
    } finally {
      if (!upload.stored.isDone()) {
        upload.call().cancel("given up", null);
      }
    }
  }

  @Override
  public void get(BlobKind kind, String sha256, OutputStream to) throws IOException {
    var download = new Download(to);
    stubs
        .get(preferred)
        .getBlob(GetBlobRequest.newBuilder().setKind(kind).setSha256(sha256).build(), download);
    try {
      while (!download.done.isDone()) {
        long before = download.received;
        try {
          download.done.get(STALL_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
          if (download.received == before) {
            throw new IOException("the coordinator sent nothing for " + STALL_SECONDS + " s", e);
          }
        }
      }
      download.done.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } catch (ExecutionException e) {
      throw new IOException(String.valueOf(e.getCause()), e);
    } finally {
      download.cancelUnlessDone();
    }
  }

  private static final class Upload implements ClientResponseObserver<BlobChunk, BlobRef> {
    final CompletableFuture<BlobRef> stored = new CompletableFuture<>();
    private final Semaphore ready = new Semaphore(0);
    private @Nullable ClientCallStreamObserver<BlobChunk> call;

    ClientCallStreamObserver<BlobChunk> call() {
      if (call == null) {
        throw new IllegalStateException("not started");
      }
      return call;
    }

    void send(BlobChunk chunk) throws IOException, InterruptedException {
      while (!call().isReady()) {
        if (stored.isDone()) {
          return; // its answer, or its failure, is there already
        }
        if (!ready.tryAcquire(STALL_SECONDS, TimeUnit.SECONDS)) {
          throw new IOException("the coordinator took nothing for " + STALL_SECONDS + " s");
        }
      }
      if (!stored.isDone()) {
        call().onNext(chunk);
      }
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<BlobChunk> started) {
      call = started;
      started.setOnReadyHandler(ready::release);
    }

    @Override
    public void onNext(BlobRef ref) {
      stored.complete(ref);
    }

    @Override
    public void onError(Throwable error) {
      stored.completeExceptionally(error);
      ready.release();
    }

    @Override
    public void onCompleted() {
      stored.completeExceptionally(new IOException("the coordinator answered nothing"));
      ready.release();
    }
  }

  private static final class Download implements ClientResponseObserver<GetBlobRequest, BlobChunk> {
    final CompletableFuture<Boolean> done = new CompletableFuture<>();
    // Written by gRPC's thread alone.
    private volatile long received;
    private final OutputStream to;
    private @Nullable ClientCallStreamObserver<GetBlobRequest> call;

    Download(OutputStream to) {
      this.to = to;
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<GetBlobRequest> started) {
      call = started;
    }

    @Override
    public void onNext(BlobChunk chunk) {
      try {
        chunk.getData().writeTo(to);
        long before = received;
        received = before + chunk.getData().size();
      } catch (IOException e) {
        done.completeExceptionally(e);
        cancelUnlessDone();
      }
    }

    @Override
    public void onError(Throwable error) {
      done.completeExceptionally(error);
    }

    @Override
    public void onCompleted() {
      done.complete(true);
    }

    void cancelUnlessDone() {
      if (call != null && (!done.isDone() || done.isCompletedExceptionally())) {
        call.cancel("given up", null);
      }
    }
  }
}
