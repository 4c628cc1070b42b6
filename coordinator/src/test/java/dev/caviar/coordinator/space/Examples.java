package dev.caviar.coordinator.space;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The sweep files and panda files that ship as examples. */
final class Examples {
  /** Maven runs tests in the module's directory. */
  static final Path DIRECTORY = Path.of("../examples").toAbsolutePath().normalize();

  private Examples() {}

  static List<Path> files() throws IOException {
    return files(false);
  }

  /** Those of one model each. */
  static List<Path> pandas() throws IOException {
    return files(true);
  }

  private static List<Path> files(boolean pandas) throws IOException {
    try (Stream<Path> files = Files.list(DIRECTORY)) {
      return files
          .filter(file -> file.toString().endsWith(".yaml"))
          .filter(file -> file.getFileName().toString().startsWith("panda") == pandas)
          .sorted()
          .toList();
    }
  }

  static SweepDefinition parse(String name) throws IOException, SweepFileException {
    return SweepFile.parse(Files.readString(DIRECTORY.resolve(name)), DIRECTORY);
  }
}
