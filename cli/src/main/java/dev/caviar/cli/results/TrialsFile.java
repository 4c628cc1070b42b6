package dev.caviar.cli.results;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;

import de.siegmar.fastcsv.writer.CsvWriter;
import dev.caviar.cli.view.TrialStates;
import dev.caviar.proto.EndStates;
import dev.caviar.proto.v1.Parameter;
import dev.caviar.proto.v1.TrialStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A row for each trial that is over, with a column for each parameter. A conditional parameter may
 * turn up late, and a trial may end twice: then the whole file is written anew.
 */
final class TrialsFile {
  static final List<String> FIRST = List.of("trial", "state", "reason", "objective");
  static final List<String> LAST =
      List.of(
          "epochs_trained",
          "seconds",
          "seed",
          "attempt",
          "stage",
          "point",
          "repeat",
          "other_objectives",
          "violation",
          "network_parameters");

  private final Path file;
  private final Set<String> parameters = new LinkedHashSet<>();
  private final Map<Integer, TrialStatus> rows = new LinkedHashMap<>();
  private int columnsWritten;

  TrialsFile(Path file) throws IOException {
    this.file = file;
    rewrite();
  }

  /** Takes in a trial's status; only one of a trial that is over is written. */
  void add(TrialStatus trial) throws IOException {
    trial.getParametersList().stream().map(Parameter::getName).forEach(parameters::add);
    if (!EndStates.contains(trial.getState())) {
      return;
    }
    TrialStatus known = rows.put(trial.getTrial(), trial);
    if (trial.equals(known)) {
      return;
    }
    if (known == null && columnsWritten == parameters.size()) {
      try (CsvWriter csv =
          CsvWriter.builder().build(Files.newBufferedWriter(file, CREATE, APPEND))) {
        csv.writeRecord(row(trial));
      }
    } else {
      rewrite();
    }
  }

  private void rewrite() throws IOException {
    Path temporary = file.resolveSibling(file.getFileName() + ".tmp");
    try (CsvWriter csv = CsvWriter.builder().build(temporary)) {
      List<String> header = new ArrayList<>(FIRST);
      header.addAll(parameters);
      header.addAll(LAST);
      csv.writeRecord(header);
      for (TrialStatus trial : rows.values()) {
        csv.writeRecord(row(trial));
      }
    }
    Files.move(temporary, file, ATOMIC_MOVE, REPLACE_EXISTING);
    columnsWritten = parameters.size();
  }

  private List<String> row(TrialStatus trial) {
    Map<String, String> values = new LinkedHashMap<>();
    trial
        .getParametersList()
        .forEach(parameter -> values.put(parameter.getName(), Values.text(parameter.getValue())));
    List<String> row = new ArrayList<>();
    row.add(Integer.toString(trial.getTrial()));
    row.add(TrialStates.key(trial.getState()));
    row.add(trial.getReason());
    row.add(trial.hasObjective() ? Double.toString(trial.getObjective()) : "");
    parameters.forEach(name -> row.add(values.getOrDefault(name, "")));
    row.add(Integer.toString(trial.getEpochs()));
    row.add(Double.toString(trial.getElapsedMicros() / 1e6));
    row.add(Long.toString(trial.getSeed()));
    row.add(Integer.toString(trial.getAttempt()));
    row.add(trial.getStage() == 0 ? "" : Integer.toString(trial.getStage()));
    row.add(Integer.toString(trial.getPoint()));
    row.add(Integer.toString(trial.getRepeat()));
    row.add(
        trial.getOtherObjectivesList().stream()
            .map(value -> Double.toString(value))
            .collect(Collectors.joining(" ")));
    row.add(Double.toString(trial.getViolation()));
    row.add(trial.getNetworkParameters() == 0 ? "" : Long.toString(trial.getNetworkParameters()));
    return row;
  }
}
