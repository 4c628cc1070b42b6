package dev.caviar.coordinator.search;

import dev.caviar.coordinator.search.History.Status;
import dev.caviar.coordinator.search.History.TrialRecord;
import dev.caviar.coordinator.space.ParameterValue;
import dev.caviar.coordinator.space.SearchSpace;
import dev.caviar.coordinator.space.SweepDefinition.Search;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Random search in stages, each from a smaller box around the best trials before it. Trials are
 * divided evenly among the stages; what is left over goes to the first. A stage waits until every
 * trial of the stages before it has ended, so that its box, and with it every point, is the same
 * however many trials run at once and in whichever order they end.
 *
 * <p>A box is drawn around the best {@code keep} of all ended trials, but at least three; see
 * docs/coarse-to-fine.md for how. Failed trials count among those ended but are never drawn around;
 * of equal objectives the lower trial number is better.
 */
public final class CoarseToFineSampler implements Sampler {
  /** The fewest trials a box is drawn around, where as many completed. */
  static final int FEWEST_KEPT = 3;

  /** The fewest of those trials that a dimension has to apply to for its side to change. */
  static final int FEWEST_VALUES = 2;

  private final SearchSpace space;
  private final Search.CoarseToFine search;
  private final Stage first;

  /** The stage computed last and all it was computed from: a shortcut, never a different answer. */
  private volatile @Nullable Known known;

  /**
   * A stage and what it follows from.
   *
   * @param ended the trials of all stages before
   * @param drawnFrom those of them that any stage so far was drawn around; of the others only how
   *     they ended counts
   */
  private record Known(Stage stage, List<TrialRecord> ended, BitSet drawnFrom, boolean minimize) {
    boolean followsFrom(History history) {
      if (minimize != history.minimize() || ended.size() > history.trials().size()) {
        return false;
      }
      for (int i = 0; i < ended.size(); i++) {
        TrialRecord then = ended.get(i);
        TrialRecord now = history.trials().get(i);
        if (then.status() != now.status()
            || !Objects.equals(then.objective(), now.objective())
            || (drawnFrom.get(i) && !then.point().equals(now.point()))) {
          return false;
        }
      }
      return true;
    }
  }

  public CoarseToFineSampler(SearchSpace space, Search.CoarseToFine search) {
    this.space = space;
    this.search = search;
    this.first = first(space, firstTrial(2, search));
  }

  @Override
  public Proposal propose(int trial, History history) {
    if (trial >= search.trials()) {
      return new Proposal.Exhausted();
    }
    int number = stageOf(trial, search);
    int before = firstTrial(number, search);
    int ended = ended(history, before);
    if (ended < before) {
      return new Proposal.Wait(
          "stage %d of %d starts when %d more trials have ended"
              .formatted(number, search.stages(), before - ended));
    }
    Stage stage = stage(number, history);
    return new Proposal.Sampled(
        Draws.point(
            space, stage.sides().stream().map(Stage.Side::domain).toList(), search.seed(), trial),
        stage);
  }

  /** How many of the first trials have ended. */
  private static int ended(History history, int trials) {
    int ended = 0;
    for (int i = 0; i < Math.min(trials, history.trials().size()); i++) {
      ended += history.trials().get(i).status() == Status.RUNNING ? 0 : 1;
    }
    return ended;
  }

  private Stage stage(int number, History history) {
    if (number == 1) {
      return first;
    }
    Stage stage = first;
    BitSet drawnFrom = new BitSet();
    Known last = known;
    if (last != null && last.stage().number() <= number && last.followsFrom(history)) {
      if (last.stage().number() == number) {
        return last.stage();
      }
      stage = last.stage();
      drawnFrom.or(last.drawnFrom());
    }
    while (stage.number() < number) {
      stage = next(stage, history);
      stage.drawnFrom().forEach(drawnFrom::set);
    }
    known =
        new Known(
            stage,
            List.copyOf(history.trials().subList(0, stage.firstTrial())),
            drawnFrom,
            history.minimize());
    return stage;
  }

  private static Stage first(SearchSpace space, int trials) {
    List<Stage.Side> sides =
        space.dimensions().stream()
            .map(d -> new Stage.Side(d.name(), d.domain(), false, false, false))
            .toList();
    return new Stage(1, 0, trials, List.of(), sides);
  }

  private Stage next(Stage stage, History history) {
    int number = stage.number() + 1;
    int firstTrial = firstTrial(number, search);
    List<TrialRecord> best = best(history.trials().subList(0, firstTrial), history.minimize());
    List<Stage.Side> sides = new ArrayList<>();
    for (int i = 0; i < space.dimensions().size(); i++) {
      String name = space.dimensions().get(i).name();
      sides.add(
          Narrowing.of(
              space.dimensions().get(i),
              stage.sides().get(i),
              fewestOrNone(
                  best.stream()
                      .map(t -> t.point().values().get(name))
                      .filter(Objects::nonNull)
                      .toList())));
    }
    return new Stage(
        number,
        firstTrial,
        firstTrial(number + 1, search) - firstTrial,
        best.stream().map(TrialRecord::trial).toList(),
        List.copyOf(sides));
  }

  /** One value alone says nothing of how far good ones spread. */
  static List<ParameterValue> fewestOrNone(List<ParameterValue> values) {
    return values.size() < FEWEST_VALUES ? List.of() : values;
  }

  private List<TrialRecord> best(List<TrialRecord> ended, boolean minimize) {
    int kept = Math.max(FEWEST_KEPT, (int) Math.ceil(search.keep() * ended.size()));
    Comparator<TrialRecord> byObjective =
        Comparator.comparingDouble(CoarseToFineSampler::objective);
    return ended.stream()
        .filter(t -> t.status() == Status.COMPLETED && !Double.isNaN(objective(t)))
        .sorted(
            (minimize ? byObjective : byObjective.reversed()).thenComparingInt(TrialRecord::trial))
        .limit(kept)
        .toList();
  }

  private static double objective(TrialRecord trial) {
    Double objective = trial.objective();
    return objective == null ? Double.NaN : objective;
  }

  /** The number, from 1, of the stage a trial belongs to. */
  private static int stageOf(int trial, Search.CoarseToFine search) {
    int inFirst = firstTrial(2, search);
    int inEach = search.trials() / search.stages();
    return trial < inFirst ? 1 : 2 + (trial - inFirst) / inEach;
  }

  /** Where a stage starts, or for the one after the last where that would. */
  private static int firstTrial(int stage, Search.CoarseToFine search) {
    int inEach = search.trials() / search.stages();
    int leftOver = search.trials() % search.stages();
    return stage == 1 ? 0 : leftOver + (stage - 1) * inEach;
  }
}
