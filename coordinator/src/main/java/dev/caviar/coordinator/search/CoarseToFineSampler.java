package dev.caviar.coordinator.search;

import dev.caviar.coordinator.search.History.Status;
import dev.caviar.coordinator.search.History.TrialRecord;
import dev.caviar.coordinator.space.SearchSpace;
import dev.caviar.coordinator.space.SweepDefinition.Search;
import java.util.ArrayList;
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

  private final SearchSpace space;
  private final Search.CoarseToFine search;

  /** The stage computed last and all it was computed from: a shortcut, never a different answer. */
  private volatile @Nullable Known known;

  private record Known(Stage stage, List<TrialRecord> ended, boolean minimize) {
    boolean holdsFor(int number, History history) {
      if (number != stage.number() || minimize != history.minimize()) {
        return false;
      }
      for (int i = 0; i < ended.size(); i++) {
        if (!ended.get(i).equals(history.trials().get(i))) {
          return false;
        }
      }
      return true;
    }
  }

  public CoarseToFineSampler(SearchSpace space, Search.CoarseToFine search) {
    this.space = space;
    this.search = search;
  }

  @Override
  public Proposal propose(int trial, History history) {
    if (trial >= search.trials()) {
      return new Proposal.Exhausted();
    }
    int number = stageOf(trial);
    int before = firstTrial(number);
    long ended =
        history.trials().stream().limit(before).filter(t -> t.status() != Status.RUNNING).count();
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

  private Stage stage(int number, History history) {
    Known last = known;
    if (last != null && last.holdsFor(number, history)) {
      return last.stage();
    }
    Stage stage = first();
    while (stage.number() < number) {
      stage = next(stage, history);
    }
    known =
        new Known(
            stage,
            List.copyOf(history.trials().subList(0, stage.firstTrial())),
            history.minimize());
    return stage;
  }

  private Stage first() {
    List<Stage.Side> sides =
        space.dimensions().stream()
            .map(d -> new Stage.Side(d.name(), d.domain(), false, false, false))
            .toList();
    return new Stage(1, 0, firstTrial(2), List.of(), sides);
  }

  private Stage next(Stage stage, History history) {
    int number = stage.number() + 1;
    int firstTrial = firstTrial(number);
    List<TrialRecord> best = best(history.trials().subList(0, firstTrial), history.minimize());
    List<Stage.Side> sides = new ArrayList<>();
    for (int i = 0; i < space.dimensions().size(); i++) {
      String name = space.dimensions().get(i).name();
      sides.add(
          Narrowing.of(
              space.dimensions().get(i),
              stage.sides().get(i),
              best.stream()
                  .map(t -> t.point().values().get(name))
                  .filter(Objects::nonNull)
                  .toList()));
    }
    return new Stage(
        number,
        firstTrial,
        firstTrial(number + 1) - firstTrial,
        best.stream().map(TrialRecord::trial).toList(),
        List.copyOf(sides));
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

  /** From 1. */
  private int stageOf(int trial) {
    int each = search.trials() / search.stages();
    int inFirst = firstTrial(2);
    return trial < inFirst ? 1 : 2 + (trial - inFirst) / each;
  }

  /** Where a stage starts, or for the one after the last where that would. */
  private int firstTrial(int number) {
    int each = search.trials() / search.stages();
    int left = search.trials() % search.stages();
    return number == 1 ? 0 : left + (number - 1) * each;
  }
}
