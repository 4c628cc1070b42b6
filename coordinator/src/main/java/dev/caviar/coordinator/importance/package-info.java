/**
 * Which hyperparameters matter: how much of the objective's variance over the search space each of
 * them, and each pair, accounts for. Pure functions of a search space, trials and a seed; no
 * actors, no clock.
 */
@NullMarked
package dev.caviar.coordinator.importance;

import org.jspecify.annotations.NullMarked;
