package dev.caviar.coordinator.api;

import com.linecorp.armeria.client.ClientFactory;
import com.linecorp.armeria.client.grpc.GrpcClients;
import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.grpc.GrpcService;
import io.grpc.BindableService;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;

/** One endpoint alone on a port of loopback, as {@link ApiServer} has it. */
final class EndpointServer implements AutoCloseable {
  private final Server server;
  // Of its own, so that one test's connection is not another's.
  private final ClientFactory connections = ClientFactory.builder().build();

  EndpointServer(BindableService endpoint) {
    server =
        Server.builder()
            .http(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .requestTimeout(Duration.ZERO)
            .maxRequestLength(0)
            .gracefulShutdownTimeout(Duration.ZERO, Duration.ZERO)
            .service(
                GrpcService.builder()
                    .addService(endpoint)
                    .maxRequestMessageLength(ApiServer.MOST_MESSAGE_BYTES)
                    .build())
            .build();
    server.start().join();
  }

  <S> S client(Class<S> stub) {
    return GrpcClients.builder("gproto+http://127.0.0.1:" + server.activeLocalPort() + "/")
        .factory(connections)
        .responseTimeout(Duration.ZERO)
        .writeTimeout(Duration.ZERO)
        .maxResponseLength(0)
        .build(stub);
  }

  @Override
  public void close() {
    // Netty takes two seconds to end its threads; the tests need not wait for them.
    var _ = connections.closeAsync();
    var _ = server.stop();
  }
}
