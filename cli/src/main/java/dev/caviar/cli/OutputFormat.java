package dev.caviar.cli;

/** Of what a command prints on standard output. */
public enum OutputFormat {
  /** For people. */
  TABLE,
  /** For scripts: one JSON document and nothing else. */
  JSON,
  /** For spreadsheets, where a command has rows to give. */
  CSV
}
