package dev.caviar.cli.results;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caviar.proto.v1.Model;
import dev.caviar.proto.v1.SweepUpdate;
import dev.caviar.worker.model.ModelException;
import dev.caviar.worker.model.TrainedModel;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The files of one sweep, in {@code <results>/<sweep id>/}:
 *
 * <ul>
 *   <li>{@code sweep.yaml}, the sweep file as given
 *   <li>{@code trials.csv}, a row for each trial that is over, with a column for each parameter
 *   <li>{@code curves.csv}, a row for each epoch of each trial
 *   <li>{@code summary.json}, written whole when the sweep is over
 *   <li>{@code sweep.json} instead of it, where the sweep ran elsewhere and was exported
 *   <li>{@code best-model.caviar}, for {@code caviar predict}, and {@code normalization.json}
 * </ul>
 *
 * <p>The CSV files grow while the sweep runs. Not thread-safe.
 */
public final class ResultFolder implements Closeable {
  /** Where results go unless the user says. */
  public static final Path DEFAULT = Path.of("caviar-results");

  static final String SWEEP = "sweep.yaml";
  static final String SWEEP_JSON = "sweep.json";
  static final String TRIALS = "trials.csv";
  static final String CURVES = "curves.csv";
  static final String SUMMARY = "summary.json";
  static final String MODEL = "best-model.caviar";
  static final String NORMALIZATION = "normalization.json";

  private final Path path;
  private final TrialsFile trials;
  private final CurvesFile curves;

  private ResultFolder(Path path, String sweepFile) throws IOException {
    this.path = path;
    Files.writeString(path.resolve(SWEEP), sweepFile);
    trials = new TrialsFile(path.resolve(TRIALS));
    curves = new CurvesFile(path.resolve(CURVES));
  }

  /**
   * Makes sure that folders can be made in {@code results}, so that a sweep is not trained in vain.
   *
   * @throws ResultsException if they cannot
   */
  public static void requireWritable(Path results) {
    try {
      Files.createDirectories(results);
      Files.delete(Files.createTempFile(results, ".caviar", ".tmp"));
    } catch (IOException e) {
      throw unwritable(results, e);
    }
  }

  /**
   * A new folder for a sweep. Where there is one of that name already, a number is added to it:
   * nothing is ever written over.
   *
   * @throws ResultsException if it cannot be made
   */
  public static ResultFolder create(Path results, String sweepId, String sweepFile) {
    try {
      Files.createDirectories(results);
      return new ResultFolder(newFolder(results, sweepId), sweepFile);
    } catch (IOException e) {
      throw unwritable(results, e);
    }
  }

  private static Path newFolder(Path results, String sweepId) throws IOException {
    String name = fileName(sweepId);
    for (int number = 1; ; number++) {
      Path folder = results.resolve(number == 1 ? name : name + "-" + number);
      try {
        return Files.createDirectory(folder);
      } catch (FileAlreadyExistsException e) {
        // The next number, then.
      }
    }
  }

  /** A sweep's id as the name of a file or folder: it is no path, whatever a coordinator says. */
  public static String fileName(String sweepId) {
    return sweepId.replaceAll("[^A-Za-z0-9._-]", "_").replaceFirst("^\\.+", "_");
  }

  private static ResultsException unwritable(Path results, IOException e) {
    return new ResultsException(
        results
            + ": results cannot be written there: "
            + reason(e)
            + "; choose another folder with --results",
        e);
  }

  private static String reason(IOException e) {
    return switch (e) {
      case AccessDeniedException denied -> "access to " + denied.getFile() + " denied";
      case FileAlreadyExistsException exists -> exists.getFile() + " is no folder";
      default -> e.toString();
    };
  }

  public Path path() {
    return path;
  }

  /**
   * Writes down what an update brings.
   *
   * @throws ResultsException if it cannot, as with a full disk
   */
  public void add(SweepUpdate update) {
    try {
      switch (update.getUpdateCase()) {
        case TRIAL -> trials.add(update.getTrial());
        case POINTS -> curves.add(update.getPoints());
        case STATUS, STAGE, UPDATE_NOT_SET -> {}
      }
    } catch (IOException e) {
      throw new ResultsException(path + ": cannot be written: " + reason(e), e);
    }
  }

  /**
   * Writes the best model and, for readers that are not Caviar, its normalisation.
   *
   * @throws ResultsException if it cannot, as with a full disk
   */
  public void writeModel(Model model) {
    try {
      TrainedModel.of(model).write(path.resolve(MODEL));
    } catch (ModelException e) {
      throw new ResultsException(String.valueOf(e.getMessage()), e);
    }
    write(NORMALIZATION, Summary.normalization(model));
  }

  /** Writes the summary; who reads it sees all of it or none. */
  public void writeSummary(JsonNode summary) {
    write(SUMMARY, summary);
  }

  /** Writes what a coordinator elsewhere knows of the sweep; a summary is of one run here. */
  public void writeSweep(JsonNode sweep) {
    write(SWEEP_JSON, sweep);
  }

  private void write(String name, JsonNode json) {
    Path temporary = path.resolve("." + name + ".tmp");
    try {
      Files.writeString(temporary, json.toPrettyString() + "\n");
      Files.move(temporary, path.resolve(name), ATOMIC_MOVE, REPLACE_EXISTING);
    } catch (IOException e) {
      throw new ResultsException(path.resolve(name) + ": cannot be written: " + reason(e), e);
    }
  }

  /**
   * The model that {@code result} means: a model's file itself, or that of a result folder.
   *
   * @throws ResultsException if there is none
   */
  public static Path modelFile(Path result) {
    if (!Files.isDirectory(result)) {
      if (!Files.exists(result)) {
        throw new ResultsException(result + ": no such result folder or model file");
      }
      return result;
    }
    Path model = result.resolve(MODEL);
    if (!Files.exists(model)) {
      throw new ResultsException(
          result
              + ": has no "
              + MODEL
              + (Files.exists(result.resolve(SWEEP))
                  ? ": no trial of that sweep completed"
                  : "; a result folder is what `caviar run` or `caviar export` made, such as "
                      + DEFAULT.resolve("digits-1")));
    }
    return model;
  }

  @Override
  public void close() {
    try {
      curves.close();
    } catch (IOException e) {
      throw new ResultsException(path + ": cannot be written: " + reason(e), e);
    }
  }
}
