package dev.caviar.cli.results;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caviar.proto.v1.TrialStatus;
import dev.caviar.proto.v1.TrialStretch;
import java.util.ArrayList;
import java.util.List;

/**
 * How the networks of a population were trained, as JSON: of each trial that became a copy of
 * another the parts of its training, by the trial's number.
 */
public final class Lineages {
  private Lineages() {}

  /** Empty where no trial became a copy. */
  public static ObjectNode json(List<TrialStatus> trials) {
    ObjectNode lineages = JsonNodeFactory.instance.objectNode();
    for (TrialStatus trial : trials) {
      if (trial.getLineageCount() > 0) {
        ArrayNode lineage = lineages.putArray(Integer.toString(trial.getTrial()));
        trial.getLineageList().forEach(stretch -> lineage.add(json(stretch)));
      }
    }
    return lineages;
  }

  private static ObjectNode json(TrialStretch stretch) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("trial", stretch.getTrial())
        .put("from_epoch", stretch.getFromEpoch())
        .put("from_step", stretch.getFromStep());
    node.set("parameters", Values.json(stretch.getParametersList()));
    return node;
  }

  /** What {@link #json} wrote of a trial; empty if nothing. */
  static List<TrialStretch> read(JsonNode lineages, int trial) {
    List<TrialStretch> lineage = new ArrayList<>();
    for (JsonNode node : lineages.path(Integer.toString(trial))) {
      TrialStretch.Builder stretch =
          TrialStretch.newBuilder()
              .setTrial(node.path("trial").asInt())
              .setFromEpoch(node.path("from_epoch").asInt())
              .setFromStep(node.path("from_step").asLong())
              .addAllParameters(Values.parameters(node.path("parameters")));
      lineage.add(stretch.build());
    }
    return lineage;
  }
}
