package dev.caviar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.NullUnmarked;

/** Ctrl-C for a process that a test started. */
@NullUnmarked
final class Interrupts {
  private Interrupts() {}

  /**
   * Sends SIGINT; or SIGTERM, which Caviar takes for the same, where the tests run in a shell's
   * background: there SIGINT is ignored, and a JVM goes on ignoring it.
   */
  static void interrupt(Process process) throws IOException, InterruptedException {
    String name = isIgnored() ? "TERM" : "INT";
    Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start();
    assertThat(kill.waitFor()).isZero();
  }

  private static boolean isIgnored() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (!Files.isReadable(status)) {
      return false;
    }
    // This JVM handles SIGINT or has found it ignored; a bit mask in which signal 1 is bit 0.
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith("SigIgn:"))
        .anyMatch(line -> (Long.parseUnsignedLong(line.substring(7).strip(), 16) & 2) != 0);
  }
}
