package dev.caviar.coordinator.space;

import dev.caviar.coordinator.space.Declaration.Sampled;
import dev.caviar.coordinator.space.Dimension.Test;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Orders parameters as in the file, but each after those its condition tests. */
final class ConditionOrder {
  private final Map<Hyperparameter, Declaration> declared;
  private final Map<Hyperparameter, Set<Hyperparameter>> subjects =
      new EnumMap<>(Hyperparameter.class);

  ConditionOrder(
      Map<Hyperparameter, Declaration> declared, Map<Hyperparameter, List<Test>> conditions) {
    this.declared = declared;
    for (Hyperparameter hyperparameter : declared.keySet()) {
      Set<Hyperparameter> tested = new LinkedHashSet<>();
      for (Test test : conditions.getOrDefault(hyperparameter, List.of())) {
        tested.add(Hyperparameter.named(test.parameter()).orElseThrow());
      }
      if (declared.get(hyperparameter) instanceof Sampled sampled && sampled.perLayer()) {
        tested.add(Hyperparameter.HIDDEN_LAYERS);
      }
      subjects.put(hyperparameter, tested);
    }
  }

  /** Reports each circle once, where it enters the file first. */
  void reportCycles(Problems problems) {
    Set<Hyperparameter> reported = new LinkedHashSet<>();
    for (var entry : declared.entrySet()) {
      List<Hyperparameter> path = new ArrayList<>();
      path.add(entry.getKey());
      if (!reported.contains(entry.getKey()) && leadsBack(path, new LinkedHashSet<>())) {
        reported.addAll(path);
        problems.add(
            entry.getValue().at(),
            "%s: its condition leads back to itself: %s; drop one when of these"
                .formatted(
                    entry.getKey().key(),
                    String.join(" needs ", path.stream().map(Hyperparameter::key).toList())));
      }
    }
  }

  /** Walks from the path's end to its start if it can, leaving the way in path. */
  private boolean leadsBack(List<Hyperparameter> path, Set<Hyperparameter> seen) {
    for (Hyperparameter subject : subjects.getOrDefault(path.getLast(), Set.of())) {
      if (subject == path.getFirst()) {
        path.add(subject);
        return true;
      }
      if (seen.add(subject)) {
        path.add(subject);
        if (leadsBack(path, seen)) {
          return true;
        }
        path.removeLast();
      }
    }
    return false;
  }

  /** The sampled ones. Of circles, which are reported, each is still there once. */
  List<Sampled> sampled() {
    Set<Hyperparameter> ordered = new LinkedHashSet<>();
    Set<Hyperparameter> entered = new LinkedHashSet<>();
    declared.keySet().forEach(hyperparameter -> visit(hyperparameter, entered, ordered));
    List<Sampled> sampled = new ArrayList<>();
    for (Hyperparameter hyperparameter : ordered) {
      if (declared.get(hyperparameter) instanceof Sampled found) {
        sampled.add(found);
      }
    }
    return sampled;
  }

  private void visit(
      Hyperparameter hyperparameter, Set<Hyperparameter> entered, Set<Hyperparameter> ordered) {
    if (entered.add(hyperparameter)) {
      subjects
          .getOrDefault(hyperparameter, Set.of())
          .forEach(subject -> visit(subject, entered, ordered));
      ordered.add(hyperparameter);
    }
  }
}
