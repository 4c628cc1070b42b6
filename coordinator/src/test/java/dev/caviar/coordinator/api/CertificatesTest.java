package dev.caviar.coordinator.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyFactory;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@NullUnmarked
class CertificatesTest {
  private static final String SERVER = "1.3.6.1.5.5.7.3.1";
  private static final String CLIENT = "1.3.6.1.5.5.7.3.2";

  @TempDir Path folder;

  private X509Certificate read(String name) throws IOException, CertificateException {
    try (InputStream in = Files.newInputStream(folder.resolve(name))) {
      return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
    }
  }

  @Test
  void theAuthoritySignsAll() throws Exception {
    Certificates.create(folder, List.of("tuner.example.org", "10.0.0.7", "::1"));
    X509Certificate authority = read(Certificates.AUTHORITY);
    X509Certificate coordinator = read(Certificates.COORDINATOR);
    X509Certificate worker = read(Certificates.WORKER);

    authority.verify(authority.getPublicKey());
    coordinator.verify(authority.getPublicKey());
    worker.verify(authority.getPublicKey());
    assertThat(authority.getBasicConstraints()).isZero();
    assertThat(coordinator.getBasicConstraints()).isEqualTo(-1);
    assertThat(coordinator.getExtendedKeyUsage()).containsExactlyInAnyOrder(SERVER, CLIENT);
    assertThat(worker.getExtendedKeyUsage()).containsExactly(CLIENT);
    assertThat(coordinator.getSubjectAlternativeNames())
        .extracting(name -> String.valueOf(name.get(1)))
        .containsExactly(
            "tuner.example.org", "10.0.0.7", "0:0:0:0:0:0:0:1", "localhost", "127.0.0.1");
    assertThat(worker.getSubjectAlternativeNames()).isNull();
    assertThat(Duration.between(Instant.now(), worker.getNotAfter().toInstant()))
        .isBetween(Duration.ofDays(364), Duration.ofDays(366));
  }

  @Test
  void keysAreInPkcs8AndBelongToTheirCertificates() throws Exception {
    Certificates.create(folder, List.of());
    String pem = Files.readString(folder.resolve(Certificates.WORKER_KEY));
    assertThat(pem).startsWith("-----BEGIN PRIVATE KEY-----");
    byte[] bytes = Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
    var key = KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(bytes));
    byte[] text = {1, 2, 3};
    var signature = java.security.Signature.getInstance("SHA256withECDSA");
    signature.initSign(key);
    signature.update(text);
    byte[] signed = signature.sign();
    signature.initVerify(read(Certificates.WORKER));
    signature.update(text);
    assertThat(signature.verify(signed)).isTrue();
  }

  @Test
  void coordinatorsKnowTheTokensThatClientsAreGiven() throws Exception {
    Certificates.create(folder, List.of());
    Tokens tokens = Tokens.read(folder.resolve(Certificates.TOKENS));

    assertThat(tokens.role(Files.readString(folder.resolve(Certificates.OPERATOR_TOKEN)).strip()))
        .isEqualTo(Tokens.Role.OPERATOR);
    assertThat(tokens.role(Files.readString(folder.resolve(Certificates.VIEWER_TOKEN)).strip()))
        .isEqualTo(Tokens.Role.VIEWER);
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void whatIsSecretIsItsOwnersAlone() throws Exception {
    Certificates.create(folder, List.of());

    for (String name : List.of("ca-key.pem", "coordinator-key.pem", "worker-key.pem", "tokens")) {
      assertThat(Files.getPosixFilePermissions(folder.resolve(name)))
          .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    }
    assertThat(Files.getPosixFilePermissions(folder.resolve("operator-token")))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
  }

  @Test
  void nothingIsOverwritten() throws Exception {
    Files.writeString(folder.resolve(Certificates.WORKER), "mine");

    assertThatThrownBy(() -> Certificates.create(folder, List.of()))
        .isInstanceOf(FileAlreadyExistsException.class)
        .hasMessageContaining("worker.pem")
        .hasMessageContaining("is not overwritten: choose another folder");
    try (var files = Files.list(folder)) {
      assertThat(files).hasSize(1);
    }
  }

  @Test
  void whatIsNoHostIsRefusedBeforeAnythingIsMade() throws Exception {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Certificates.create(folder, List.of("host:7070")))
        .withMessage(
            "'host:7070' is neither a host's name nor an address, which go without a port");
    try (var files = Files.list(folder)) {
      assertThat(files).isEmpty();
    }
  }
}
