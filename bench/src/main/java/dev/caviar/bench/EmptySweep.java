package dev.caviar.bench;

/** The sweep file of trials that train nothing. */
final class EmptySweep {
  private EmptySweep() {}

  static String file(String name, int trials, int epochs) {
    return file(name, trials, epochs, "none");
  }

  /**
   * @param earlyStopping as in a sweep file, with its settings
   */
  static String file(String name, int trials, int epochs, String earlyStopping) {
    return """
    name: %s
    data: {builtin: digits, dev: 0.2}
    parameters:
      learning_rate: {scale: log, min: 1.0e-4, max: 1.0}
    fixed: {epochs: %d, hidden_units: [5]}
    search: {sampler: random, trials: %d, seed: 1}
    schedule: {early_stopping: %s}
    """
        .formatted(name, epochs, trials, earlyStopping);
  }
}
