package dev.caviar.coordinator.store;

import static org.assertj.core.api.Assertions.assertThat;

import akka.Done;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Props;
import akka.actor.typed.SpawnProtocol;
import akka.actor.typed.javadsl.AskPattern;
import com.typesafe.config.ConfigFactory;
import dev.caviar.coordinator.space.ParameterValue;
import dev.caviar.coordinator.space.Point;
import dev.caviar.coordinator.sweep.SweepEvent;
import dev.caviar.proto.v1.StoredTrial;
import dev.caviar.proto.v1.SweepSnapshot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a journal does for the actors of a real ActorSystem. */
@NullUnmarked
abstract class JournalContract {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  // Another for each test, since a journal may be shared.
  private final String id = UUID.randomUUID().toString();
  private Stores stores;
  private ActorSystem<SpawnProtocol.Command> system;

  /** The same store each time. */
  abstract Stores open();

  /** Whether what was journalled is there after the process has ended. */
  boolean outlivesItsSystem() {
    return true;
  }

  @BeforeEach
  void start() {
    stores = open();
    system =
        ActorSystem.create(
            SpawnProtocol.create(),
            "journal",
            stores.persistence().withFallback(ConfigFactory.load()));
  }

  @AfterEach
  void stop() {
    system.terminate();
    get(system.getWhenTerminated());
    stores.close();
  }

  static <T> T get(CompletionStage<T> stage) {
    return stage.toCompletableFuture().orTimeout(30, TimeUnit.SECONDS).join();
  }

  private ActorRef<Ledger.Command> ledger(String name, int snapshotEvery) {
    return get(
        AskPattern.ask(
            system,
            replyTo ->
                new SpawnProtocol.Spawn<>(
                    Ledger.create(id + name, snapshotEvery), "ledger", Props.empty(), replyTo),
            PATIENCE,
            system.scheduler()));
  }

  private CompletionStage<Done> append(ActorRef<Ledger.Command> ledger, List<SweepEvent> events) {
    return AskPattern.askWithStatus(
        ledger, replyTo -> new Ledger.Append(events, replyTo), PATIENCE, system.scheduler());
  }

  private List<Integer> trials(ActorRef<Ledger.Command> ledger) {
    SweepSnapshot state =
        get(AskPattern.ask(ledger, Ledger.Get::new, PATIENCE, system.scheduler()));
    return state.getTrialsList().stream().map(StoredTrial::getNumber).toList();
  }

  private static SweepEvent sampled(int trial) {
    return new SweepEvent.TrialSampled(
        trial, new Point(Map.of("learning_rate", new ParameterValue.Real(0.1))), trial, 0);
  }

  @Test
  void givesEventsBackToTheNextActorOfTheName() {
    ActorRef<Ledger.Command> first = ledger("", 0);
    get(append(first, List.of(sampled(0), sampled(1))));
    get(append(first, List.of(new SweepEvent.SweepPaused("supper"), sampled(2))));

    assertThat(trials(ledger("", 0))).containsExactly(0, 1, 2);
    assertThat(trials(ledger("-other", 0))).isEmpty();
  }

  @Test
  void givesEventsBackAfterARestart() {
    List<Integer> expected = new ArrayList<>();
    for (int run = 0; run < 3; run++) {
      ActorRef<Ledger.Command> ledger = ledger("", 0);
      if (outlivesItsSystem()) {
        assertThat(trials(ledger)).isEqualTo(expected);
      }
      get(append(ledger, List.of(sampled(10 * run), sampled(10 * run + 1))));
      expected.addAll(List.of(10 * run, 10 * run + 1));
      stop();
      start();
    }
  }

  @Test
  void goesOnFromSnapshotsAndTheEventsAfterThem() {
    ActorRef<Ledger.Command> ledger = ledger("", 10);
    List<Integer> expected = new ArrayList<>();
    for (int trial = 0; trial < 57; trial++) {
      get(append(ledger, List.of(sampled(trial))));
      expected.add(trial);
    }
    if (outlivesItsSystem()) {
      stop();
      start();
    }

    assertThat(trials(ledger("", 10))).isEqualTo(expected);
  }

  @Test
  void takesLargeEventsAndMany() {
    ActorRef<Ledger.Command> ledger = ledger("", 0);
    List<SweepEvent> many = new ArrayList<>();
    List<Integer> expected = new ArrayList<>();
    for (int trial = 0; trial < 1_500; trial++) {
      many.add(sampled(trial));
      expected.add(trial);
    }
    many.add(new SweepEvent.SweepPaused("x".repeat(2_000_000)));

    get(append(ledger, many));

    assertThat(trials(ledger("", 0))).isEqualTo(expected);
  }

  @Test
  void manyActorsMayJournalAtOnce() {
    List<CompletableFuture<Done>> appends = new ArrayList<>();
    for (int n = 0; n < 40; n++) {
      ActorRef<Ledger.Command> ledger = ledger("-" + n, 0);
      for (int trial = 0; trial < 10; trial++) {
        appends.add(append(ledger, List.of(sampled(trial))).toCompletableFuture());
      }
    }
    appends.forEach(JournalContract::get);

    assertThat(trials(ledger("-39", 0))).hasSize(10);
  }
}
