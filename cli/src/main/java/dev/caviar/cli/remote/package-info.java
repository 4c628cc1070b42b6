/** The way to a coordinator across a network: where it is, how to prove oneself, and gRPC. */
@NullMarked
package dev.caviar.cli.remote;

import org.jspecify.annotations.NullMarked;
