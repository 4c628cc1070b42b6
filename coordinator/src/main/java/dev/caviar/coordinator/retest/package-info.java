/**
 * Whether an old best is still the best: which points are trained again, what their paired trials
 * say, and when a winner is stale enough to ask. Messages and plain values in and out; no actors,
 * no clock. The coordinator asks for staleness, the command line for the rest.
 */
@NullMarked
package dev.caviar.coordinator.retest;

import org.jspecify.annotations.NullMarked;
