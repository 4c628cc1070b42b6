package dev.caviar.cli.results;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caviar.proto.v1.EarlierTrial;
import java.util.ArrayList;
import java.util.List;

/** Trials of other sweeps that a sweep began with, as JSON. */
public final class EarlierTrials {
  private EarlierTrials() {}

  /** A list, empty where it began with none. */
  public static ArrayNode json(List<EarlierTrial> trials) {
    ArrayNode list = JsonNodeFactory.instance.arrayNode();
    for (EarlierTrial trial : trials) {
      ObjectNode node = list.addObject();
      node.put("sweep", trial.getSweepId()).put("trial", trial.getTrial());
      node.set("objective", Values.number(trial.getObjective()));
      node.set("parameters", Values.json(trial.getParametersList()));
    }
    return list;
  }

  /** What {@link #json} wrote. */
  static List<EarlierTrial> read(JsonNode list) {
    List<EarlierTrial> trials = new ArrayList<>();
    for (JsonNode node : list) {
      trials.add(
          EarlierTrial.newBuilder()
              .setSweepId(node.path("sweep").asText())
              .setTrial(node.path("trial").asInt())
              .setObjective(node.path("objective").asDouble())
              .addAllParameters(Values.parameters(node.path("parameters")))
              .build());
    }
    return trials;
  }
}
