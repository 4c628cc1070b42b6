package dev.caviar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands that make and run the parts of a cluster, as far as they end by themselves. */
@NullUnmarked
class NodeCommandsTest {
  @TempDir Path folder;

  @Test
  void makesCertificatesOnce() {
    Path certs = folder.resolve("certs");

    Outcome first = Outcome.of("certs", "init", certs.toString(), "--host", "tuner.example.org");
    assertThat(first.exitCode()).as(first.err()).isZero();
    assertThat(first.out().lines())
        .hasSize(9)
        .contains(certs.resolve("ca.pem").toString(), certs.resolve("operator-token").toString())
        .allMatch(file -> Files.exists(Path.of(file)));

    Outcome second = Outcome.of("certs", "init", certs.toString());
    assertThat(second.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(second.err())
        .contains("ca.pem is there already; a set that is in use is not overwritten");
  }

  @Test
  void aHostThatIsNoneIsAWrongOption() {
    Outcome outcome = Outcome.of("certs", "init", folder.toString(), "--host", "tuner:7070");

    assertThat(outcome.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(outcome.err()).contains("--host: 'tuner:7070' is neither a host's name nor");
  }

  @Test
  void aCoordinatorOpenToANetworkDoesNotStart() {
    Outcome outcome =
        Outcome.of(
            "coordinator", "--bind", "0.0.0.0", "--store", folder.resolve("store").toString());

    assertThat(outcome.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(outcome.err())
        .startsWith("The coordinator cannot start: listening on 0.0.0.0, beyond this machine");
  }

  @Test
  void aPortThatIsTakenIsSaidSo() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Outcome outcome =
          Outcome.of(
              "coordinator",
              "--port",
              String.valueOf(taken.getLocalPort()),
              "--store",
              folder.resolve("store").toString());

      assertThat(outcome.exitCode()).isEqualTo(ExitCode.FAILED);
      assertThat(outcome.err()).startsWith("The coordinator cannot start:").contains("in use");
    }
  }

  @Test
  void aWorkerOfUnknownArithmeticDoesNotStart() {
    Outcome outcome = Outcome.of("worker", "--backend", "abacus", "--slots", "1");

    assertThat(outcome.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(outcome.err()).contains("--backend").contains("abacus");
  }
}
