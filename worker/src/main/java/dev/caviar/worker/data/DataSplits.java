package dev.caviar.worker.data;

import dev.caviar.worker.backend.Examples;

/**
 * A data set divided, its inputs normalised by the training examples' statistics if asked for.
 * Shared by all trials on it.
 *
 * @param dataset where the examples came from; kept for its names and hash, not for its examples
 * @param dev never empty
 * @param test may be empty
 */
public record DataSplits(
    Dataset dataset, Examples train, Examples dev, Examples test, Normalization normalization) {}
