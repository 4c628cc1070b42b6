/**
 * One trial's training: TrainingRun steps through mini-batches and is plain code; TrialActor gives
 * it a thread, a mailbox and a voice.
 */
@NullMarked
package dev.caviar.worker.trial;

import org.jspecify.annotations.NullMarked;
