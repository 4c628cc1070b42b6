package dev.caviar.coordinator.store;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A JVM of its own, to be killed. */
final class OtherProcess implements AutoCloseable {
  private final Process process;
  private final BufferedReader out;

  private OtherProcess(Process process) {
    this.process = process;
    this.out = process.inputReader();
  }

  static OtherProcess start(Class<?> main, String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
    command.addAll(List.of(arguments));
    return new OtherProcess(new ProcessBuilder(command).redirectError(Redirect.INHERIT).start());
  }

  /** The next line that it printed; null when it has ended. */
  @Nullable String line() throws IOException {
    return out.readLine();
  }

  /** As kill -9 does; returns the lines that it had printed until then and were not read. */
  List<String> kill() throws IOException, InterruptedException {
    // The process's own method would close its output too.
    process.toHandle().destroyForcibly();
    List<String> rest = out.lines().toList();
    process.waitFor(30, TimeUnit.SECONDS);
    return rest;
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly();
    out.close();
  }
}
