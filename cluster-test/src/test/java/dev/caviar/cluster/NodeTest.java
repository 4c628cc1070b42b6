package dev.caviar.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.testcontainers.containers.Network;

/** A disturbance that does not disturb would make every other test pass. */
@NeedsContainers
class NodeTest {
  @Test
  void aNodeCanBeKilledAndCutOffAndIsTheSameAfterwards() throws Exception {
    try (Network network = Network.newNetwork();
        Node node = new Node("disturbed", Cluster.idle(), network);
        Node neighbour = new Node("neighbour", Cluster.idle(), network)) {
      node.start();
      neighbour.start();
      node.container().execInContainer("sh", "-c", "echo kept > /tmp/file");
      assertThat(reaches(neighbour, node)).isTrue();

      node.kill();
      assertThat(node.isRunning()).isFalse();
      node.start();
      assertThat(reaches(neighbour, node)).isTrue();
      assertThat(node.container().execInContainer("cat", "/tmp/file").getStdout())
          .isEqualTo("kept\n");

      node.cutOff();
      assertThat(reaches(neighbour, node)).isFalse();
      node.reconnect();
      assertThat(reaches(neighbour, node)).isTrue();
    }
  }

  /** Nothing listens there; but whoever is there says so at once. */
  private static boolean reaches(Node from, Node to) throws Exception {
    // 7: refused by the host. 6, 28: no such host, or silence.
    return from.container()
            .execInContainer("curl", "-s", "-m", "2", "http://" + to.name() + ":1/")
            .getExitCode()
        == 7;
  }
}
