package dev.caviar.bench;

import dev.caviar.coordinator.search.CmaEsSampler;
import dev.caviar.coordinator.search.GaussianProcessSampler;
import dev.caviar.coordinator.search.History;
import dev.caviar.coordinator.search.History.Status;
import dev.caviar.coordinator.search.History.TrialRecord;
import dev.caviar.coordinator.search.Proposal;
import dev.caviar.coordinator.search.RandomSampler;
import dev.caviar.coordinator.search.Sampler;
import dev.caviar.coordinator.search.SobolSampler;
import dev.caviar.coordinator.search.TpeSampler;
import dev.caviar.coordinator.space.Dimension;
import dev.caviar.coordinator.space.Dimension.Condition;
import dev.caviar.coordinator.space.Dimension.Test;
import dev.caviar.coordinator.space.Domain;
import dev.caviar.coordinator.space.ParameterValue;
import dev.caviar.coordinator.space.Point;
import dev.caviar.coordinator.space.Scale;
import dev.caviar.coordinator.space.SearchSpace;
import dev.caviar.coordinator.space.SweepDefinition.Search;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The point of one more trial after so many have ended, which the same sampler drew, too, and whose
 * objectives are a bowl: a search that learns has most of them near its lowest point.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
@NullUnmarked // JMH fills the fields before it runs a benchmark.
public class SamplerBenchmark {
  /** How many trials are asked for in turn, each with one more in the history than the last. */
  private static final int ASKS = 64;

  /**
   * cma_es has no choices, so it is only asked for reals: {@code -p sampler=cma_es}. Ask
   * gaussian_process after 100 trials or so: {@code -p sampler=gaussian_process -p trials=100}.
   */
  @Param({"random", "sobol", "tpe"})
  public String sampler;

  /**
   * reals: 8 real numbers; mixed: reals, whole numbers, choices and a conditional one, 8 in all.
   */
  @Param({"reals", "mixed"})
  public String parameters;

  @Param({"1000", "10000"})
  public int trials;

  private Sampler asked;
  private List<History> histories;
  private int next;

  @Setup
  public void fill() {
    int most = trials + ASKS;
    SearchSpace space = parameters.equals("reals") ? reals() : mixed();
    asked = sampler(space, most + 1);
    List<TrialRecord> records = new ArrayList<>();
    for (int trial = 0; trial < most; trial++) {
      History history = new History(Collections.unmodifiableList(records), true);
      Point point = ((Proposal.Sampled) asked.propose(trial, history)).point();
      records.add(new TrialRecord(trial, point, Status.COMPLETED, loss(space, point)));
    }
    List<TrialRecord> all = Collections.unmodifiableList(records);
    histories =
        IntStream.rangeClosed(trials, most)
            .mapToObj(count -> new History(all.subList(0, count), true))
            .toList();
  }

  @Setup(Level.Iteration)
  public void start() {
    next = 0;
  }

  @Benchmark
  public Proposal ask() {
    History history = histories.get(next++ % ASKS);
    return asked.propose(history.trials().size(), history);
  }

  /** A bowl with its lowest point at 0.3 of each scale; the first choice is the best. */
  private static double loss(SearchSpace space, Point point) {
    double sum = 0;
    for (Dimension dimension : space.dimensions()) {
      ParameterValue value = point.values().get(dimension.name());
      double u =
          switch (dimension.domain()) {
            case Domain.RealRange r when value instanceof ParameterValue.Real(double x) ->
                r.scale().toUnit(x, r.min(), r.max());
            case Domain.WholeRange w when value instanceof ParameterValue.Whole(long n) ->
                w.scale().toUnit((double) n, (double) w.min(), (double) w.max());
            case Domain.Choices c when value != null -> 0.3 + c.values().indexOf(value);
            default -> 0.3;
          };
      sum += (u - 0.3) * (u - 0.3);
    }
    return sum;
  }

  private Sampler sampler(SearchSpace space, int most) {
    return switch (sampler) {
      case "random" -> new RandomSampler(space, new Search.Random(most, 1));
      case "sobol" -> new SobolSampler(space, new Search.Sobol(most, 1));
      case "cma_es" -> new CmaEsSampler(space, new Search.CmaEs(most, 1, 0, 1.0 / 6));
      case "tpe" -> new TpeSampler(space, new Search.Tpe(most, 1, 10, 24));
      case "gaussian_process" ->
          new GaussianProcessSampler(space, new Search.GaussianProcess(most, 1, 10));
      default -> throw new IllegalArgumentException(sampler);
    };
  }

  private static SearchSpace reals() {
    return new SearchSpace(
        IntStream.range(0, 8)
            .mapToObj(i -> dimension("x" + i, new Domain.RealRange(Scale.LINEAR, -5, 10), null))
            .toList(),
        Map.of());
  }

  private static SearchSpace mixed() {
    ParameterValue momentum = new ParameterValue.Text("momentum");
    return new SearchSpace(
        List.of(
            dimension("learning_rate", new Domain.RealRange(Scale.LOG, 1e-4, 1), null),
            dimension("optimizer", words("momentum", "adam"), null),
            dimension(
                "momentum",
                new Domain.RealRange(Scale.ONE_MINUS_LOG, 0.9, 0.999),
                new Condition(List.of(new Test("optimizer", List.of(momentum))))),
            dimension("hidden_layers", new Domain.WholeRange(Scale.LINEAR, 1, 5), null),
            dimension("hidden_units", new Domain.WholeRange(Scale.LINEAR, 50, 100), null),
            dimension("batch_size", words("32", "64", "128", "256"), null),
            dimension("activation", words("relu", "tanh"), null),
            dimension("l2", new Domain.RealRange(Scale.LOG, 1e-6, 1e-2), null)),
        Map.of());
  }

  private static Domain words(String... words) {
    return new Domain.Choices(
        Stream.of(words).<ParameterValue>map(ParameterValue.Text::new).toList());
  }

  private static Dimension dimension(String name, Domain domain, @Nullable Condition condition) {
    return new Dimension(name, name, -1, domain, condition, null, null);
  }
}
