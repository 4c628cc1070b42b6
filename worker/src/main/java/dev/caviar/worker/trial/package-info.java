/**
 * One trial's training: TrainingRun steps through mini-batches, makes changes between them, and is
 * plain code; TrialActor gives it a thread, a mailbox and a voice. What TrialActor has to keep
 * until it is stored is in Unacknowledged and BestNetwork, what it says for people in LogLines;
 * EpochLayers looks at the hidden layers.
 */
@NullMarked
package dev.caviar.worker.trial;

import org.jspecify.annotations.NullMarked;
