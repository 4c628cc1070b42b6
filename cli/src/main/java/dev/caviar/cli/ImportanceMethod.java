package dev.caviar.cli;

/** How the importance of hyperparameters is measured, as {@code --method} names it. */
enum ImportanceMethod {
  FANOVA("fanova"),
  PED_ANOVA("ped-anova");

  private final String key;

  ImportanceMethod(String key) {
    this.key = key;
  }

  @Override
  public String toString() {
    return key;
  }
}
