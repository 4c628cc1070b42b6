package dev.caviar.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import de.siegmar.fastcsv.reader.NamedCsvRecordHandler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a sweep came to, as its result folder tells it. Two runs of one sweep file must be equal
 * here, whatever happened to them on the way; times, workers and attempts are left out because they
 * may differ.
 *
 * @param trials state and objective by the trial's number, one line for each row of the file
 * @param curves each trial's points in the order of the file: epoch, step, losses, error, rate
 * @param best the best trial and its objective
 */
record Outcome(Map<Integer, List<String>> trials, Map<Integer, List<String>> curves, String best) {

  /**
   * Reads {@code trials.csv}, {@code curves.csv} and {@code summary.json}, or {@code sweep.json} of
   * an export.
   *
   * @throws IOException if one is missing or cannot be read
   */
  static Outcome of(Path folder) throws IOException {
    Map<Integer, List<String>> trials = new TreeMap<>();
    for (NamedCsvRecord row : rows(folder.resolve("trials.csv"))) {
      trials
          .computeIfAbsent(Integer.valueOf(row.getField("trial")), trial -> new ArrayList<>())
          .add(
              row.getField("state") + " " + row.getField("objective") + " " + row.getField("seed"));
    }
    Map<Integer, List<String>> curves = new TreeMap<>();
    for (NamedCsvRecord row : rows(folder.resolve("curves.csv"))) {
      curves
          .computeIfAbsent(Integer.valueOf(row.getField("trial")), trial -> new ArrayList<>())
          .add(
              String.join(
                  " ",
                  row.getField("epoch"),
                  row.getField("step"),
                  row.getField("train_loss"),
                  row.getField("dev_loss"),
                  row.getField("dev_error"),
                  row.getField("learning_rate")));
    }
    Path summary = folder.resolve("summary.json");
    JsonNode best =
        new ObjectMapper()
            .readTree((Files.exists(summary) ? summary : folder.resolve("sweep.json")).toFile())
            .required("best");
    return new Outcome(
        trials,
        curves,
        best.required("trial").asInt() + " " + best.required("objective").asDouble());
  }

  /** The epochs of a trial's points, in the order of the file. */
  List<Integer> epochs(int trial) {
    return curves.getOrDefault(trial, List.of()).stream()
        .map(point -> Integer.valueOf(point.substring(0, point.indexOf(' '))))
        .toList();
  }

  private static List<NamedCsvRecord> rows(Path file) throws IOException {
    // trials.csv has a column for the parameter "epochs" and one for the epochs trained.
    NamedCsvRecordHandler handler =
        NamedCsvRecordHandler.builder().allowDuplicateHeaderFields(true).build();
    try (CsvReader<NamedCsvRecord> reader = CsvReader.builder().build(handler, file)) {
      return reader.stream().toList();
    }
  }
}
