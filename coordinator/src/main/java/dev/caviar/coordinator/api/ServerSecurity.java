package dev.caviar.coordinator.api;

import com.linecorp.armeria.common.TlsKeyPair;
import com.linecorp.armeria.server.ServerBuilder;
import java.net.InetAddress;
import java.net.UnknownHostException;

/** Who is let in. */
final class ServerSecurity {
  private final ApiSettings settings;

  private ServerSecurity(ApiSettings settings) {
    this.settings = settings;
  }

  /**
   * @throws IllegalArgumentException if the port would be open to a network without TLS and tokens,
   *     and nobody said that it shall be
   */
  static ServerSecurity of(ApiSettings settings) {
    boolean secured = settings.tls() != null && settings.tokensFile() != null;
    if (!secured && !settings.insecure() && !isLoopback(settings.bind())) {
      throw new IllegalArgumentException(
          "listening on "
              + settings.bind()
              + ", beyond this machine, needs TLS and a tokens file (`caviar certs init` makes"
              + " them for trying out), or --insecure where the network is trusted");
    }
    return new ServerSecurity(settings);
  }

  private static boolean isLoopback(String bind) {
    try {
      return InetAddress.getByName(bind).isLoopbackAddress();
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("there is no address " + bind + " to listen on", e);
    }
  }

  void apply(ServerBuilder builder) {
    ApiSettings.Tls tls = settings.tls();
    if (tls != null) {
      builder.tls(TlsKeyPair.of(tls.key().toFile(), tls.certificate().toFile()));
    }
  }
}
