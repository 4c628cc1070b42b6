/**
 * What outlives a coordinator: journal, curves, logs of trials, and blobs such as checkpoints and
 * data sets.
 */
@NullMarked
package dev.caviar.coordinator.store;

import org.jspecify.annotations.NullMarked;
