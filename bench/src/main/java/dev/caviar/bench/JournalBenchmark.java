package dev.caviar.bench;

import akka.Done;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Props;
import akka.actor.typed.SpawnProtocol;
import akka.actor.typed.javadsl.AskPattern;
import akka.pattern.StatusReply;
import akka.persistence.typed.PersistenceId;
import akka.persistence.typed.javadsl.CommandHandler;
import akka.persistence.typed.javadsl.EventHandler;
import akka.persistence.typed.javadsl.EventSourcedBehavior;
import com.typesafe.config.ConfigFactory;
import dev.caviar.coordinator.space.ParameterValue;
import dev.caviar.coordinator.space.Point;
import dev.caviar.coordinator.store.Stores;
import dev.caviar.coordinator.sweep.SweepEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Journalling the events of one decision, from the command to its acknowledgement, in the embedded
 * store; by several sweeps at once, all of which must have been answered.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
@NullUnmarked // JMH fills the fields before it runs a benchmark.
public class JournalBenchmark {
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  /** Events persisted together. */
  @Param({"1", "10", "100"})
  public int events;

  /** Sweeps that persist at the same time. */
  @Param({"1", "8"})
  public int sweeps;

  private Path folder;
  private Stores stores;
  private ActorSystem<SpawnProtocol.Command> system;
  private List<ActorRef<Sweep.Append>> ledgers;
  private List<SweepEvent> batch;

  @Setup
  public void start() throws IOException {
    folder = Files.createTempDirectory("caviar-journal");
    stores = Stores.embedded(folder);
    system =
        ActorSystem.create(
            SpawnProtocol.create(),
            "journal",
            stores.persistence().withFallback(ConfigFactory.load()));
    ledgers = new ArrayList<>();
    for (int sweep = 0; sweep < sweeps; sweep++) {
      String id = "digits-20261101-10101" + sweep;
      ledgers.add(
          AskPattern.<SpawnProtocol.Command, ActorRef<Sweep.Append>>ask(
                  system,
                  replyTo -> new SpawnProtocol.Spawn<>(new Sweep(id), id, Props.empty(), replyTo),
                  PATIENCE,
                  system.scheduler())
              .toCompletableFuture()
              .join());
    }
    Map<String, ParameterValue> values = new LinkedHashMap<>();
    values.put("learning_rate", new ParameterValue.Real(0.001));
    values.put("momentum", new ParameterValue.Real(0.95));
    values.put("hidden_layers", new ParameterValue.Whole(2));
    values.put("hidden_units[0]", new ParameterValue.Whole(64));
    values.put("hidden_units[1]", new ParameterValue.Whole(80));
    values.put("optimizer", new ParameterValue.Text("momentum"));
    batch =
        Collections.nCopies(events, new SweepEvent.TrialSampled(7, new Point(values), 1L << 60, 0));
  }

  @TearDown
  public void stop() throws IOException {
    System.out.printf("%n%,d bytes of database%n", Files.size(folder.resolve("caviar.mv.db")));
    system.terminate();
    system.getWhenTerminated().toCompletableFuture().join();
    stores.close();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  @Benchmark
  public void persist() {
    List<CompletableFuture<Done>> answers = new ArrayList<>();
    for (ActorRef<Sweep.Append> ledger : ledgers) {
      answers.add(
          AskPattern.<Sweep.Append, Done>askWithStatus(
                  ledger, replyTo -> new Sweep.Append(batch, replyTo), PATIENCE, system.scheduler())
              .toCompletableFuture());
    }
    answers.forEach(CompletableFuture::join);
  }

  /** As little of an actor as can journal. */
  private static final class Sweep extends EventSourcedBehavior<Sweep.Append, SweepEvent, Integer> {
    record Append(List<SweepEvent> events, ActorRef<StatusReply<Done>> replyTo) {}

    Sweep(String id) {
      super(PersistenceId.of("Sweep", id));
    }

    @Override
    public Integer emptyState() {
      return 0;
    }

    @Override
    public CommandHandler<Append, SweepEvent, Integer> commandHandler() {
      return newCommandHandlerBuilder()
          .forAnyState()
          .onAnyCommand(
              append ->
                  Effect()
                      .persist(append.events())
                      .thenReply(append.replyTo(), state -> StatusReply.ack()));
    }

    @Override
    public EventHandler<Integer, SweepEvent> eventHandler() {
      return (state, event) -> state + 1;
    }
  }
}
