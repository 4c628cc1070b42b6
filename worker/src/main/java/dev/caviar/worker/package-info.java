/**
 * The worker: an actor with slots that pulls trials from a coordinator and trains them. It knows
 * the coordinator only through the messages of cluster.proto.
 */
@NullMarked
package dev.caviar.worker;

import org.jspecify.annotations.NullMarked;
