package dev.caviar.coordinator.api;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.caviar.coordinator.sweep.SweepActor;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.ObjectiveStatus;
import dev.caviar.proto.v1.Parameter;
import dev.caviar.proto.v1.ParameterValue;
import dev.caviar.proto.v1.SearchStage;
import dev.caviar.proto.v1.StageRange;
import dev.caviar.proto.v1.SweepStatus;
import dev.caviar.proto.v1.SweepUpdate;
import dev.caviar.proto.v1.TrialStatus;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A sweep's updates as JSON for browsers, a tenth of what protobuf's own JSON takes: points are
 * rows of numbers, values stand by their names, and what is empty is left out.
 */
final class StreamJson {
  private static final JsonFactory JSON = new JsonFactory();

  private StreamJson() {}

  /**
   * One document: {@code {"over":false,"caught_up":true,"status":{},"trials":[],"curves":[],
   * "stages":[]}}. A curve's row is epoch, train loss, dev loss, dev error, learning rate and
   * seconds; a number that is not finite is null.
   *
   * @param mostPoints of a curve
   */
  static String write(SweepActor.Updates updates, int mostPoints) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(text)) {
      json.writeStartObject();
      json.writeBooleanField("over", updates.over());
      json.writeBooleanField("caught_up", updates.caughtUp());
      SweepStatus status = null;
      List<TrialStatus> trials = new ArrayList<>();
      List<SearchStage> stages = new ArrayList<>();
      Map<Integer, List<CurvePoint>> curves = new LinkedHashMap<>();
      for (SweepUpdate update : updates.updates()) {
        switch (update.getUpdateCase()) {
          case STATUS -> status = update.getStatus();
          case TRIAL -> trials.add(update.getTrial());
          case STAGE -> stages.add(update.getStage());
          case POINTS ->
              curves
                  .computeIfAbsent(update.getPoints().getTrial(), trial -> new ArrayList<>())
                  .addAll(update.getPoints().getPointsList());
          default -> {}
        }
      }
      if (status != null) {
        json.writeFieldName("status");
        write(json, status);
      }
      json.writeArrayFieldStart("trials");
      for (TrialStatus trial : trials) {
        write(json, trial);
      }
      json.writeEndArray();
      json.writeArrayFieldStart("curves");
      for (Map.Entry<Integer, List<CurvePoint>> curve : curves.entrySet()) {
        json.writeStartObject();
        json.writeNumberField("trial", curve.getKey());
        json.writeArrayFieldStart("points");
        for (CurvePoint point :
            CurveThinning.thin(curve.getValue(), mostPoints, CurvePoint::getDevError)) {
          write(json, point);
        }
        json.writeEndArray();
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeArrayFieldStart("stages");
      for (SearchStage stage : stages) {
        write(json, stage);
      }
      json.writeEndArray();
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // Strings cannot fail.
    }
    return text.toString();
  }

  private static void write(JsonGenerator json, SweepStatus status) throws IOException {
    json.writeStartObject();
    json.writeStringField("sweep_id", status.getSweepId());
    json.writeStringField("name", status.getName());
    json.writeStringField("state", word(status.getState().name()));
    json.writeNumberField("trials", status.getTrials());
    json.writeNumberField("epochs", status.getEpochs());
    json.writeNumberField("repeats", Math.max(1, status.getRepeats()));
    json.writeStringField("metric", status.getMetric());
    json.writeBooleanField("minimize", status.getMinimize());
    if (status.hasBestTrial()) {
      json.writeNumberField("best_trial", status.getBestTrial());
    }
    if (status.hasBestTest()) {
      json.writeObjectFieldStart("best_test");
      number(json, "loss", status.getBestTest().getLoss());
      number(json, "error", status.getBestTest().getError());
      json.writeNumberField("examples", status.getBestTest().getExamples());
      json.writeEndObject();
    }
    json.writeArrayFieldStart("objectives");
    for (ObjectiveStatus objective : status.getObjectivesList()) {
      json.writeStartObject();
      json.writeStringField("metric", objective.getMetric());
      json.writeBooleanField("minimize", objective.getMinimize());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeArrayFieldStart("front");
    for (int trial : status.getFrontList()) {
      json.writeNumber(trial);
    }
    json.writeEndArray();
    json.writeArrayFieldStart("sampled");
    for (String name : status.getSampledParametersList()) {
      json.writeString(name);
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, TrialStatus trial) throws IOException {
    json.writeStartObject();
    json.writeNumberField("trial", trial.getTrial());
    json.writeStringField("state", word(trial.getState().name()));
    json.writeNumberField("attempt", trial.getAttempt());
    json.writeStringField("worker", trial.getWorkerId());
    if (trial.hasObjective()) {
      number(json, "objective", trial.getObjective());
    }
    if (trial.getOtherObjectivesCount() > 0) {
      json.writeArrayFieldStart("others");
      for (double other : trial.getOtherObjectivesList()) {
        number(json, other);
      }
      json.writeEndArray();
    }
    if (!trial.getReason().isEmpty()) {
      json.writeStringField("reason", trial.getReason());
    }
    json.writeNumberField("epochs", trial.getEpochs());
    json.writeNumberField("seconds", (float) (trial.getElapsedMicros() / 1e6));
    if (trial.getStage() > 0) {
      json.writeNumberField("stage", trial.getStage());
    }
    if (trial.getEnqueued()) {
      json.writeBooleanField("enqueued", true);
    }
    json.writeObjectFieldStart("values");
    for (Parameter parameter : trial.getParametersList()) {
      json.writeFieldName(parameter.getName());
      write(json, parameter.getValue());
    }
    json.writeEndObject();
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, ParameterValue value) throws IOException {
    switch (value.getKindCase()) {
      case REAL -> json.writeNumber(value.getReal());
      case INTEGER -> json.writeNumber(value.getInteger());
      case TEXT -> json.writeString(value.getText());
      case FLAG -> json.writeBoolean(value.getFlag());
      case PER_LAYER -> {
        json.writeStartArray();
        for (ParameterValue layer : value.getPerLayer().getValuesList()) {
          write(json, layer);
        }
        json.writeEndArray();
      }
      case KIND_NOT_SET -> json.writeNull();
    }
  }

  private static void write(JsonGenerator json, CurvePoint point) throws IOException {
    json.writeStartArray();
    json.writeNumber(point.getEpoch());
    number(json, point.getTrainLoss());
    number(json, point.getDevLoss());
    number(json, point.getDevError());
    number(json, point.getLearningRate());
    number(json, point.getElapsedMicros() / 1e6);
    json.writeEndArray();
  }

  private static void write(JsonGenerator json, SearchStage stage) throws IOException {
    json.writeStartObject();
    json.writeNumberField("number", stage.getNumber());
    json.writeNumberField("first_trial", stage.getFirstTrial());
    json.writeNumberField("trials", stage.getTrials());
    json.writeArrayFieldStart("drawn_from");
    for (int trial : stage.getDrawnFromList()) {
      json.writeNumber(trial);
    }
    json.writeEndArray();
    json.writeArrayFieldStart("ranges");
    for (StageRange range : stage.getRangesList()) {
      json.writeStartObject();
      json.writeStringField("parameter", range.getParameter());
      if (range.getChoicesCount() > 0) {
        json.writeArrayFieldStart("choices");
        for (String choice : range.getChoicesList()) {
          json.writeString(choice);
        }
        json.writeEndArray();
      } else {
        json.writeNumberField("min", range.getMin());
        json.writeNumberField("max", range.getMax());
      }
      json.writeBooleanField("hit_lower_edge", range.getHitLowerEdge());
      json.writeBooleanField("hit_upper_edge", range.getHitUpperEdge());
      json.writeBooleanField("widened", range.getWidened());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private static String word(String state) {
    return state.toLowerCase(Locale.ROOT).replaceFirst("^sweep_", "");
  }

  private static void number(JsonGenerator json, String name, double x) throws IOException {
    json.writeFieldName(name);
    number(json, x);
  }

  /** Seven digits are more than a screen shows. */
  private static void number(JsonGenerator json, double x) throws IOException {
    if (Double.isFinite(x)) {
      json.writeNumber((float) x);
    } else {
      json.writeNull();
    }
  }
}
