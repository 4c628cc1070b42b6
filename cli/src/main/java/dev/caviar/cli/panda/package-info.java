/**
 * The {@code caviar panda} commands: one model that is babysat. Its ledger, its tree of branches,
 * its screen while it trains, and its training again from the ledger. What a coordinator decides is
 * not here.
 */
@NullMarked
package dev.caviar.cli.panda;

import org.jspecify.annotations.NullMarked;
