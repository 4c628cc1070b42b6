package dev.caviar.cli.cluster;

import dev.caviar.coordinator.api.Certificates;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** What Java's own HTTP client needs to believe a coordinator. */
final class Trust {
  private Trust() {}

  static SSLContext in(Path folder) {
    try (InputStream in = Files.newInputStream(folder.resolve(Certificates.AUTHORITY))) {
      KeyStore known = KeyStore.getInstance(KeyStore.getDefaultType());
      known.load(null);
      known.setCertificateEntry(
          "authority", CertificateFactory.getInstance("X.509").generateCertificate(in));
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(known);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (IOException | GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }
}
