package dev.caviar.worker.link;

import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.grpc.GrpcService;
import dev.caviar.proto.v1.BlobChunk;
import dev.caviar.proto.v1.BlobRef;
import dev.caviar.proto.v1.CoordinatorMessage;
import dev.caviar.proto.v1.GetBlobRequest;
import dev.caviar.proto.v1.LeaseVoid;
import dev.caviar.proto.v1.WorkerMessage;
import dev.caviar.proto.v1.WorkerServiceGrpc.WorkerServiceImplBase;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A coordinator's port with a script behind it: each TrialReport is answered by LeaseVoid of the
 * same lease, blobs are never read, and a refusal ends every stream.
 */
final class ScriptedCoordinator extends WorkerServiceImplBase implements AutoCloseable {
  private final Server server;
  private final @Nullable Status refusal;
  private final BiConsumer<GetBlobRequest, StreamObserver<BlobChunk>> blobs;

  private ScriptedCoordinator(
      @Nullable Status refusal, BiConsumer<GetBlobRequest, StreamObserver<BlobChunk>> blobs) {
    this.refusal = refusal;
    this.blobs = blobs;
    this.server =
        Server.builder()
            .http(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .requestTimeout(Duration.ZERO)
            .maxRequestLength(0)
            .gracefulShutdownTimeout(Duration.ZERO, Duration.ZERO)
            .service(GrpcService.builder().addService(this).build())
            .build();
    server.start().join();
  }

  static ScriptedCoordinator willing() {
    return new ScriptedCoordinator(
        null, (request, chunks) -> chunks.onError(Status.NOT_FOUND.asRuntimeException()));
  }

  static ScriptedCoordinator refusing(Status refusal) {
    return new ScriptedCoordinator(
        refusal, (request, chunks) -> chunks.onError(refusal.asRuntimeException()));
  }

  static ScriptedCoordinator sending(BiConsumer<GetBlobRequest, StreamObserver<BlobChunk>> blobs) {
    return new ScriptedCoordinator(null, blobs);
  }

  int port() {
    return server.activeLocalPort();
  }

  String address() {
    return "127.0.0.1:" + port();
  }

  @Override
  public StreamObserver<WorkerMessage> work(StreamObserver<CoordinatorMessage> down) {
    if (refusal != null) {
      down.onError(refusal.asRuntimeException());
    }
    return new StreamObserver<>() {
      @Override
      public void onNext(WorkerMessage message) {
        if (refusal == null && message.hasTrialReport()) {
          down.onNext(
              CoordinatorMessage.newBuilder()
                  .setLeaseVoid(
                      LeaseVoid.newBuilder().setLease(message.getTrialReport().getLease()))
                  .build());
        }
      }

      @Override
      public void onError(Throwable error) {}

      @Override
      public void onCompleted() {
        if (refusal == null) {
          down.onCompleted();
        }
      }
    };
  }

  @Override
  public StreamObserver<BlobChunk> putBlob(StreamObserver<BlobRef> answer) {
    if (refusal != null) {
      answer.onError(refusal.asRuntimeException());
    } else {
      ((ServerCallStreamObserver<BlobRef>) answer).disableAutoRequest();
    }
    return new StreamObserver<>() {
      @Override
      public void onNext(BlobChunk chunk) {}

      @Override
      public void onError(Throwable error) {}

      @Override
      public void onCompleted() {}
    };
  }

  @Override
  public void getBlob(GetBlobRequest request, StreamObserver<BlobChunk> chunks) {
    blobs.accept(request, chunks);
  }

  @Override
  public void close() {
    // Netty takes two seconds to end its threads; the tests need not wait for them.
    var _ = server.stop();
  }
}
