package dev.caviar.coordinator.api;

import akka.Done;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.AskPattern;
import dev.caviar.coordinator.Coordinator;
import dev.caviar.coordinator.store.CurveStore;
import dev.caviar.coordinator.store.JournalLag;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.ListSweepsResponse;
import dev.caviar.proto.v1.ListWorkersResponse;
import dev.caviar.proto.v1.TrialPoints;
import dev.caviar.proto.v1.WorkerStatus;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;

/**
 * What Prometheus can read of a coordinator. One that stands by has no sweeps and no workers; so
 * the sum over all coordinators is right. Thread-safe.
 */
public final class CoordinatorMetrics implements AutoCloseable {
  private static final Duration INTERVAL = Duration.ofSeconds(5);

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final JvmGcMetrics garbage = new JvmGcMetrics();
  private final MultiGauge trials =
      MultiGauge.builder("caviar.trials")
          .description("trials of all sweeps, by what became of them")
          .register(registry);
  private final MultiGauge sweeps =
      MultiGauge.builder("caviar.sweeps").description("sweeps, by state").register(registry);
  private final Counter points =
      Counter.builder("caviar.curve.points")
          .description("points of curves that were stored since this coordinator's start")
          .register(registry);
  private final Counter stale =
      Counter.builder("caviar.reports.stale")
          .description("what workers said of trials that were no longer theirs")
          .register(registry);
  private final JournalLag lag = new JournalLag();
  private volatile ListWorkersResponse present = ListWorkersResponse.getDefaultInstance();

  public CoordinatorMetrics() {
    Gauge.builder("caviar.workers", () -> present.getWorkersCount())
        .description("workers that are connected, or not yet lost")
        .register(registry);
    Gauge.builder(
            "caviar.slots",
            () ->
                present.getWorkersList().stream()
                    .mapToInt(worker -> worker.getRegistration().getSlots())
                    .sum())
        .description("trials that all workers together can train at once")
        .register(registry);
    Gauge.builder(
            "caviar.leases",
            () -> present.getWorkersList().stream().mapToInt(WorkerStatus::getLeasesCount).sum())
        .description("trials that are with workers")
        .register(registry);
    Gauge.builder("caviar.journal.lag", () -> lag.figures().longestMicros() / 1e6)
        .description("longest way of decisions into the journal in the last minute")
        .baseUnit("seconds")
        .register(registry);
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ClassLoaderMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    new FileDescriptorMetrics().bindTo(registry);
    garbage.bindTo(registry);
  }

  PrometheusMeterRegistry registry() {
    return registry;
  }

  String scrape() {
    return registry.scrape();
  }

  /** Asks the active coordinator every few seconds, as long as the system runs. */
  public void follow(ActiveCoordinator active, ActorSystem<?> system) {
    system
        .scheduler()
        .scheduleWithFixedDelay(
            Duration.ofSeconds(1), INTERVAL, () -> ask(active, system), system.executionContext());
  }

  private void ask(ActiveCoordinator active, ActorSystem<?> system) {
    if (!active.isHere()) {
      show(ListSweepsResponse.getDefaultInstance(), ListWorkersResponse.getDefaultInstance());
      return;
    }
    ActorRef<Coordinator.Command> coordinator = active.get();
    CompletionStage<ListSweepsResponse> list =
        AskPattern.ask(coordinator, Coordinator.ListSweeps::new, INTERVAL, system.scheduler());
    CompletionStage<ListWorkersResponse> workers =
        AskPattern.ask(coordinator, Coordinator.ListWorkers::new, INTERVAL, system.scheduler());
    // Without an answer the last numbers stay; the next round asks again.
    var _ =
        list.thenCombine(
            workers,
            (all, who) -> {
              show(all, who);
              return Done.getInstance();
            });
  }

  private void show(ListSweepsResponse list, ListWorkersResponse workers) {
    Map<String, Integer> bySweepState = new TreeMap<>();
    Map<String, Integer> byTrialState = new TreeMap<>();
    for (var sweep : list.getSweepsList()) {
      bySweepState.merge(word(sweep.getStatus().getState().name()), 1, Integer::sum);
      sweep
          .getTrialsByStateMap()
          .forEach((state, count) -> byTrialState.merge(word(state), count, Integer::sum));
    }
    sweeps.register(rows(bySweepState), true);
    trials.register(rows(byTrialState), true);
    present = workers;
  }

  private static List<MultiGauge.Row<?>> rows(Map<String, Integer> byState) {
    return byState.entrySet().stream()
        .<MultiGauge.Row<?>>map(
            entry -> MultiGauge.Row.of(Tags.of("state", entry.getKey()), entry.getValue()))
        .toList();
  }

  private static String word(String state) {
    return state.toLowerCase(Locale.ROOT).replaceFirst("^(sweep|trial)_", "");
  }

  /** How long decisions take into the journal. */
  public JournalLag journalLag() {
    return lag;
  }

  long staleReports() {
    return (long) stale.count();
  }

  long curvePoints() {
    return (long) points.count();
  }

  /** One of a worker's messages came too late. */
  public void countStaleReport() {
    stale.increment();
  }

  /** The same store, with its points counted. */
  public CurveStore counting(CurveStore store) {
    return new CurveStore() {
      @Override
      public CompletionStage<Done> append(String sweepId, List<TrialPoints> added) {
        points.increment(added.stream().mapToInt(TrialPoints::getPointsCount).sum());
        return store.append(sweepId, added);
      }

      @Override
      public CompletionStage<List<CurvePoint>> read(
          String sweepId, int trial, int first, int last) {
        return store.read(sweepId, trial, first, last);
      }

      @Override
      public CompletionStage<Map<Integer, CurvePoint>> lastPoints(
          String sweepId, Collection<Integer> trials) {
        return store.lastPoints(sweepId, trials);
      }
    };
  }

  /** How long the coordinator takes for an answer, by what it was asked. */
  <T> CompletionStage<T> timed(String command, CompletionStage<T> answer) {
    Timer.Sample sample = Timer.start(registry);
    return answer.whenComplete(
        (value, failure) ->
            sample.stop(
                registry.timer(
                    "caviar.command",
                    "command",
                    command,
                    "outcome",
                    failure == null ? "answered" : "failed")));
  }

  @Override
  public void close() {
    garbage.close();
    registry.close();
  }
}
