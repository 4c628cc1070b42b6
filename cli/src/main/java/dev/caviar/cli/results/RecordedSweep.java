package dev.caviar.cli.results;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import dev.caviar.cli.view.TrialStates;
import dev.caviar.proto.v1.GetSweepResponse;
import dev.caviar.proto.v1.Parameter;
import dev.caviar.proto.v1.SearchStage;
import dev.caviar.proto.v1.SpaceChange;
import dev.caviar.proto.v1.StageRange;
import dev.caviar.proto.v1.SweepStart;
import dev.caviar.proto.v1.TrialState;
import dev.caviar.proto.v1.TrialStatus;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;

/** Reads a sweep back from the folder it left, as its coordinator would tell of it. */
public final class RecordedSweep {
  private RecordedSweep() {}

  /** Whether there is a sweep's folder at that place. */
  public static boolean isAt(Path folder) {
    return Files.isRegularFile(folder.resolve(ResultFolder.TRIALS))
        && Files.isRegularFile(folder.resolve(ResultFolder.SWEEP));
  }

  /**
   * The sweep's file, its trials that are over, in the order of their numbers, and its stages. Of
   * its status there are the id and the best trial. These, the stages and the lineages are in the
   * summary, so a sweep whose process was killed has none.
   *
   * @throws ResultsException if something in the folder cannot be read or understood
   */
  public static GetSweepResponse read(Path folder) {
    try {
      GetSweepResponse.Builder sweep =
          GetSweepResponse.newBuilder()
              .setSweepFile(Files.readString(folder.resolve(ResultFolder.SWEEP)));
      JsonNode summary = summary(folder);
      Set<Integer> enqueued = new HashSet<>();
      summary.path("enqueued_trials").forEach(trial -> enqueued.add(trial.asInt()));
      for (TrialStatus trial : trials(folder.resolve(ResultFolder.TRIALS))) {
        sweep.addTrials(
            trial.toBuilder()
                .setEnqueued(enqueued.contains(trial.getTrial()))
                .addAllLineage(Lineages.read(summary.path("lineages"), trial.getTrial())));
      }
      sweep
          .getSummaryBuilder()
          .getStatusBuilder()
          .setSweepId(
              summary.path("sweep").asText(folder.toAbsolutePath().normalize().getFileName() + ""));
      JsonNode best = summary.path("best").path("trial");
      if (best.isInt()) {
        sweep.getSummaryBuilder().getStatusBuilder().setBestTrial(best.asInt());
      }
      JsonNode front = summary.path("front");
      for (JsonNode trial : front) {
        // A number in summary.json, a whole trial in sweep.json.
        sweep
            .getSummaryBuilder()
            .getStatusBuilder()
            .addFront(trial.isInt() ? trial.asInt() : trial.path("trial").asInt());
      }
      summary
          .path("space_changes")
          .forEach(
              change ->
                  sweep.addSpaceChanges(
                      SpaceChange.newBuilder()
                          .setFirstTrial(change.path("first_trial").asInt())
                          .setReason(change.path("reason").asText())));
      sweep.addAllEarlier(EarlierTrials.read(summary.path("warm_start")));
      JsonNode start = summary.path("start");
      if (start.isObject()) {
        sweep.setStart(
            SweepStart.newBuilder()
                .setPandaId(start.path("panda").asText())
                .setCheckpoint(start.path("checkpoint").asInt()));
      }
      summary.path("stages").forEach(stage -> sweep.addStages(stage(stage)));
      return sweep.build();
    } catch (IOException | UncheckedIOException e) {
      throw new ResultsException(folder + ": cannot be read: " + e, e);
    }
  }

  private static JsonNode summary(Path folder) throws IOException {
    for (String name : List.of(ResultFolder.SUMMARY, ResultFolder.SWEEP_JSON)) {
      Path file = folder.resolve(name);
      if (Files.exists(file)) {
        try {
          return new ObjectMapper().readTree(Files.readString(file));
        } catch (JsonProcessingException e) {
          throw new ResultsException(file + ": is not JSON: " + e.getOriginalMessage(), e);
        }
      }
    }
    return new ObjectMapper().createObjectNode();
  }

  private static List<TrialStatus> trials(Path file) throws IOException {
    List<TrialStatus> trials = new ArrayList<>();
    try (CsvReader<NamedCsvRecord> csv = CsvReader.builder().ofNamedCsvRecord(file)) {
      for (NamedCsvRecord row : csv) {
        trials.add(trial(row));
      }
    } catch (CsvParseException | IllegalArgumentException | NoSuchElementException e) {
      throw new ResultsException(
          file + ": is not as `caviar run` and `caviar export` write it: " + e.getMessage(), e);
    }
    return trials.stream().sorted(Comparator.comparingInt(TrialStatus::getTrial)).toList();
  }

  private static TrialStatus trial(NamedCsvRecord row) {
    List<String> names = row.getHeader();
    TrialStatus.Builder trial =
        TrialStatus.newBuilder()
            .setTrial(Integer.parseInt(row.getField("trial")))
            .setState(state(row.getField("state")));
    String objective = row.getField("objective");
    if (!objective.isEmpty()) {
      trial.setObjective(Double.parseDouble(objective));
    }
    trial.setEpochs(Integer.parseInt(row.getField("epochs_trained")));
    String stage = row.getField("stage");
    trial.setStage(stage.isEmpty() ? 0 : Integer.parseInt(stage));
    // Files from before there were these columns say what is true without them.
    trial.setPoint(names.contains("point") ? Integer.parseInt(row.getField("point")) : 0);
    trial.setRepeat(names.contains("repeat") ? Integer.parseInt(row.getField("repeat")) : 0);
    if (names.contains("violation")) {
      trial.setViolation(Double.parseDouble(row.getField("violation")));
      String others = row.getField("other_objectives");
      if (!others.isEmpty()) {
        Arrays.stream(others.split(" ")).map(Double::valueOf).forEach(trial::addOtherObjectives);
      }
    }
    // Parameters stand between the columns that every such file has.
    for (String name :
        names.subList(TrialsFile.FIRST.size(), names.indexOf(TrialsFile.LAST.getFirst()))) {
      String value = row.getField(name);
      if (!value.isEmpty()) {
        trial.addParameters(
            Parameter.newBuilder().setName(name).setValue(Values.parse(name, value)));
      }
    }
    return trial.build();
  }

  private static TrialState state(String key) {
    return Arrays.stream(TrialState.values())
        .filter(state -> TrialStates.key(state).equals(key))
        .findFirst()
        .orElse(TrialState.TRIAL_STATE_UNSPECIFIED);
  }

  /** As {@link Summary#stage} wrote it. */
  private static SearchStage stage(JsonNode node) {
    SearchStage.Builder stage =
        SearchStage.newBuilder()
            .setNumber(node.path("number").asInt())
            .setFirstTrial(node.path("first_trial").asInt())
            .setTrials(node.path("trials").asInt());
    node.path("drawn_from").forEach(trial -> stage.addDrawnFrom(trial.asInt()));
    node.path("ranges")
        .properties()
        .forEach(
            entry -> {
              JsonNode side = entry.getValue();
              StageRange.Builder range =
                  StageRange.newBuilder()
                      .setParameter(entry.getKey())
                      .setMin(side.path("min").asDouble())
                      .setMax(side.path("max").asDouble())
                      .setHitLowerEdge(side.path("hit_lower_edge").asBoolean())
                      .setHitUpperEdge(side.path("hit_upper_edge").asBoolean())
                      .setWidened(side.path("widened").asBoolean());
              side.path("choices").forEach(choice -> range.addChoices(choice.asText()));
              stage.addRanges(range);
            });
    return stage.build();
  }
}
