package dev.caviar.cluster;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.model.ContainerNetwork;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.Network;

/**
 * One container of a {@link Cluster}, and what may happen to it. A killed or stopped one keeps its
 * disk and its name, as a machine would, and can be started again.
 */
final class Node implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Node.class);

  private final String name;
  private final GenericContainer<?> container;
  private final Network network;
  private final DockerClient docker = DockerClientFactory.instance().client();

  Node(String name, GenericContainer<?> container, Network network) {
    this.name = name;
    this.network = network;
    this.container =
        container
            .withNetwork(network)
            .withNetworkAliases(name)
            .withCreateContainerCmdModifier(command -> command.withHostName(name));
  }

  String name() {
    return name;
  }

  GenericContainer<?> container() {
    return container;
  }

  /** Starts it for the first time, or again after {@link #kill} or {@link #stop}. */
  void start() {
    log.info("{}: start", name);
    if (container.getContainerId() == null) {
      container.start();
    } else {
      docker.startContainerCmd(id()).exec();
    }
  }

  /** Ends it with SIGKILL: it cannot say good-bye. */
  void kill() {
    log.info("{}: kill -9", name);
    docker.killContainerCmd(id()).withSignal("KILL").exec();
    Waiting.until(name + " is dead", Duration.ofSeconds(10), () -> !isRunning());
  }

  /** Ends it with SIGTERM, and with SIGKILL where that has not helped for 30 s. */
  void stop() {
    log.info("{}: stop", name);
    docker.stopContainerCmd(id()).withTimeout(30).exec();
  }

  /** Takes it off the network. Open connections hear nothing of it: packets just stop. */
  void cutOff() {
    log.info("{}: cut off", name);
    docker
        .disconnectFromNetworkCmd()
        .withNetworkId(network.getId())
        .withContainerId(id())
        .withForce(true)
        .exec();
  }

  /** Puts it back on the network under its name. */
  void reconnect() {
    log.info("{}: reconnect", name);
    docker
        .connectToNetworkCmd()
        .withNetworkId(network.getId())
        .withContainerId(id())
        .withContainerNetwork(new ContainerNetwork().withAliases(name))
        .exec();
  }

  boolean isRunning() {
    return Boolean.TRUE.equals(docker.inspectContainerCmd(id()).exec().getState().getRunning());
  }

  /** The last lines of what it has printed, over all its starts. */
  String lastLines(int lines) {
    String[] all = container.getLogs().split("\n");
    return String.join(
        "\n", Arrays.asList(all).subList(Math.max(0, all.length - lines), all.length));
  }

  @Override
  public void close() {
    container.stop();
  }

  private String id() {
    return Objects.requireNonNull(container.getContainerId(), () -> name + " was never started");
  }
}
