package dev.caviar.coordinator.api;

import dev.caviar.coordinator.store.BlobStore;
import dev.caviar.proto.v1.BlobChunk;
import dev.caviar.proto.v1.BlobKind;
import dev.caviar.proto.v1.BlobRef;
import dev.caviar.proto.v1.DataServiceGrpc.DataServiceImplBase;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.util.EnumSet;

/** DataService of sweep.proto: files of data sets, stored by their hash. */
final class DataEndpoint extends DataServiceImplBase {
  private final ActiveCoordinator active;
  private final BlobTransfers blobs;

  DataEndpoint(ActiveCoordinator active, BlobStore store, long mostBytes) {
    this.active = active;
    this.blobs = new BlobTransfers(store, mostBytes);
  }

  @Override
  public StreamObserver<BlobChunk> putData(StreamObserver<BlobRef> observer) {
    try {
      active.get();
    } catch (StatusRuntimeException standby) {
      observer.onError(standby);
      return BlobTransfers.deaf();
    }
    return blobs.put(EnumSet.of(BlobKind.DATA), observer);
  }
}
