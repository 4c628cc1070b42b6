package dev.caviar.cli;

import picocli.CommandLine.Option;

/** {@code --output} of the commands that print a table or one document. */
final class OutputOption {
  @Option(
      names = "--output",
      paramLabel = "FORMAT",
      description = "table or json (default: ${DEFAULT-VALUE}).")
  private OutputFormat format = OutputFormat.TABLE;

  OutputFormat format() {
    return format;
  }

  boolean isJson() {
    return format == OutputFormat.JSON;
  }
}
