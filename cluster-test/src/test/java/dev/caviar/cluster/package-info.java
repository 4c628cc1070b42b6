/**
 * Caviar as it is run: the images of coordinator, workers and command line beside a PostgreSQL, and
 * one of them killed, cut off or restarted in the middle of a sweep. Nothing here looks inside;
 * what a sweep came to is read from what {@code caviar export} writes.
 */
@NullMarked
package dev.caviar.cluster;

import org.jspecify.annotations.NullMarked;
