package dev.caviar.coordinator.store;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.SupervisorStrategy;
import akka.actor.typed.javadsl.Behaviors;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

@NullUnmarked
class InletTest {
  private static final ActorTestKit KIT = ActorTestKit.create();

  private record Said(int number, Runnable marker) {}

  private final TestProbe<Said> heard = KIT.createTestProbe();
  private final AtomicReference<ActorRef<Said>> front = new AtomicReference<>();

  @AfterAll
  static void end() {
    KIT.shutdownTestKit();
  }

  /** Hands all it hears to the probe, and fails, or ends, when it is told so. */
  private ActorRef<Said> inlet() {
    return KIT.spawn(
        Inlet.before(
            (self, begun) -> {
              front.set(self);
              Behavior<Said> behavior =
                  Behaviors.setup(
                      context -> {
                        begun.run();
                        return Behaviors.receiveMessage(
                            said -> {
                              if (said.number() == -1) {
                                throw new IllegalStateException("as it was told");
                              }
                              heard.getRef().tell(said);
                              return said.number() == -2 ? Behaviors.stopped() : Behaviors.same();
                            });
                      });
              return Behaviors.supervise(behavior).onFailure(SupervisorStrategy.restart());
            },
            marker -> new Said(0, marker)));
  }

  private void say(ActorRef<Said> to, int first, int last) {
    for (int number = first; number <= last; number++) {
      to.tell(new Said(number, null));
    }
  }

  private void expect(int first, int last) {
    for (int number = first; number <= last; number++) {
      Said said = heard.receiveMessage();
      assertThat(said.number()).isEqualTo(number);
      if (number % Inlet.WINDOW == 0) {
        assertThat(heard.receiveMessage().marker()).isNotNull();
      }
    }
  }

  @Test
  void passesTwoWindowsOnAndWaits() {
    ActorRef<Said> inlet = inlet();
    say(inlet, 1, 1_000);
    for (int number = 1; number <= Inlet.WINDOW; number++) {
      assertThat(heard.receiveMessage().number()).isEqualTo(number);
    }
    Said first = heard.receiveMessage();
    expect(Inlet.WINDOW + 1, 2 * Inlet.WINDOW);
    heard.expectNoMessage();

    first.marker().run();
    expect(2 * Inlet.WINDOW + 1, 3 * Inlet.WINDOW);
    heard.expectNoMessage();
  }

  @Test
  void passesAllOnInOrder() {
    ActorRef<Said> inlet = inlet();
    say(inlet, 1, 10_000);
    for (int number = 1; number <= 10_000; ) {
      Said said = heard.receiveMessage();
      if (said.marker() != null) {
        said.marker().run();
      } else {
        assertThat(said.number()).isEqualTo(number++);
      }
    }
    assertThat(front.get()).isEqualTo(inlet);
  }

  @Test
  void goesOnAfterAFailureThatLostItsMarkers() {
    ActorRef<Said> inlet = inlet();
    inlet.tell(new Said(-1, null));
    say(inlet, 1, 300);
    // No marker is answered, but each failure is a new beginning.
    int next = 1;
    while (next <= 2 * Inlet.WINDOW) {
      Said said = heard.receiveMessage();
      if (said.marker() == null) {
        assertThat(said.number()).isEqualTo(next++);
      }
    }
  }

  @Test
  void endsWithTheActorBehind() {
    ActorRef<Said> inlet = inlet();
    inlet.tell(new Said(-2, null));
    TestProbe<Said> watcher = KIT.createTestProbe();
    watcher.expectTerminated(inlet);
  }
}
