package dev.caviar.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caviar.coordinator.space.SweepDefinition;
import dev.caviar.coordinator.space.SweepFile;
import dev.caviar.coordinator.space.SweepFileException;
import dev.caviar.coordinator.space.SweepFileProblem;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/**
 * A sweep file, or a panda file, where its user keeps it.
 *
 * @param path as given
 * @param text its content
 */
public record SweepFileOnDisk(Path path, String text) {
  /**
   * Reads it without understanding it.
   *
   * @throws CommandException if it cannot be read
   */
  public static SweepFileOnDisk read(Path path) {
    try {
      return new SweepFileOnDisk(path, Files.readString(path));
    } catch (NoSuchFileException e) {
      throw new CommandException(ExitCode.USAGE, path + ": there is no such file");
    } catch (MalformedInputException e) {
      throw new CommandException(ExitCode.USAGE, path + ": is not text in UTF-8");
    } catch (IOException e) {
      throw new CommandException(ExitCode.USAGE, path + ": cannot be read: " + e.getMessage());
    }
  }

  /** What relative paths in the file start from. */
  public Path baseDirectory() {
    Path parent = path.toAbsolutePath().normalize().getParent();
    return parent == null ? path.toAbsolutePath().getRoot() : parent;
  }

  /**
   * Understands it.
   *
   * @throws CommandException with all that is wrong, each with its line, in the asked form
   */
  SweepDefinition parse(OutputFormat format) {
    try {
      return SweepFile.parse(text, baseDirectory());
    } catch (SweepFileException e) {
      throw refusal(e.problems(), format);
    }
  }

  /** All that a coordinator elsewhere finds wrong with it, in the asked form. */
  public CommandException refused(
      List<dev.caviar.proto.v1.SweepFileProblem> problems, OutputFormat format) {
    return refusal(
        problems.stream()
            .map(
                problem ->
                    new SweepFileProblem(
                        problem.getLine(), problem.getColumn(), problem.getMessage()))
            .toList(),
        format);
  }

  private CommandException refusal(List<SweepFileProblem> problems, OutputFormat format) {
    return new CommandException(
        ExitCode.USAGE, format == OutputFormat.JSON ? asJson(problems) : asText(problems));
  }

  /** Each problem with the line it is in, the way compilers do it. */
  private String asText(List<SweepFileProblem> problems) {
    List<String> lines = text.lines().toList();
    StringBuilder out = new StringBuilder();
    for (SweepFileProblem problem : problems) {
      out.append(path)
          .append(':')
          .append(problem.line())
          .append(':')
          .append(problem.column())
          .append(": ")
          .append(problem.message())
          .append('\n');
      if (problem.line() >= 1 && problem.line() <= lines.size()) {
        String line = lines.get(problem.line() - 1);
        int column = Math.clamp(problem.column() - 1L, 0, line.length());
        // Tabs stay tabs, so that the mark stands below what it means.
        String indent = line.substring(0, column).replaceAll("[^\t]", " ");
        out.append("  ").append(line).append('\n').append("  ").append(indent).append("^\n");
      }
    }
    out.append(problems.size() == 1 ? "1 problem" : problems.size() + " problems")
        .append(" in ")
        .append(path);
    return out.toString();
  }

  private String asJson(List<SweepFileProblem> problems) {
    ObjectNode document = Json.object();
    document.put("file", path.toString());
    ArrayNode list = document.putArray("problems");
    for (SweepFileProblem problem : problems) {
      list.addObject()
          .put("line", problem.line())
          .put("column", problem.column())
          .put("message", problem.message());
    }
    return Json.print(document);
  }
}
