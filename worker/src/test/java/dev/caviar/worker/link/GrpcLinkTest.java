package dev.caviar.worker.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import com.google.protobuf.ByteString;
import dev.caviar.proto.v1.BlobChunk;
import dev.caviar.proto.v1.BlobKind;
import dev.caviar.proto.v1.Lease;
import dev.caviar.proto.v1.TrialReport;
import dev.caviar.proto.v1.WorkerMessage;
import dev.caviar.worker.BlobTransfer;
import dev.caviar.worker.CoordinatorLink;
import dev.caviar.worker.CoordinatorLink.Closed;
import dev.caviar.worker.CoordinatorLink.Opened;
import dev.caviar.worker.CoordinatorLink.Received;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A worker's end of the network, against a real port. */
@NullUnmarked
class GrpcLinkTest {
  private final ActorTestKit akka = ActorTestKit.create();
  private final TestProbe<CoordinatorLink.Event> worker =
      akka.createTestProbe(CoordinatorLink.Event.class);
  private GrpcLink link;

  @AfterEach
  void end() {
    if (link != null) {
      link.shutDown();
    }
    akka.shutdownTestKit();
  }

  private void linkTo(String... coordinators) {
    link = new GrpcLink(new LinkSettings(List.of(coordinators), null), akka.system());
  }

  private ActorRef<WorkerMessage> open() {
    link.open(worker.ref());
    return worker.expectMessageClass(Opened.class, Duration.ofSeconds(10)).coordinator();
  }

  private static WorkerMessage report(int trial) {
    return WorkerMessage.newBuilder()
        .setTrialReport(TrialReport.newBuilder().setLease(Lease.newBuilder().setTrial(trial)))
        .build();
  }

  private void expectAnswer(int trial) {
    var received = worker.expectMessageClass(Received.class, Duration.ofSeconds(10));
    assertThat(received.message().getLeaseVoid().getLease().getTrial()).isEqualTo(trial);
  }

  @Test
  void messagesKeepTheirOrderInBothDirections() {
    try (var coordinator = ScriptedCoordinator.willing()) {
      linkTo(coordinator.address());
      ActorRef<WorkerMessage> uplink = open();
      for (int i = 0; i < 2_000; i++) {
        uplink.tell(report(i));
      }
      for (int i = 0; i < 2_000; i++) {
        expectAnswer(i);
      }
    }
  }

  @Test
  void eachLinkTriesTheNextCoordinatorAndSaysWhyTheLastRefused() throws Exception {
    Status standby =
        Status.FAILED_PRECONDITION.withDescription(
            "this coordinator stands by; the active one is b:7070");
    try (var first = ScriptedCoordinator.refusing(standby);
        var second = ScriptedCoordinator.willing()) {
      int nobody;
      try (var reserved = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        nobody = reserved.getLocalPort();
      }
      linkTo(first.address(), "127.0.0.1:" + nobody, second.address());

      open();
      assertThat(worker.expectMessageClass(Closed.class, Duration.ofSeconds(10)).reason())
          .isEqualTo(
              first.address()
                  + " FAILED_PRECONDITION: this coordinator stands by; the active one is b:7070");
      open();
      assertThat(worker.expectMessageClass(Closed.class, Duration.ofSeconds(10)).reason())
          .startsWith("127.0.0.1:" + nobody + " UNAVAILABLE")
          .contains("Connection refused");
      open().tell(report(7));
      expectAnswer(7);
      assertThatThrownBy(
              () -> link.blobs().get(BlobKind.DATA, "abc", OutputStream.nullOutputStream()))
          .isInstanceOf(BlobTransfer.NoSuchBlobException.class)
          .hasMessageContaining("NOT_FOUND");
    }
  }

  @Test
  void aNetworkThatSwallowsEverythingIsNoticedAndNotUsedAgain() throws Exception {
    try (var coordinator = ScriptedCoordinator.willing();
        var wire = new Wire(coordinator.port())) {
      linkTo(wire.address());
      ActorRef<WorkerMessage> uplink = open();
      uplink.tell(report(1));
      expectAnswer(1);

      wire.swallow();
      long cut = System.nanoTime();
      uplink.tell(report(2));
      assertThat(worker.expectMessageClass(Closed.class, Duration.ofSeconds(20)).reason())
          .startsWith(wire.address());
      assertThat(Duration.ofNanos(System.nanoTime() - cut)).isLessThan(Duration.ofSeconds(10));

      open().tell(report(3));
      expectAnswer(3);
      assertThat(wire.connections()).isEqualTo(2);
    }
  }

  @Test
  void aCoordinatorThatTakesNoBlobsHoldsUpNoMessagesAndFillsNoMemory() throws Exception {
    try (var coordinator = ScriptedCoordinator.willing()) {
      linkTo(coordinator.address());
      ActorRef<WorkerMessage> uplink = open();
      var read = new AtomicLong();
      Thread sender =
          Thread.startVirtualThread(
              () -> {
                try {
                  link.blobs().put(BlobKind.CHECKPOINT, new Endless(read));
                } catch (IOException interrupted) {
                  // As meant.
                }
              });
      long before;
      do {
        before = read.get();
        Thread.sleep(500);
      } while (read.get() == 0 || read.get() != before);
      assertThat(read.get()).isLessThan(8 << 20);

      // Longer than the link's pings need to find a connection dead.
      for (int i = 0; i < 8; i++) {
        uplink.tell(report(i));
        expectAnswer(i);
        Thread.sleep(1_000);
      }
      sender.interrupt();
      sender.join();
    }
  }

  @Test
  void aSlowDiskIsSentNoMoreThanItTakes() throws Exception {
    var sent = new AtomicLong();
    try (var coordinator =
        ScriptedCoordinator.sending(
            (request, observer) -> {
              var call = (ServerCallStreamObserver<BlobChunk>) observer;
              BlobChunk chunk =
                  BlobChunk.newBuilder().setData(ByteString.copyFrom(new byte[1 << 18])).build();
              call.setOnReadyHandler(
                  () -> {
                    while (call.isReady()) {
                      call.onNext(chunk);
                      sent.addAndGet(chunk.getData().size());
                    }
                  });
            })) {
      linkTo(coordinator.address());
      open();
      var disk = new CountDownLatch(1);
      Thread receiver =
          Thread.startVirtualThread(
              () -> {
                try {
                  link.blobs().get(BlobKind.DATA, "abc", new Blocked(disk));
                } catch (IOException interrupted) {
                  // As meant.
                }
              });
      long before;
      do {
        before = sent.get();
        Thread.sleep(500);
      } while (sent.get() == 0 || sent.get() != before);
      assertThat(sent.get()).isLessThan(8 << 20);
      receiver.interrupt();
      receiver.join();
    }
  }

  /** Bytes without an end. */
  private static final class Endless extends InputStream {
    private final AtomicLong read;

    Endless(AtomicLong read) {
      this.read = read;
    }

    @Override
    public int read() {
      read.incrementAndGet();
      return 1;
    }

    @Override
    public int read(byte[] to, int from, int length) {
      read.addAndGet(length);
      return length;
    }
  }

  /** A disk that takes nothing until it is told to. */
  private static final class Blocked extends OutputStream {
    private final CountDownLatch free;

    Blocked(CountDownLatch free) {
      this.free = free;
    }

    @Override
    public void write(int one) throws IOException {
      try {
        free.await();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
    }
  }
}
