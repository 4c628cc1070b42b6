/** The coordinator: the guardian actor that takes sweeps, lets workers in and answers clients. */
@NullMarked
package dev.caviar.coordinator;

import org.jspecify.annotations.NullMarked;
