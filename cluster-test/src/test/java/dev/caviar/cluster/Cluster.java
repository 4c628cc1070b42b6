package dev.caviar.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.testcontainers.containers.Container.ExecResult;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.Network;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.utility.DockerImageName;
import org.testcontainers.utility.MountableFile;

/**
 * Coordinators, workers and, if they are to share a store, PostgreSQL: each in a container of its
 * own on a private network, with a container beside them that holds the command line. Everything is
 * done from there, because a published port does not outlive a restart.
 */
final class Cluster implements AutoCloseable {
  static final String COORDINATOR_IMAGE = "caviar/coordinator:latest";
  static final String WORKER_IMAGE = "caviar/worker:latest";
  static final String CLI_IMAGE = "caviar/cli:latest";
  static final String POSTGRES_IMAGE =
      Optional.ofNullable(System.getenv("CAVIAR_POSTGRES_IMAGE")).orElse("postgres:17");

  /** The sweep file that every test runs, in the command line's container. */
  static final String SWEEP = "/sweeps/disturbed.yaml";

  /** A panda's file beside it. */
  static final String PANDA = "/sweeps/panda.yaml";

  /** How the image starts the command line. */
  static final List<String> CAVIAR = List.of("/opt/caviar/bin/run-java", "dev.caviar.cli.Caviar");

  private static final Logger log = LoggerFactory.getLogger(Cluster.class);
  private static final int PORT = 7070;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Network network = Network.newNetwork();
  private final List<Node> coordinators = new ArrayList<>();
  private final List<Node> workers = new ArrayList<>();
  private final Optional<Node> postgres;
  private final Node cli;

  private Cluster(boolean shared, int coordinatorCount, int workerCount) {
    postgres = shared ? Optional.of(postgres()) : Optional.empty();
    List<String> names =
        IntStream.rangeClosed(1, coordinatorCount).mapToObj(i -> "coordinator-" + i).toList();
    for (String name : names) {
      coordinators.add(coordinator(name, shared, names));
    }
    String addresses =
        names.stream().map(name -> name + ":" + PORT).collect(Collectors.joining(","));
    for (int i = 1; i <= workerCount; i++) {
      workers.add(worker("worker-" + i, addresses));
    }
    cli = cli(addresses);
  }

  /** One coordinator with the database in its own folder. */
  static Cluster embedded(int workers) {
    return new Cluster(false, 1, workers).start();
  }

  /** Coordinators, one of them active, with a PostgreSQL that they share. */
  static Cluster onPostgres(int coordinators, int workers) {
    return new Cluster(true, coordinators, workers).start();
  }

  private Node postgres() {
    GenericContainer<?> container =
        container(POSTGRES_IMAGE, "256m")
            .withEnv("POSTGRES_USER", "caviar")
            .withEnv("POSTGRES_PASSWORD", "caviar")
            .withEnv("POSTGRES_DB", "caviar")
            // What was acknowledged must outlive a kill, so this stays on; it is the default.
            .withCommand("postgres", "-c", "fsync=on")
            // The first time it only prepares its folder.
            .waitingFor(
                Wait.forSuccessfulCommand("pg_isready -q -h 127.0.0.1 -U caviar -d caviar")
                    .withStartupTimeout(Duration.ofMinutes(3)));
    return new Node("postgres", container, network);
  }

  private Node coordinator(String name, boolean shared, List<String> all) {
    GenericContainer<?> container =
        container(COORDINATOR_IMAGE, "640m")
            .withEnv("CAVIAR_BIND", "0.0.0.0")
            .withEnv("CAVIAR_PORT", String.valueOf(PORT))
            .withEnv("CAVIAR_INSECURE", "true")
            // Often enough that a trial that goes on elsewhere goes on from one.
            .withEnv("CAVIAR_JAVA_OPTS", "-Dcaviar.coordinator.checkpoint-interval=1s");
    if (shared) {
      container
          .withEnv("CAVIAR_STORE_KIND", "postgresql")
          .withEnv("CAVIAR_STORE_URL", "jdbc:postgresql://postgres:5432/caviar")
          .withEnv("CAVIAR_STORE_USER", "caviar")
          .withEnv("CAVIAR_STORE_PASSWORD", "caviar");
    }
    if (all.size() > 1) {
      container
          .withEnv("CAVIAR_CLUSTER_NODES", String.valueOf(all.size()))
          .withEnv("CAVIAR_CLUSTER_HOSTNAME", name)
          .withEnv("CAVIAR_CLUSTER_SEEDS", String.join(":7071,", all) + ":7071")
          .withEnv("CAVIAR_CLUSTER_ADDRESS", name + ":" + PORT);
    }
    return new Node(name, container, network);
  }

  private Node worker(String name, String coordinatorAddresses) {
    return new Node(
        name,
        container(WORKER_IMAGE, "768m")
            .withEnv("CAVIAR_COORDINATORS", coordinatorAddresses)
            .withEnv("CAVIAR_WORKER_ID", name)
            .withEnv("CAVIAR_SLOTS", "1"),
        network);
  }

  private Node cli(String coordinatorAddresses) {
    return new Node("cli", idle().withEnv("CAVIAR_SERVER", coordinatorAddresses), network);
  }

  /** The command line's image with the sweep's file and the panda's; it waits for commands. */
  static GenericContainer<?> idle() {
    return container(CLI_IMAGE, "768m")
        .withCopyToContainer(
            MountableFile.forClasspathResource("dev/caviar/cluster/disturbed.yaml"), SWEEP)
        .withCopyToContainer(
            MountableFile.forClasspathResource("dev/caviar/cluster/panda.yaml"), PANDA)
        // Many short commands on few processors: what starts quickest is best.
        .withEnv("CAVIAR_JAVA_OPTS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
        .withEnv("CAVIAR_GC", "")
        .withCreateContainerCmdModifier(
            command -> command.withEntrypoint("sleep", "infinity").withCmd());
  }

  private static GenericContainer<?> container(String image, String memory) {
    long bytes = Long.parseLong(memory.replace("m", "")) << 20;
    return new GenericContainer<>(DockerImageName.parse(image))
        // Built here or made ready by containers/engine.sh: a pull could only find another.
        .withImagePullPolicy(name -> false)
        .withCreateContainerCmdModifier(
            command ->
                Objects.requireNonNull(command.getHostConfig())
                    .withMemory(bytes)
                    .withMemorySwap(bytes));
  }

  private Cluster start() {
    try {
      cli.start();
      startAll();
      return this;
    } catch (RuntimeException | AssertionError e) {
      log.error("the cluster did not start; its last lines:\n{}", lastLines());
      close();
      throw e;
    }
  }

  /** Starts whatever is not running, in an order that makes sense, and waits for the workers. */
  void startAll() {
    postgres.ifPresent(Node::start);
    coordinators.forEach(Node::start);
    workers.forEach(Node::start);
    awaitWorkers(workers.size());
  }

  /** Stops everything but the command line, as an operator would: by SIGTERM. */
  void stopAll() {
    // At the same time, as when a rack loses power in an orderly way.
    Stream.concat(Stream.concat(workers.stream(), coordinators.stream()), postgres.stream())
        .parallel()
        .forEach(Node::stop);
  }

  List<Node> coordinators() {
    return List.copyOf(coordinators);
  }

  List<Node> workers() {
    return List.copyOf(workers);
  }

  /** The worker of that name, which the coordinator said. */
  Node worker(String name) {
    return workers.stream()
        .filter(worker -> worker.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("'" + name + "' is no worker"));
  }

  /** The database's container. */
  Node database() {
    return postgres.orElseThrow(() -> new IllegalStateException("the store is embedded"));
  }

  /** Hands the sweep in by {@code caviar submit} and returns its id. */
  String submit() {
    return caviar("submit", SWEEP).getStdout().strip();
  }

  /**
   * Watches a sweep by {@code caviar watch} until it ends, in the background: whatever happens
   * meanwhile happens to the watcher too. Returns when it has seen the sweep.
   */
  CompletableFuture<ExecResult> watch(String sweep) {
    // Its output goes by a file, so that one can look while it runs.
    String seen = "/tmp/watch-" + sweep;
    String command =
        "%s watch %s --plain > %s; code=$?; cat %s; exit $code"
            .formatted(String.join(" ", CAVIAR), sweep, seen, seen);
    CompletableFuture<ExecResult> ended = new CompletableFuture<>();
    Thread.ofPlatform()
        .daemon()
        .name("watch " + sweep)
        .start(
            () -> {
              try {
                ended.complete(shell("sh", "-c", command));
              } catch (RuntimeException e) {
                ended.completeExceptionally(e);
              }
            });
    Waiting.until(
        "caviar watch sees the sweep",
        Duration.ofMinutes(3),
        () -> ended.isDone() || shell("test", "-s", seen).getExitCode() == 0);
    return ended;
  }

  /** What it came to, by {@code caviar export}. */
  Outcome export(String sweep) {
    String folder = "/tmp/exported/" + sweep;
    caviar("export", sweep, "--format", "csv", "--to", folder);
    return outcome(cli.container(), folder);
  }

  /** The one result folder under a folder of a container. */
  static Outcome outcome(GenericContainer<?> container, String folder) {
    try {
      Path copy = Files.createTempDirectory("caviar-outcome");
      String found =
          container.execInContainer("find", folder, "-name", "*.*", "-type", "f").getStdout();
      for (String file : found.lines().toList()) {
        if (!file.endsWith(".caviar")) {
          container.copyFileFromContainer(
              file, copy.resolve(Path.of(file).getFileName().toString()).toString());
        }
      }
      return Outcome.of(copy);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Runs a command of {@code caviar}, which must succeed. */
  ExecResult caviar(String... arguments) {
    return succeeded(arguments, exec(arguments));
  }

  /** The same of one that trains, for which the JVM of short commands would be slow. */
  ExecResult caviarThatTrains(String... arguments) {
    List<String> command = new ArrayList<>(List.of("env", "-u", "CAVIAR_JAVA_OPTS"));
    command.addAll(CAVIAR);
    command.addAll(List.of(arguments));
    return succeeded(arguments, shell(command.toArray(String[]::new)));
  }

  private static ExecResult succeeded(String[] arguments, ExecResult result) {
    if (result.getExitCode() != 0) {
      throw new AssertionError(
          "caviar %s ended with %d:%n%s%n%s"
              .formatted(
                  String.join(" ", arguments),
                  result.getExitCode(),
                  result.getStdout(),
                  result.getStderr()));
    }
    return result;
  }

  private ExecResult exec(String... arguments) {
    return shell(Stream.concat(CAVIAR.stream(), Arrays.stream(arguments)).toArray(String[]::new));
  }

  private ExecResult shell(String... command) {
    try {
      return cli.container().execInContainer(command);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /**
   * The answer of the first coordinator that gives one to a GET of the JSON interface.
   *
   * @throws IllegalStateException if none does
   */
  JsonNode get(String path) {
    for (Node coordinator : coordinators) {
      Optional<JsonNode> answer = get(coordinator, path);
      if (answer.isPresent()) {
        return answer.get();
      }
    }
    throw new IllegalStateException("no coordinator answers GET " + path);
  }

  private Optional<JsonNode> get(Node coordinator, String path) {
    ExecResult result =
        shell("curl", "-fs", "-m", "20", "http://" + coordinator.name() + ":" + PORT + path);
    if (result.getExitCode() != 0) {
      return Optional.empty();
    }
    try {
      return Optional.of(JSON.readTree(result.getStdout()));
    } catch (IOException e) {
      throw new UncheckedIOException("GET " + path + " answered " + result.getStdout(), e);
    }
  }

  /** Whether a coordinator is active or standby; empty while it does not answer. */
  Optional<String> role(Node coordinator) {
    return get(coordinator, "/health").map(health -> health.path("role").asText());
  }

  /** The coordinator that leads, once there is one. */
  Node active() {
    List<Node> found = new ArrayList<>();
    Waiting.until(
        "a coordinator is active",
        Duration.ofMinutes(3),
        () -> {
          for (Node coordinator : coordinators) {
            if (role(coordinator).equals(Optional.of("active"))) {
              found.add(coordinator);
              return true;
            }
          }
          return false;
        });
    return found.getFirst();
  }

  void awaitWorkers(int count) {
    Waiting.until(
        count + " workers are connected",
        Duration.ofMinutes(3),
        () -> get("/v1/workers").path("workers").size() == count);
  }

  /** Trials of a sweep in a state of {@code trial.proto}. */
  List<JsonNode> trials(String sweep, String state) {
    List<JsonNode> found = new ArrayList<>();
    for (JsonNode trial : get("/v1/sweeps/" + sweep).path("trials")) {
      if (trial.path("state").asText().equals(state)) {
        found.add(trial);
      }
    }
    return found;
  }

  /**
   * Waits until so many trials are completed and others are in training.
   *
   * @throws AssertionError if the sweep was over before anyone saw it in the middle
   */
  void awaitMiddle(String sweep, int completed) {
    Waiting.until(
        completed + " trials are completed and others run",
        Duration.ofMinutes(3),
        () -> {
          JsonNode now = get("/v1/sweeps/" + sweep);
          if (!now.at("/summary/status/state").asText().equals("SWEEP_RUNNING")) {
            throw new AssertionError("the sweep is not running any more: " + now.at("/summary"));
          }
          return count(now, "COMPLETED") >= completed && count(now, "RUNNING") > 0;
        });
  }

  private static long count(JsonNode sweep, String state) {
    return sweep
        .path("trials")
        .valueStream()
        .filter(trial -> trial.path("state").asText().equals(state))
        .count();
  }

  /** All updates there are of a sweep that is over, as the coordinator tells them. */
  List<JsonNode> updates(String sweep) {
    List<JsonNode> updates = new ArrayList<>();
    long cursor = 0;
    while (true) {
      JsonNode step = get("/v1/sweeps/" + sweep + "/updates?after_cursor=" + cursor);
      for (JsonNode update : step.path("updates")) {
        updates.add(update);
        // JSON writes 64-bit numbers as strings.
        cursor = Math.max(cursor, Long.parseLong(update.path("cursor").asText()));
      }
      if (step.path("over").asBoolean()) {
        return updates;
      }
    }
  }

  /** The last lines of all containers, for who reads of a failure. */
  String lastLines() {
    return Stream.concat(Stream.concat(postgres.stream(), coordinators.stream()), workers.stream())
        .filter(node -> node.container().getContainerId() != null)
        .map(node -> "--- " + node.name() + "\n" + node.lastLines(40))
        .collect(Collectors.joining("\n"));
  }

  /** Removes all containers and the network; nothing else would. */
  @Override
  public void close() {
    workers.forEach(Node::close);
    coordinators.forEach(Node::close);
    postgres.ifPresent(Node::close);
    cli.close();
    network.close();
  }
}
