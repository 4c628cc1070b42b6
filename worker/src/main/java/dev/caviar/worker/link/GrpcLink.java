package dev.caviar.worker.link;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.Behaviors;
import com.linecorp.armeria.client.ClientFactory;
import com.linecorp.armeria.client.ClientFactoryBuilder;
import com.linecorp.armeria.client.grpc.GrpcClients;
import com.linecorp.armeria.common.TlsKeyPair;
import dev.caviar.proto.v1.CoordinatorMessage;
import dev.caviar.proto.v1.WorkerMessage;
import dev.caviar.proto.v1.WorkerServiceGrpc.WorkerServiceStub;
import dev.caviar.worker.BlobTransfer;
import dev.caviar.worker.CoordinatorLink;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * WorkerService of cluster.proto, spoken to one coordinator after the other: each new link tries
 * the next, since the one before has gone or only stands by.
 */
public final class GrpcLink implements CoordinatorLink {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(3);

  /**
   * How often the link's connection is pinged; it is given up when a ping has no answer by the time
   * of the next. So a network that swallows everything is noticed within twice this time, and the
   * next link does not go over the same dead connection.
   */
  private static final Duration PING = Duration.ofSeconds(3);

  /** Blobs fill their connection, so that a ping may well wait behind them. */
  private static final Duration BLOB_PING = Duration.ofSeconds(20);

  private static final Duration BLOB_IDLE = Duration.ofSeconds(60);

  /** Tells the uplink's actor that there is nobody to write to any more. */
  private static final WorkerMessage END = WorkerMessage.getDefaultInstance();

  private final ActorSystem<?> system;
  private final ClientFactory connections;
  // Of their own: while a disk is slow to take a blob, its connection stands still, and heartbeats
  // must not stand behind it.
  private final ClientFactory blobConnections;
  private final List<String> addresses;
  private final List<WorkerServiceStub> stubs;
  private final GrpcBlobs blobs;
  private int next;
  private @Nullable Stream present;

  /**
   * @param system has the actors at the stream's end
   */
  public GrpcLink(LinkSettings settings, ActorSystem<?> system) {
    this.system = system;
    this.addresses = settings.coordinators();
    this.connections = connections(settings.tls()).pingInterval(PING).build();
    this.blobConnections =
        connections(settings.tls()).idleTimeout(BLOB_IDLE).pingInterval(BLOB_PING).build();
    this.stubs = stubs(settings, connections);
    this.blobs = new GrpcBlobs(stubs(settings, blobConnections));
  }

  private static ClientFactoryBuilder connections(LinkSettings.@Nullable Tls tls) {
    ClientFactoryBuilder connections = ClientFactory.builder().connectTimeout(CONNECT_TIMEOUT);
    if (tls != null) {
      connections.tls(TlsKeyPair.of(tls.key().toFile(), tls.certificate().toFile()));
      connections.tlsCustomizer(context -> context.trustManager(tls.authority().toFile()));
    }
    return connections;
  }

  private static List<WorkerServiceStub> stubs(LinkSettings settings, ClientFactory factory) {
    String scheme = settings.tls() == null ? "gproto+http://" : "gproto+https://";
    return settings.coordinators().stream()
        .map(
            address ->
                GrpcClients.builder(scheme + address + "/")
                    .factory(factory)
                    // The stream lasts as long as the worker, and blobs take what they take.
                    .responseTimeout(Duration.ZERO)
                    .writeTimeout(Duration.ZERO)
                    .maxResponseLength(0)
                    .build(WorkerServiceStub.class))
        .toList();
  }

  @Override
  public synchronized void open(ActorRef<Event> worker) {
    int index = next++ % stubs.size();
    blobs.prefer(index);
    Stream stream = new Stream(addresses.get(index), worker);
    present = stream;
    var _ = stubs.get(index).work(stream);
  }

  @Override
  public synchronized void close() {
    if (present != null) {
      present.cancel();
      present = null;
    }
  }

  /** Ends the link and all connections. */
  public void shutDown() {
    close();
    connections.close();
    blobConnections.close();
  }

  @Override
  public BlobTransfer blobs() {
    return blobs;
  }

  /** One link's life. gRPC calls it from one thread at a time. */
  private final class Stream implements ClientResponseObserver<WorkerMessage, CoordinatorMessage> {
    private final String address;
    private final ActorRef<Event> worker;
    private @Nullable ClientCallStreamObserver<WorkerMessage> call;
    private @Nullable ActorRef<WorkerMessage> uplink;
    private volatile boolean cancelled;

    Stream(String address, ActorRef<Event> worker) {
      this.address = address;
      this.worker = worker;
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<WorkerMessage> started) {
      call = started;
      uplink = system.systemActorOf(writer(started), "uplink-" + System.nanoTime(), Props.empty());
      worker.tell(new Opened(uplink));
    }

    @Override
    public void onNext(CoordinatorMessage message) {
      if (!cancelled) {
        worker.tell(new Received(message));
      }
    }

    @Override
    public void onError(Throwable error) {
      Status status = Status.fromThrowable(error);
      String why = status.getDescription() == null ? cause(error) : status.getDescription();
      end(address + " " + status.getCode() + ": " + why);
    }

    /** The innermost: why there was no connection, or not of this kind. */
    private static String cause(Throwable error) {
      Throwable innermost = error;
      while (innermost.getCause() != null) {
        innermost = innermost.getCause();
      }
      return innermost.toString();
    }

    @Override
    public void onCompleted() {
      end(address + " ended it");
    }

    void cancel() {
      cancelled = true;
      if (call != null) {
        call.cancel("the worker ended it", null);
      }
      stopWriter();
    }

    private void end(String reason) {
      stopWriter();
      if (!cancelled) {
        worker.tell(new Closed(reason));
      }
    }

    private void stopWriter() {
      if (uplink != null) {
        uplink.tell(END);
      }
    }
  }

  /** One actor writes, so that messages keep their order whoever sends them. */
  private static Behavior<WorkerMessage> writer(ClientCallStreamObserver<WorkerMessage> call) {
    return Behaviors.receive(
        (context, message) -> {
          if (message.getMessageCase() == WorkerMessage.MessageCase.MESSAGE_NOT_SET) {
            return Behaviors.stopped();
          }
          try {
            call.onNext(message);
          } catch (IllegalStateException e) {
            // The stream has ended; whoever reads it says so.
            context.getLog().debug("Not sent: {}", e.getMessage());
            return Behaviors.stopped();
          }
          return Behaviors.same();
        });
  }
}
