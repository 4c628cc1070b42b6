/** The caviar command. */
@NullMarked
package dev.caviar.cli;

import org.jspecify.annotations.NullMarked;
