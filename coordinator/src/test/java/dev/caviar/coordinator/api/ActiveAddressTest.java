package dev.caviar.coordinator.api;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.typed.ActorRef;
import akka.actor.typed.javadsl.Behaviors;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Join;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.caviar.coordinator.Coordinator;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** Two nodes of a real cluster on loopback. */
@NullUnmarked
class ActiveAddressTest {
  private static final Config CLUSTER =
      ConfigFactory.parseString(
              """
              akka.actor.provider = cluster
              akka.remote.artery.canonical {hostname = "127.0.0.1", port = 0}
              akka.cluster.jmx.multi-mbeans-in-same-jvm = on
              """)
          .withFallback(ConfigFactory.load());

  private final ActorTestKit first = ActorTestKit.create("caviar", CLUSTER);
  private final ActorTestKit second = ActorTestKit.create("caviar", CLUSTER);

  private static String refusal(ActiveCoordinator node) {
    try {
      node.get();
      return "it is here";
    } catch (StatusRuntimeException standby) {
      return standby.getStatus().getDescription();
    }
  }

  private static void awaitRefusal(ActiveCoordinator node, String expected) throws Exception {
    long limit = System.nanoTime() + Duration.ofSeconds(40).toNanos();
    while (!refusal(node).equals(expected) && System.nanoTime() < limit) {
      Thread.sleep(50);
    }
    assertThat(refusal(node)).isEqualTo(expected);
  }

  @Test
  void aStandbyKnowsWhereTheActiveOneIsForAsLongAsItIs() throws Exception {
    try {
      var one = new ActiveCoordinator();
      var other = new ActiveCoordinator();
      Cluster cluster = Cluster.get(first.system());
      cluster.manager().tell(Join.create(cluster.selfMember().address()));
      Cluster.get(second.system()).manager().tell(Join.create(cluster.selfMember().address()));
      first.spawn(ActiveAddress.create("a.example:7070", one));
      second.spawn(ActiveAddress.create("b.example:7070", other));

      ActorRef<Coordinator.Command> coordinator = first.spawn(Behaviors.ignore());
      one.here(coordinator);
      awaitRefusal(other, "this coordinator stands by; the active one is a.example:7070");

      one.gone(coordinator);
      awaitRefusal(other, "this coordinator stands by");

      other.here(second.spawn(Behaviors.ignore()));
      awaitRefusal(one, "this coordinator stands by; the active one is b.example:7070");
    } finally {
      second.shutdownTestKit();
      first.shutdownTestKit();
    }
  }
}
