package dev.caviar.cli.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A coordinator or a worker as a process of its own, which can be killed, suspended and started
 * again like any other. Its log lines are appended to a file.
 */
public final class CaviarProcess implements AutoCloseable {
  private final String name;
  private final List<String> command;
  private final Map<String, String> environment;
  private final Path log;
  private @Nullable Process process;

  public CaviarProcess(
      String name, String mainClass, Map<String, String> environment, Path folder) {
    this.name = name;
    this.environment = environment;
    this.log = folder.resolve(name + ".log");
    this.command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    // As surefire started this JVM: the flags that every Caviar JVM needs.
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(flag -> flag.matches("--(enable-native|sun-misc|add-modules).*"))
        .forEach(command::add);
    command.add("-Dlogback.configurationFile=dev/caviar/cli/node-logback.xml");
    command.addAll(List.of("-Xmx512m", "-XX:+UseSerialGC"));
    if (!mainClass.endsWith("WorkerMain")) {
      // Up sooner; what trains needs the compiler that knows vectors.
      command.add("-XX:TieredStopAtLevel=1");
    }
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), mainClass));
  }

  public void start() {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().putAll(environment);
    try {
      process = builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** At once and without a word, as when the power fails. */
  public void kill() {
    Process running = process;
    if (running != null) {
      running.destroyForcibly();
      try {
        running.waitFor();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      process = null;
    }
  }

  /** As an operator would, by SIGTERM. */
  public void terminate() throws InterruptedException {
    Process running = process;
    if (running != null) {
      running.destroy();
      if (!running.waitFor(40, TimeUnit.SECONDS)) {
        kill();
        throw new AssertionError(name + " did not end on SIGTERM");
      }
      process = null;
    }
  }

  /** It hangs: it holds its connections and says nothing. */
  public void suspend() {
    signal("STOP");
  }

  public void resume() {
    signal("CONT");
  }

  private void signal(String signal) {
    Process running = process;
    if (running == null) {
      return;
    }
    try {
      new ProcessBuilder("kill", "-" + signal, Long.toString(running.pid())).start().waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  public boolean isRunning() {
    return process != null && process.isAlive();
  }

  /** For failures. */
  public String log() {
    try {
      List<String> lines = Files.readAllLines(log);
      return name
          + ":\n  "
          + String.join("\n  ", lines.subList(Math.max(0, lines.size() - 60), lines.size()));
    } catch (IOException e) {
      return name + ": " + e;
    }
  }

  @Override
  public void close() {
    resume();
    kill();
  }
}
