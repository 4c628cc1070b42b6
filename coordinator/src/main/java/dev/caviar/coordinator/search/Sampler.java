package dev.caviar.coordinator.search;

/**
 * Chooses the points of the search space that trials get. A pure function: the same sampler, trial
 * number and history always give the same proposal, on every machine, and after a restart.
 */
public interface Sampler {
  /**
   * The point for trial {@code trial}.
   *
   * @param trial from 0, without gaps
   * @param history the trials before it, those still running included
   */
  Proposal propose(int trial, History history);
}
