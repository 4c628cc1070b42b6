/** A worker's way to a coordinator across a network. It carries, and decides nothing. */
@NullMarked
package dev.caviar.worker.link;

import org.jspecify.annotations.NullMarked;
