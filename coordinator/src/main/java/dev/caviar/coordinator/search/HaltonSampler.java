package dev.caviar.coordinator.search;

import dev.caviar.coordinator.space.SearchSpace;
import dev.caviar.coordinator.space.SweepDefinition.Search;

/**
 * Takes trials' points from a scrambled Halton sequence: each is distributed as with {@link
 * RandomSampler}, but together they leave smaller gaps and repeat each other less. Unlike those of
 * {@link SobolSampler} they are about as even for any number of trials. {@link HaltonSequence} has
 * the sources.
 *
 * <p>Each dimension has a coordinate of its own, whether or not it applies to a point. The earlier
 * a dimension, the smaller its base and the sooner its values are even.
 */
public final class HaltonSampler implements Sampler {
  private final SearchSpace space;
  private final Search.Halton search;
  private final HaltonSequence sequence;

  public HaltonSampler(SearchSpace space, Search.Halton search) {
    this.space = space;
    this.search = search;
    this.sequence = new HaltonSequence(space.dimensions().size(), search.seed());
  }

  @Override
  public Proposal propose(int trial, History history) {
    if (trial >= search.trials()) {
      return new Proposal.Exhausted();
    }
    return new Proposal.Sampled(UnitCube.point(space, sequence.point(trial)), null);
  }
}
