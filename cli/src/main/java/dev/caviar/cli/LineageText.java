package dev.caviar.cli;

import dev.caviar.cli.view.Texts;
import dev.caviar.proto.v1.Parameter;
import dev.caviar.proto.v1.ParameterValue;
import dev.caviar.proto.v1.TrialStatus;
import dev.caviar.proto.v1.TrialStretch;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** How the network of a trial was trained that became a copy of others: a row for each part. */
final class LineageText {
  private LineageText() {}

  /** Empty where the trial trained by itself. */
  static List<String> lines(TrialStatus trial) {
    List<TrialStretch> stretches = trial.getLineageList();
    if (stretches.isEmpty()) {
      return List.of();
    }
    List<String> changed = changed(stretches);
    List<String> heads = new ArrayList<>(List.of("epochs", "of trial"));
    heads.addAll(changed);
    TextTable table = new TextTable(heads);
    for (int i = 0; i < stretches.size(); i++) {
      TrialStretch stretch = stretches.get(i);
      int last = i + 1 < stretches.size() ? stretches.get(i + 1).getFromEpoch() : trial.getEpochs();
      List<String> cells = new ArrayList<>();
      cells.add((stretch.getFromEpoch() + 1) + " to " + last);
      cells.add(Integer.toString(stretch.getTrial()));
      Map<String, ParameterValue> values = values(stretch);
      for (String name : changed) {
        ParameterValue value = values.get(name);
        cells.add(value == null ? "" : Texts.value(value));
      }
      table.add(cells);
    }
    List<String> lines = new ArrayList<>();
    lines.add("The network of trial " + trial.getTrial() + " was trained so:");
    table.lines().forEach(line -> lines.add("  " + line));
    return lines;
  }

  /** The parameters that are not the same all along. */
  private static List<String> changed(List<TrialStretch> stretches) {
    Map<String, ParameterValue> first = values(stretches.getFirst());
    return first.keySet().stream()
        .filter(
            name ->
                stretches.stream()
                    .anyMatch(
                        stretch -> !Objects.equals(values(stretch).get(name), first.get(name))))
        .toList();
  }

  private static Map<String, ParameterValue> values(TrialStretch stretch) {
    Map<String, ParameterValue> values = new LinkedHashMap<>();
    for (Parameter parameter : stretch.getParametersList()) {
      values.put(parameter.getName(), parameter.getValue());
    }
    return values;
  }
}
