package dev.caviar.coordinator.search;

import dev.caviar.coordinator.search.History.TrialRecord;
import dev.caviar.coordinator.space.SearchSpace;
import dev.caviar.coordinator.space.SweepDefinition;
import dev.caviar.coordinator.space.SweepDefinition.Search;
import dev.caviar.proto.v1.EarlierTrial;
import java.util.ArrayList;
import java.util.List;

/**
 * Lets a sampler that learns go on in a space that was changed while its sweep ran: it sees those
 * of the trials that lie in the space as it is now, as if there had been no others.
 */
public final class ChangedSpace implements Sampler {
  private final Sampler sampler;
  private final SearchSpace space;
  private final int trials;

  private ChangedSpace(Sampler sampler, SweepDefinition sweep) {
    this.sampler = sampler;
    this.space = sweep.space();
    this.trials = sweep.search().trials();
  }

  /**
   * The sampler that a sweep asks for.
   *
   * @param sweep with its space as it is now
   * @param earlier the trials of other sweeps that it began with
   */
  public static Sampler of(SweepDefinition sweep, List<EarlierTrial> earlier) {
    Sampler sampler =
        WarmStart.of(
            sweep,
            earlier.stream()
                .filter(trial -> WarmStart.whyNot(sweep.space(), trial.getParametersList()) == null)
                .toList());
    return WarmStart.learns(sweep.search()) ? new ChangedSpace(sampler, sweep) : sampler;
  }

  /** Whether a sweep's space may change while it runs. */
  public static boolean isPossible(Search search) {
    return switch (search) {
      case Search.Random s -> true;
      case Search.Sobol s -> true;
      case Search.Halton s -> true;
      case Search.Tpe s -> true;
      case Search.GaussianProcess s -> true;
      case Search.Reproducible s -> isPossible(s.adaptive());
      case Search.Grid s -> false;
      case Search.CoarseToFine s -> false;
      case Search.CmaEs s -> false;
    };
  }

  @Override
  public Proposal propose(int trial, History history) {
    if (trial >= trials) {
      return new Proposal.Exhausted();
    }
    List<TrialRecord> inside = new ArrayList<>();
    for (TrialRecord record : history.trials()) {
      if (record.trial() < trial && space.contains(record.point())) {
        inside.add(record.numbered(inside.size()));
      }
    }
    return sampler.propose(inside.size(), new History(inside, history.minimize()));
  }

  @Override
  public int independentOfResults() {
    // Which trials lie inside is nothing that follows from their number.
    return 0;
  }

  @Override
  public boolean dependsOnOrderOfResults() {
    return sampler.dependsOnOrderOfResults();
  }
}
