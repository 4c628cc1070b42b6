package dev.caviar.coordinator.search;

import dev.caviar.coordinator.search.History.Status;
import dev.caviar.coordinator.search.History.TrialRecord;
import java.util.AbstractList;
import java.util.List;

/**
 * Lets another sampler see results in the order of the trials' numbers, not in that of their
 * arrival, so that it draws the same trials however many workers there are and however long each
 * takes.
 *
 * <p>With {@code parallel} trials under way at the most, trial n is drawn from the results of the
 * trials up to n − parallel, all of which have to be over; later ones count as running even if they
 * are over. Points that do not depend on results wait for nothing.
 */
public final class ReproducibleSampler implements Sampler {
  private final Sampler sampler;
  private final int parallel;

  /**
   * @param parallel how many trials may be under way at once, at least 1
   */
  public ReproducibleSampler(Sampler sampler, int parallel) {
    this.sampler = sampler;
    this.parallel = parallel;
  }

  @Override
  public Proposal propose(int trial, History history) {
    List<TrialRecord> trials = history.trials();
    int known = Math.max(0, trial - parallel + 1);
    if (trial >= sampler.independentOfResults() && trial < sampler.size()) {
      for (TrialRecord before : trials.subList(0, Math.min(known, trials.size()))) {
        if (before.status() == Status.RUNNING) {
          return new Proposal.Wait("trial " + before.trial() + " is not over");
        }
      }
    }
    return sampler.propose(trial, new History(upTo(known, trials), history.minimize()));
  }

  /** A view in which the trials from {@code known} on are running. */
  private static List<TrialRecord> upTo(int known, List<TrialRecord> trials) {
    return new AbstractList<>() {
      @Override
      public TrialRecord get(int index) {
        TrialRecord trial = trials.get(index);
        return index < known
            ? trial
            : new TrialRecord(trial.trial(), trial.point(), Status.RUNNING, null);
      }

      @Override
      public int size() {
        return trials.size();
      }
    };
  }

  @Override
  public int independentOfResults() {
    return sampler.independentOfResults();
  }

  @Override
  public long size() {
    return sampler.size();
  }
}
