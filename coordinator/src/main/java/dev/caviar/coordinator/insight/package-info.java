/**
 * What can be told of a sweep from what its coordinator answers of it: its space, which
 * hyperparameters matter, and why its boxes are where they are. Messages in, messages or plain
 * values out; no actors, no clock. The command line and the dashboard both ask here.
 */
@NullMarked
package dev.caviar.coordinator.insight;

import org.jspecify.annotations.NullMarked;
