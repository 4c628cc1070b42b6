/**
 * One sweep's life: SweepActor decides, SweepEvent says what was decided, Sweep is what all events
 * so far amount to, and SweepFeed is what watchers get to see of it.
 */
@NullMarked
package dev.caviar.coordinator.sweep;

import org.jspecify.annotations.NullMarked;
