package dev.caviar.coordinator.search;

import dev.caviar.coordinator.space.SearchSpace;
import dev.caviar.coordinator.space.SweepDefinition.Search;

/**
 * Takes trials' points from a scrambled Sobol sequence: each is distributed as with {@link
 * RandomSampler}, but together they leave smaller gaps and repeat each other less. Most even where
 * the number of trials is a power of two. {@link SobolSequence} has the sources.
 *
 * <p>Each dimension has a coordinate of its own, whether or not it applies to a point.
 */
public final class SobolSampler implements Sampler {
  private final SearchSpace space;
  private final Search.Sobol search;
  private final SobolSequence sequence;

  public SobolSampler(SearchSpace space, Search.Sobol search) {
    this.space = space;
    this.search = search;
    // A space without dimensions has its one point, too.
    this.sequence = new SobolSequence(Math.max(1, space.dimensions().size()), search.seed());
  }

  @Override
  public Proposal propose(int trial, History history) {
    if (trial >= search.trials()) {
      return new Proposal.Exhausted();
    }
    return new Proposal.Sampled(UnitCube.point(space, sequence.point(trial)), null);
  }
}
