package dev.caviar.coordinator.search;

import dev.caviar.coordinator.search.History.Status;
import dev.caviar.coordinator.search.History.TrialRecord;
import dev.caviar.coordinator.space.Dimension;
import dev.caviar.coordinator.space.Domain;
import dev.caviar.coordinator.space.Hyperparameter;
import dev.caviar.coordinator.space.ParameterValue;
import dev.caviar.coordinator.space.Scale;
import dev.caviar.coordinator.space.SearchSpace;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A coarse-to-fine stage and why its box is where it is, told from the stage before and the trials.
 *
 * @param before how many trials had ended when it began
 * @param completed how many of these completed
 * @param worstKept the objective of the worst trial the box was drawn around; null where there is
 *     none
 * @param inside those of the trials before that lie in this box, in their order
 * @param sides one for each dimension, in the space's order
 */
public record Zoom(
    Stage stage,
    int before,
    int completed,
    @Nullable Double worstKept,
    List<Integer> inside,
    List<Side> sides) {
  public Zoom {
    inside = List.copyOf(inside);
    sides = List.copyOf(sides);
  }

  /**
   * One side of the box.
   *
   * @param ofBefore how long it is as a share of that of the stage before, on the dimension's
   *     scale; of choices how many are left
   * @param ofRange likewise as a share of the sweep file's range
   * @param lowest of the values it was drawn around; null where it was drawn around none, and for
   *     choices
   * @param highest likewise
   * @param allowed how far the sweep file lets the dimension widen; null: not at all
   * @param unlimited what the side would be if the sweep file let it reach as far as values are
   *     legal; null where that would make no difference
   */
  public record Side(
      Stage.Side side,
      double ofBefore,
      double ofRange,
      @Nullable ParameterValue lowest,
      @Nullable ParameterValue highest,
      @Nullable Domain allowed,
      @Nullable Domain unlimited) {}

  /**
   * All stages that began, explained.
   *
   * @param stages in their order, the first among them
   * @param trials as far as they are known; those before a stage count in its explanation
   */
  public static List<Zoom> of(SearchSpace space, List<Stage> stages, List<TrialRecord> trials) {
    Map<Integer, TrialRecord> byNumber =
        trials.stream().collect(Collectors.toMap(TrialRecord::trial, Function.identity()));
    List<Zoom> explained = new ArrayList<>();
    for (int i = 0; i < stages.size(); i++) {
      explained.add(of(space, stages.get(i), i == 0 ? null : stages.get(i - 1), byNumber));
    }
    return explained;
  }

  private static Zoom of(
      SearchSpace space, Stage stage, @Nullable Stage last, Map<Integer, TrialRecord> byNumber) {
    List<TrialRecord> before =
        byNumber.values().stream()
            .filter(trial -> trial.trial() < stage.firstTrial())
            .sorted(Comparator.comparingInt(TrialRecord::trial))
            .toList();
    List<TrialRecord> best =
        stage.drawnFrom().stream().map(byNumber::get).filter(Objects::nonNull).toList();
    List<Side> sides = new ArrayList<>();
    for (int i = 0; i < stage.sides().size(); i++) {
      Dimension dimension = space.dimensions().get(i);
      sides.add(
          side(dimension, stage.sides().get(i), last == null ? null : last.sides().get(i), best));
    }
    return new Zoom(
        stage,
        stage.firstTrial(),
        (int) before.stream().filter(trial -> trial.status() == Status.COMPLETED).count(),
        best.isEmpty() ? null : best.getLast().objective(),
        before.stream().filter(stage::contains).map(TrialRecord::trial).toList(),
        sides);
  }

  private static Side side(
      Dimension dimension, Stage.Side side, Stage.@Nullable Side before, List<TrialRecord> best) {
    List<ParameterValue> values =
        CoarseToFineSampler.fewestOrNone(
            best.stream()
                .map(trial -> trial.point().values().get(dimension.name()))
                .filter(Objects::nonNull)
                .toList());
    boolean numbers = !(dimension.domain() instanceof Domain.Choices) && !values.isEmpty();
    Comparator<ParameterValue> bySize = Comparator.comparingDouble(Narrowing::number);
    double length = length(dimension, side.domain());
    return new Side(
        side,
        before == null ? 1 : share(length, length(dimension, before.domain())),
        share(length, length(dimension, dimension.domain())),
        numbers ? values.stream().min(bySize).orElseThrow() : null,
        numbers ? values.stream().max(bySize).orElseThrow() : null,
        dimension.mayWiden(),
        before == null || values.isEmpty() ? null : unlimited(dimension, side, before, values));
  }

  private static double share(double length, double of) {
    return of == 0 ? 1 : length / of;
  }

  /** On the dimension's scale, where the sweep file's range is 1 long; of choices their number. */
  private static double length(Dimension dimension, Domain domain) {
    return switch (domain) {
      case Domain.Choices c -> c.values().size();
      case Domain.RealRange r -> {
        Domain.RealRange range = (Domain.RealRange) dimension.domain();
        yield r.scale().toUnit(r.max(), range.min(), range.max())
            - r.scale().toUnit(r.min(), range.min(), range.max());
      }
      case Domain.WholeRange w -> {
        // A number more, as a range has one more number than it is long.
        Domain.WholeRange range = (Domain.WholeRange) dimension.domain();
        double low = range.min() - 0.5;
        double high = range.max() + 0.5;
        yield w.scale().toUnit(w.max() + 0.5, low, high)
            - w.scale().toUnit(w.min() - 0.5, low, high);
      }
    };
  }

  private static @Nullable Domain unlimited(
      Dimension dimension, Stage.Side side, Stage.Side before, List<ParameterValue> values) {
    Domain legal = legal(dimension);
    if (legal == null) {
      return null;
    }
    Dimension free =
        new Dimension(
            dimension.name(),
            dimension.parameter(),
            dimension.layer(),
            dimension.domain(),
            dimension.condition(),
            dimension.gridPoints(),
            legal);
    Domain unlimited = Narrowing.of(free, before, values).domain();
    return unlimited.equals(side.domain()) ? null : unlimited;
  }

  /** As far as values of a parameter are legal and on its scale; null for choices. */
  private static @Nullable Domain legal(Dimension dimension) {
    Hyperparameter.Kind kind =
        Hyperparameter.named(dimension.parameter()).map(Hyperparameter::kind).orElse(null);
    return switch (dimension.domain()) {
      case Domain.Choices _ -> null;
      case Domain.RealRange r when kind instanceof Hyperparameter.Kind.RealNumber(var bounds) -> {
        // The ends that are not legal themselves lie infinitely far away on a logarithmic scale;
        // on others nine tenths of the way there are far enough.
        double min = bounds.minIncluded() || r.scale() == Scale.LOG ? bounds.min() : r.min() / 10;
        double max =
            Double.isInfinite(bounds.max()) || r.scale() == Scale.ONE_MINUS_LOG
                ? bounds.max()
                : bounds.max() - (bounds.max() - r.max()) / 10;
        yield new Domain.RealRange(
            r.scale(), min, r.scale() == Scale.ONE_MINUS_LOG ? Math.min(max, 1) : max);
      }
      case Domain.WholeRange w when kind instanceof Hyperparameter.Kind.WholeNumber(var a, var b) ->
          new Domain.WholeRange(w.scale(), w.scale() == Scale.LOG ? Math.max(a, 1) : a, b);
      case Domain.RealRange _, Domain.WholeRange _ -> null;
    };
  }
}
