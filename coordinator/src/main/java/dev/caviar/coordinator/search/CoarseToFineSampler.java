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
 *
 * <p>Where the search counts earlier trials, those that ended in a stage's box are taken off its
 * number, and those saved are left to the stages after it. All of them have ended before the stage
 * begins, so it still is the same however many run at once.
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
   * @param drawnFrom those of them whose places made the stages what they are; of the others only
   *     how they ended counts
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
            || !Objects.equals(then.result(), now.result())
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
    int planned = search.trials() - search.added();
    this.first = first(space, planned / search.stages() + planned % search.stages());
  }

  @Override
  public Proposal propose(int trial, History history) {
    if (trial >= search.trials()) {
      return new Proposal.Exhausted();
    }
    Stage stage = first;
    BitSet drawnFrom = new BitSet();
    Known last = known;
    if (last != null && last.stage().firstTrial() <= trial && last.followsFrom(history)) {
      stage = last.stage();
      drawnFrom.or(last.drawnFrom());
    }
    while (trial >= end(stage)) {
      int ended = ended(history, end(stage));
      if (ended < end(stage)) {
        return new Proposal.Wait(
            "stage %d of %d starts when %d more trials have ended"
                .formatted(stage.number() + 1, search.stages(), end(stage) - ended));
      }
      stage = next(stage, history);
      stage.drawnFrom().forEach(drawnFrom::set);
      if (search.countEarlier()) {
        // Where each of them lies made the stage as long as it is.
        drawnFrom.set(0, stage.firstTrial());
      }
    }
    if (stage.number() > 1) {
      known =
          new Known(
              stage,
              List.copyOf(history.trials().subList(0, stage.firstTrial())),
              drawnFrom,
              history.minimize());
    }
    return new Proposal.Sampled(
        Draws.point(
            space, stage.sides().stream().map(Stage.Side::domain).toList(), search.seed(), trial),
        stage);
  }

  @Override
  public int independentOfResults() {
    return end(first);
  }

  /** The first trial that is no longer the stage's. */
  private static int end(Stage stage) {
    return stage.firstTrial() + stage.trials();
  }

  /** How many of the first trials have ended. */
  private static int ended(History history, int trials) {
    int ended = 0;
    for (int i = 0; i < Math.min(trials, history.trials().size()); i++) {
      ended += history.trials().get(i).status() == Status.RUNNING ? 0 : 1;
    }
    return ended;
  }

  private static Stage first(SearchSpace space, int trials) {
    List<Stage.Side> sides =
        space.dimensions().stream()
            .map(d -> new Stage.Side(d.name(), d.domain(), false, false, false))
            .toList();
    return new Stage(1, 0, trials, List.of(), sides);
  }

  private Stage next(Stage stage, History history) {
    int firstTrial = end(stage);
    List<TrialRecord> before = history.trials().subList(0, firstTrial);
    List<TrialRecord> best = best(before, history.minimize());
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
    Stage next =
        new Stage(
            stage.number() + 1,
            firstTrial,
            0,
            best.stream().map(TrialRecord::trial).toList(),
            List.copyOf(sides));
    return new Stage(
        next.number(), firstTrial, trials(next, before), next.drawnFrom(), next.sides());
  }

  /**
   * How many trials of its own a stage has: an even share of those that are left, less the earlier
   * ones that count as its own. The last has all that are left.
   */
  private int trials(Stage stage, List<TrialRecord> before) {
    int left = search.trials() - search.added() - stage.firstTrial();
    int stagesLeft = search.stages() - stage.number() + 1;
    if (stagesLeft <= 1) {
      return left + search.added();
    }
    int share = left / stagesLeft;
    int inside = search.countEarlier() ? (int) before.stream().filter(stage::contains).count() : 0;
    // Without any of its own the next box would be drawn from what is known already.
    return Math.max(share - inside, 1);
  }

  /** One value alone says nothing of how far good ones spread. */
  static List<ParameterValue> fewestOrNone(List<ParameterValue> values) {
    return values.size() < FEWEST_VALUES ? List.of() : values;
  }

  private List<TrialRecord> best(List<TrialRecord> ended, boolean minimize) {
    int kept = Math.max(FEWEST_KEPT, (int) Math.ceil(search.keep() * ended.size()));
    Comparator<TrialRecord> byResult = Comparator.comparingDouble(CoarseToFineSampler::result);
    return ended.stream()
        .filter(t -> t.result() != null)
        .sorted((minimize ? byResult : byResult.reversed()).thenComparingInt(TrialRecord::trial))
        .limit(kept)
        .toList();
  }

  private static double result(TrialRecord trial) {
    Double result = trial.result();
    return result == null ? Double.NaN : result;
  }
}
