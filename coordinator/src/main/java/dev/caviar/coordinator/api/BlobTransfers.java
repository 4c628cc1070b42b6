package dev.caviar.coordinator.api;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.caviar.coordinator.store.BlobStore;
import dev.caviar.proto.v1.BlobChunk;
import dev.caviar.proto.v1.BlobKind;
import dev.caviar.proto.v1.BlobRef;
import dev.caviar.proto.v1.GetBlobRequest;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Blobs between a stream and the store, chunk by chunk: no more of one than a few chunks is ever in
 * memory. Each transfer has a virtual thread, because the store blocks.
 */
final class BlobTransfers {
  private static final int CHUNK = 256 * 1024;
  private static final long STALL_SECONDS = 30;

  private final BlobStore store;
  private final long mostBytes;

  BlobTransfers(BlobStore store, long mostBytes) {
    this.store = store;
    this.mostBytes = mostBytes;
  }

  StreamObserver<BlobChunk> put(Set<BlobKind> allowed, StreamObserver<BlobRef> observer) {
    return new Upload(allowed, (ServerCallStreamObserver<BlobRef>) observer);
  }

  void get(GetBlobRequest request, StreamObserver<BlobChunk> observer) {
    get(CompletableFuture.completedFuture(request), observer);
  }

  /** Of a blob that is known only later. */
  void get(CompletionStage<GetBlobRequest> request, StreamObserver<BlobChunk> observer) {
    var call = (ServerCallStreamObserver<BlobChunk>) observer;
    var ready = new Semaphore(0);
    call.setOnReadyHandler(ready::release);
    call.setOnCancelHandler(ready::release);
    request.whenComplete(
        (known, failure) -> {
          if (failure != null) {
            fail(call, failure);
          } else {
            Thread.startVirtualThread(() -> send(known, call, ready));
          }
        });
  }

  private void send(
      GetBlobRequest request, ServerCallStreamObserver<BlobChunk> call, Semaphore ready) {
    try (InputStream bytes = store.open(request.getKind(), request.getSha256())) {
      send(bytes, call, ready);
    } catch (IOException | RuntimeException e) {
      fail(call, e);
    }
  }

  private static void send(
      InputStream bytes, ServerCallStreamObserver<BlobChunk> call, Semaphore ready)
      throws IOException {
    while (true) {
      byte[] chunk = bytes.readNBytes(CHUNK);
      if (chunk.length == 0) {
        call.onCompleted();
        return;
      }
      while (!call.isReady()) {
        if (call.isCancelled() || !acquire(ready)) {
          throw Status.CANCELLED.withDescription("nobody takes it").asRuntimeException();
        }
      }
      call.onNext(BlobChunk.newBuilder().setData(UnsafeByteOperations.unsafeWrap(chunk)).build());
    }
  }

  private static boolean acquire(Semaphore ready) throws InterruptedIOException {
    try {
      return ready.tryAcquire(STALL_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException();
    }
  }

  private static void fail(ServerCallStreamObserver<?> call, Throwable failure) {
    if (!call.isCancelled()) {
      call.onError(Failures.status(failure));
    }
  }

  /** Takes nothing: the end of a stream that was refused. */
  static StreamObserver<BlobChunk> deaf() {
    return new StreamObserver<>() {
      @Override
      public void onNext(BlobChunk chunk) {}

      @Override
      public void onError(Throwable error) {}

      @Override
      public void onCompleted() {}
    };
  }

  private final class Upload implements StreamObserver<BlobChunk> {
    private final Set<BlobKind> allowed;
    private final ServerCallStreamObserver<BlobRef> call;
    private final Chunks chunks;
    private @Nullable BlobKind kind;
    private boolean refused;

    Upload(Set<BlobKind> allowed, ServerCallStreamObserver<BlobRef> call) {
      this.allowed = allowed;
      this.call = call;
      this.chunks = new Chunks(call);
      call.setOnCancelHandler(() -> chunks.fail(new IOException("the sender has gone")));
    }

    @Override
    public void onNext(BlobChunk chunk) {
      if (refused) {
        return; // it was on its way
      }
      if (kind == null) {
        BlobKind first = chunk.getKind();
        if (!allowed.contains(first)) {
          refuse("the first chunk of a blob sent here says its kind, one of " + allowed);
          return;
        }
        kind = first;
        Thread.startVirtualThread(() -> store(first));
      }
      chunks.add(chunk.getData());
    }

    private void store(BlobKind first) {
      try {
        BlobRef stored = store.put(first, chunks, mostBytes);
        call.onNext(stored);
        call.onCompleted();
      } catch (IOException | RuntimeException e) {
        BlobTransfers.fail(call, e);
      }
    }

    @Override
    public void onError(Throwable error) {
      chunks.fail(new IOException("the sender has gone", error));
    }

    @Override
    public void onCompleted() {
      if (kind == null && !refused) {
        refuse("a blob has at least one chunk, which says its kind");
      }
      chunks.end();
    }

    private void refuse(String why) {
      refused = true;
      call.onError(Status.INVALID_ARGUMENT.withDescription(why).asRuntimeException());
    }
  }

  /** What a stream brings, read as bytes; the stream goes on only as it is read. */
  private static final class Chunks extends InputStream {
    private final ServerCallStreamObserver<?> call;
    private final BlockingQueue<Optional<ByteString>> queue = new LinkedBlockingQueue<>();
    private volatile @Nullable IOException failure;
    private @Nullable InputStream present;
    private boolean ended;

    Chunks(ServerCallStreamObserver<?> call) {
      this.call = call;
      call.disableAutoRequest();
      call.request(2);
    }

    void add(ByteString data) {
      queue.add(Optional.of(data));
    }

    void end() {
      queue.add(Optional.empty());
    }

    void fail(IOException why) {
      failure = why;
      queue.add(Optional.empty());
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] to, int from, int length) throws IOException {
      while (!ended) {
        if (present != null) {
          int n = present.read(to, from, length);
          if (n >= 0) {
            return n;
          }
          present = null;
          call.request(1);
        }
        Optional<ByteString> data = take();
        if (data.isEmpty()) {
          ended = true;
        } else {
          present = data.get().newInput();
        }
      }
      if (failure != null) {
        throw failure;
      }
      return -1;
    }

    private Optional<ByteString> take() throws IOException {
      try {
        Optional<ByteString> data = queue.poll(STALL_SECONDS, TimeUnit.SECONDS);
        if (data == null) {
          throw new IOException("the sender sent nothing for " + STALL_SECONDS + " s");
        }
        return data;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException();
      }
    }
  }
}
