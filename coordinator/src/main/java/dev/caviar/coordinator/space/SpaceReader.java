package dev.caviar.coordinator.space;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;

/** Reads what to sample and what not: the sections parameters and fixed. */
final class SpaceReader {
  private static final List<String> NAMES = Hyperparameter.keys().toList();

  private final Problems problems;
  private final ParameterReader reader;
  private final boolean sampling;

  SpaceReader(Problems problems) {
    this(problems, true);
  }

  /**
   * @param sampling whether it must say what to sample
   */
  SpaceReader(Problems problems, boolean sampling) {
    this.problems = problems;
    this.sampling = sampling;
    this.reader = new ParameterReader(problems);
  }

  /** The space, as far as it is good; null, reported, if there is none. */
  @Nullable SearchSpace read(Mapping file) {
    Node parametersNode = file.value("parameters");
    if (parametersNode == null && sampling) {
      problems.add(
          file.node(),
          "parameters is missing; add what to sample, such as parameters: {learning_rate: {scale:"
              + " log, min: 1.0e-4, max: 1.0}}");
    }
    Mapping parameters =
        parametersNode == null
            ? null
            : Mapping.read(parametersNode, "parameters: ", NAMES, problems);
    Node fixedNode = file.value("fixed");
    Mapping fixed = fixedNode == null ? null : Mapping.read(fixedNode, "fixed: ", NAMES, problems);
    Map<Hyperparameter, Declaration> declared = new LinkedHashMap<>();
    declare(parameters, false, declared);
    declare(fixed, true, declared);
    if (parameters != null && fixed != null) {
      reportBoth(parameters, fixed);
    }
    return new SpaceBuilder(declared, problems).build();
  }

  private void declare(
      @Nullable Mapping section, boolean fixed, Map<Hyperparameter, Declaration> declared) {
    if (section == null) {
      return;
    }
    for (var named : section.entries().entrySet()) {
      Hyperparameter hyperparameter = Hyperparameter.named(named.getKey()).orElseThrow();
      Mapping.Entry entry = named.getValue();
      Declaration declaration =
          fixed ? reader.constant(hyperparameter, entry) : reader.parameter(hyperparameter, entry);
      declared.putIfAbsent(
          hyperparameter,
          declaration == null
              ? new Declaration.Broken(hyperparameter, entry.key(), fixed ? null : when(entry))
              : declaration);
    }
  }

  private static @Nullable Node when(Mapping.Entry entry) {
    // Read for the second time, so whatever is wrong with the keys is reported already.
    Mapping options =
        entry.value() instanceof MappingNode
            ? Mapping.read(entry.value(), "", List.of("when"), new Problems())
            : null;
    return options == null ? null : options.value("when");
  }

  private void reportBoth(Mapping parameters, Mapping fixed) {
    for (String name : fixed.entries().keySet()) {
      if (parameters.has(name)) {
        Node first = parameters.at(name);
        Node second = fixed.at(name);
        problems.add(
            line(first) <= line(second) ? second : first,
            name + ": is both in parameters and in fixed; keep one");
      }
    }
  }

  private static int line(Node node) {
    return node.getStartMark().map(mark -> mark.getLine()).orElse(0);
  }
}
