package dev.caviar.coordinator.search;

import dev.caviar.coordinator.space.Dimension;
import dev.caviar.coordinator.space.Domain;
import dev.caviar.coordinator.space.SearchSpace;
import dev.caviar.coordinator.space.SweepDefinition.Search;
import java.util.List;

/**
 * Draws each trial from the whole space, evenly on each dimension's scale and independently of all
 * other trials: Bergstra and Bengio, "Random search for hyper-parameter optimization", 2012. Where
 * few of many hyperparameters matter it tries more values of those than a grid of the same size.
 *
 * <ul>
 *   <li>A real number is even on its scale.
 *   <li>A whole number is equally likely on the linear scale; on the others it is the nearest to a
 *       real number drawn evenly on the scale from min − ½ to max + ½, so both ends come up.
 *   <li>A choice is equally likely.
 * </ul>
 */
public final class RandomSampler implements Sampler {
  private final SearchSpace space;
  private final List<Domain> domains;
  private final Search.Random search;

  public RandomSampler(SearchSpace space, Search.Random search) {
    this.space = space;
    this.domains = space.dimensions().stream().map(Dimension::domain).toList();
    this.search = search;
  }

  @Override
  public Proposal propose(int trial, History history) {
    if (trial >= search.trials()) {
      return new Proposal.Exhausted();
    }
    return new Proposal.Sampled(Draws.point(space, domains, search.seed(), trial), null);
  }
}
