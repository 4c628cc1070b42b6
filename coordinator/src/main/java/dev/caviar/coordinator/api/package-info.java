/**
 * The coordinator's one port: what clients and workers say over the network, turned into messages
 * to the coordinator's actors and back. No decision is taken here.
 */
@NullMarked
package dev.caviar.coordinator.api;

import org.jspecify.annotations.NullMarked;
