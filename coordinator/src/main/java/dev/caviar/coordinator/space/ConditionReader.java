package dev.caviar.coordinator.space;

import dev.caviar.coordinator.space.Declaration.Broken;
import dev.caviar.coordinator.space.Declaration.Constant;
import dev.caviar.coordinator.space.Declaration.Sampled;
import dev.caviar.coordinator.space.Dimension.Test;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * Reads when parameters are sampled: what {@code when} says, and what follows from the parameters
 * themselves, since nobody wants to sample a momentum that Adam does not use.
 */
final class ConditionReader {
  private final Map<Hyperparameter, Declaration> declared;
  private final Problems problems;
  private final ValueReader values;

  ConditionReader(Map<Hyperparameter, Declaration> declared, Problems problems) {
    this.declared = declared;
    this.problems = problems;
    this.values = new ValueReader(problems);
  }

  /** The tests of each sampled parameter; the subject of each test is sampled or constant. */
  Map<Hyperparameter, List<Test>> read() {
    Map<Hyperparameter, List<Test>> conditions = new EnumMap<>(Hyperparameter.class);
    for (Declaration declaration : declared.values()) {
      Hyperparameter own = declaration.hyperparameter();
      switch (declaration) {
        case Constant constant -> {}
        case Broken broken -> conditions.put(own, when(own, broken.when()));
        case Sampled sampled -> {
          List<Test> tests = when(own, sampled.when());
          Test usedWhen = usedWhen(sampled);
          if (usedWhen != null && !isTested(usedWhen, tests, sampled)) {
            Test sampledToo = implied(usedWhen, sampled);
            if (sampledToo != null) {
              tests.add(sampledToo);
            }
          }
          conditions.put(own, tests);
        }
      }
    }
    new ConditionOrder(declared, conditions).reportCycles(problems);
    return conditions;
  }

  private List<Test> when(Hyperparameter own, @Nullable Node node) {
    List<Test> tests = new ArrayList<>();
    if (node == null) {
      return tests;
    }
    String prefix = own.key() + ": when: ";
    Mapping when = Mapping.read(node, prefix, Hyperparameter.keys().toList(), problems);
    if (when == null) {
      return tests;
    }
    if (node instanceof MappingNode mapping && mapping.getValue().isEmpty()) {
      problems.add(node, prefix + "is empty; name a parameter and its values, or drop when");
    }
    for (var entry : when.entries().entrySet()) {
      Hyperparameter subject = Hyperparameter.named(entry.getKey()).orElseThrow();
      Test test = test(own, subject, entry.getValue(), prefix);
      if (test != null) {
        tests.add(test);
      }
    }
    return tests;
  }

  private @Nullable Test test(
      Hyperparameter own, Hyperparameter subject, Mapping.Entry entry, String prefix) {
    if (subject == own) {
      problems.add(entry.key(), prefix + own.key() + " cannot depend on itself");
      return null;
    }
    if (subject == Hyperparameter.HIDDEN_UNITS) {
      problems.add(
          entry.key(), prefix + "hidden_units may differ by layer; test hidden_layers instead");
      return null;
    }
    List<Node> nodes =
        entry.value() instanceof SequenceNode list ? list.getValue() : List.of(entry.value());
    if (nodes.isEmpty()) {
      problems.add(entry.value(), prefix + subject.key() + " is an empty list; it never holds");
      return null;
    }
    if (nodes.size() > ParameterReader.MOST_VALUES) {
      problems.add(
          entry.value(),
          "%s%s has %d values, and %d is the most"
              .formatted(prefix, subject.key(), nodes.size(), ParameterReader.MOST_VALUES));
      return null;
    }
    Declaration declaration = declared.get(subject);
    if (declaration instanceof Sampled sampled && sampled.domain() instanceof Domain.RealRange) {
      problems.add(
          entry.key(),
          "%s%s is drawn from a range of real numbers and hits no value; test a parameter with"
                  .formatted(prefix, subject.key())
              + " values or whole numbers");
      return null;
    }
    List<ParameterValue> tested = new ArrayList<>();
    boolean good = true;
    for (Node node : nodes) {
      ParameterValue value = values.read(subject, node, prefix + subject.key());
      good &= value != null;
      if (value != null) {
        tested.add(value);
        reportImpossible(declaration, subject, value, node, prefix);
      }
    }
    if (!good) {
      return null;
    }
    reportNever(declaration, subject, tested, entry, prefix);
    return new Test(subject.key(), tested);
  }

  private void reportImpossible(
      @Nullable Declaration declaration,
      Hyperparameter subject,
      ParameterValue value,
      Node node,
      String prefix) {
    if (declaration instanceof Sampled sampled
        && !sampled.domain().contains(value)
        && (sampled.mayWiden() == null || !sampled.mayWiden().contains(value))) {
      problems.add(
          node,
          "%s%s is never %s, it is %s"
              .formatted(
                  prefix,
                  subject.key(),
                  ((ScalarNode) node).getValue(),
                  Wording.of(sampled.domain())));
    }
  }

  /** A constant may be tested for more than it is, so that files can go from choice to constant. */
  private void reportNever(
      @Nullable Declaration declaration,
      Hyperparameter subject,
      List<ParameterValue> tested,
      Mapping.Entry entry,
      String prefix) {
    if (declaration instanceof Sampled || declaration instanceof Broken) {
      return;
    }
    ParameterValue always = always(subject);
    if (!tested.contains(always)) {
      problems.add(
          entry.key(),
          "%s%s is always %s, so this never holds"
              .formatted(prefix, subject.key(), Wording.of(always)));
    }
  }

  private ParameterValue always(Hyperparameter subject) {
    if (declared.get(subject) instanceof Constant constant) {
      return constant.values().getFirst();
    }
    return subject == Hyperparameter.HIDDEN_LAYERS
            && declared.get(Hyperparameter.HIDDEN_UNITS) instanceof Constant units
        ? new ParameterValue.Whole(units.values().size())
        : subject.standard();
  }

  /** What has to hold for the parameter to matter; units matter where there are layers. */
  private static @Nullable Test usedWhen(Sampled sampled) {
    if (sampled.hyperparameter() == Hyperparameter.HIDDEN_UNITS && !sampled.perLayer()) {
      List<ParameterValue> layers = new ArrayList<>();
      Hyperparameter.Kind.WholeNumber kind =
          (Hyperparameter.Kind.WholeNumber) Hyperparameter.HIDDEN_LAYERS.kind();
      for (long n = 1; n <= kind.max(); n++) {
        layers.add(new ParameterValue.Whole(n));
      }
      return new Test(Hyperparameter.HIDDEN_LAYERS.key(), layers);
    }
    return sampled.hyperparameter().usedWhen();
  }

  /** Whether the file itself tests the subject; then it must not ask for values without use. */
  private boolean isTested(Test usedWhen, List<Test> tests, Sampled sampled) {
    for (Test test : tests) {
      if (test.parameter().equals(usedWhen.parameter())) {
        List<ParameterValue> useless =
            test.values().stream().filter(value -> !usedWhen.values().contains(value)).toList();
        if (!useless.isEmpty() && sampled.when() != null) {
          problems.add(
              sampled.when(),
              "%s: is never used with %s %s; drop it from when"
                  .formatted(sampled.name(), test.parameter(), Wording.of(useless)));
        }
        return true;
      }
    }
    return false;
  }

  private @Nullable Test implied(Test usedWhen, Sampled sampled) {
    Hyperparameter subject = Hyperparameter.named(usedWhen.parameter()).orElseThrow();
    Declaration declaration = declared.get(subject);
    if (declaration instanceof Broken) {
      return null;
    }
    if (declaration instanceof Sampled choice) {
      List<ParameterValue> used =
          usedWhen.values().stream()
              .filter(
                  value ->
                      choice.domain().contains(value)
                          || (choice.mayWiden() != null && choice.mayWiden().contains(value)))
              .toList();
      if (used.isEmpty()) {
        problems.add(
            sampled.at(),
            "%s: is never used, %s is %s; it needs %s"
                .formatted(
                    sampled.name(),
                    subject.key(),
                    Wording.of(choice.domain()),
                    Wording.of(usedWhen.values())));
      }
      return new Test(subject.key(), used);
    }
    ParameterValue always = always(subject);
    if (!usedWhen.values().contains(always)) {
      problems.add(
          sampled.at(),
          "%s is never used with %s %s%s; drop it or choose %s"
              .formatted(
                  sampled.name(),
                  subject.key(),
                  Wording.of(always),
                  declaration == null ? ", the default" : "",
                  Wording.of(usedWhen.values())));
    }
    return null;
  }
}
