package dev.caviar.coordinator.search;

import dev.caviar.coordinator.search.History.Status;
import dev.caviar.coordinator.search.History.TrialRecord;
import dev.caviar.coordinator.space.Dimension;
import dev.caviar.coordinator.space.Domain;
import dev.caviar.coordinator.space.ParameterValue;
import dev.caviar.coordinator.space.Point;
import dev.caviar.coordinator.space.Scale;
import dev.caviar.coordinator.space.SearchSpace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Search spaces and histories for tests. */
public final class Spaces {
  static final History NO_HISTORY = new History(List.of(), true);

  private Spaces() {}

  public static SearchSpace space(Dimension... dimensions) {
    return new SearchSpace(List.of(dimensions), Map.of());
  }

  public static Dimension always(String name, Domain domain) {
    return new Dimension(name, name, -1, domain, null, null, null);
  }

  static Dimension widening(String name, Domain domain, Domain widest) {
    return new Dimension(name, name, -1, domain, null, null, widest);
  }

  public static Dimension when(
      String name, Domain domain, String subject, ParameterValue... values) {
    return new Dimension(
        name,
        name,
        -1,
        domain,
        new Dimension.Condition(List.of(new Dimension.Test(subject, List.of(values)))),
        null,
        null);
  }

  /** Units of a layer, which applies where there are more layers than that. */
  static Dimension units(int layer, int mostLayers, Domain domain) {
    return new Dimension(
        Dimension.nameOf("hidden_units", layer),
        "hidden_units",
        layer,
        domain,
        new Dimension.Condition(
            List.of(
                new Dimension.Test(
                    "hidden_layers",
                    LongStream.rangeClosed(layer + 1, mostLayers)
                        .<ParameterValue>mapToObj(ParameterValue.Whole::new)
                        .toList()))),
        null,
        null);
  }

  static Domain.RealRange real(Scale scale, double min, double max) {
    return new Domain.RealRange(scale, min, max);
  }

  static Domain.WholeRange whole(Scale scale, long min, long max) {
    return new Domain.WholeRange(scale, min, max);
  }

  public static Domain.Choices words(String... words) {
    return new Domain.Choices(Arrays.stream(words).map(Spaces::word).toList());
  }

  static ParameterValue word(String word) {
    return new ParameterValue.Text(word);
  }

  public static double number(Point point, String name) {
    return Objects.requireNonNull(point.values().get(name)).number();
  }

  static Point sampled(Sampler sampler, int trial, History history) {
    return ((Proposal.Sampled) sampler.propose(trial, history)).point();
  }

  static @Nullable Stage stage(Sampler sampler, int trial, History history) {
    return ((Proposal.Sampled) sampler.propose(trial, history)).stage();
  }

  static TrialRecord completed(int trial, Point point, double objective) {
    return new TrialRecord(trial, point, Status.COMPLETED, objective);
  }

  static TrialRecord failed(int trial, Point point) {
    return new TrialRecord(trial, point, Status.FAILED, null);
  }

  static TrialRecord running(int trial, Point point) {
    return new TrialRecord(trial, point, Status.RUNNING, null);
  }

  /** What a sweep comes to whose trials are run one after the other. */
  static History run(Sampler sampler, int trials, ToDoubleFunction<Point> objective) {
    List<TrialRecord> records = new ArrayList<>();
    for (int trial = 0; trial < trials; trial++) {
      Point point = sampled(sampler, trial, new History(List.copyOf(records), true));
      records.add(completed(trial, point, objective.applyAsDouble(point)));
    }
    return new History(List.copyOf(records), true);
  }

  /** All the points of a random or grid sampler, at most {@code most}. */
  static List<Point> points(Sampler sampler, int most) {
    return Stream.iterate(0, trial -> trial + 1)
        .limit(most)
        .map(trial -> sampler.propose(trial, NO_HISTORY))
        .takeWhile(Proposal.Sampled.class::isInstance)
        .map(proposal -> ((Proposal.Sampled) proposal).point())
        .toList();
  }
}
