package dev.caviar.coordinator.search;

import dev.caviar.coordinator.space.SearchSpace;
import dev.caviar.coordinator.space.SweepDefinition;
import dev.caviar.coordinator.space.SweepDefinition.Search;

/**
 * Chooses the points of the search space that trials get. A pure function: the same sampler, trial
 * number and history always give the same proposal, on every machine, and after a restart.
 */
public interface Sampler {
  /**
   * The sampler that a sweep asks for.
   *
   * @see RandomSampler
   * @see GridSampler
   * @see CoarseToFineSampler
   * @see SobolSampler
   * @see HaltonSampler
   * @see TpeSampler
   * @see CmaEsSampler
   * @see GaussianProcessSampler
   * @see ReproducibleSampler
   */
  static Sampler of(SweepDefinition sweep) {
    return of(sweep.space(), sweep.search());
  }

  private static Sampler of(SearchSpace space, Search search) {
    return switch (search) {
      case Search.Random random -> new RandomSampler(space, random);
      case Search.Grid grid -> new GridSampler(space, grid);
      case Search.CoarseToFine fine -> new CoarseToFineSampler(space, fine);
      case Search.Sobol sobol -> new SobolSampler(space, sobol);
      case Search.Halton halton -> new HaltonSampler(space, halton);
      case Search.Tpe tpe -> new TpeSampler(space, tpe);
      case Search.CmaEs cmaEs -> new CmaEsSampler(space, cmaEs);
      case Search.GaussianProcess process -> new GaussianProcessSampler(space, process);
      case Search.Reproducible reproducible ->
          new ReproducibleSampler(of(space, reproducible.adaptive()), reproducible.parallel());
    };
  }

  /**
   * The point for trial {@code trial}; exhausted from the sweep's number of trials on.
   *
   * @param trial from 0, without gaps
   * @param history the trials before it, those still running included
   */
  Proposal propose(int trial, History history);

  /** How many of the first trials get the same points whatever comes of any trial. */
  default int independentOfResults() {
    return Integer.MAX_VALUE;
  }

  /** Whether points depend on the order in which trials end, and so on how long each takes. */
  default boolean dependsOnOrderOfResults() {
    return false;
  }

  /** How many points there are to propose, the sweep's number of trials left aside. */
  default long size() {
    return Long.MAX_VALUE;
  }
}
