/**
 * Samplers: which point of the search space a trial gets, as a pure function of seed, trial number
 * and history. No actors, no clock, no state.
 */
@NullMarked
package dev.caviar.coordinator.search;

import org.jspecify.annotations.NullMarked;
