package dev.caviar.cli;

import dev.caviar.cli.view.Texts;
import dev.caviar.cli.view.TrialStates;
import dev.caviar.proto.EndStates;
import dev.caviar.proto.v1.ConstraintStatus;
import dev.caviar.proto.v1.ObjectiveStatus;
import dev.caviar.proto.v1.Parameter;
import dev.caviar.proto.v1.SweepStatus;
import dev.caviar.proto.v1.SweepSummary;
import dev.caviar.proto.v1.TrialState;
import dev.caviar.proto.v1.TrialStatus;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** A coordinator's answers in words. */
final class SweepText {
  private static final Set<String> OVER =
      Arrays.stream(TrialState.values())
          .filter(EndStates::contains)
          .map(TrialStates::key)
          .collect(Collectors.toUnmodifiableSet());

  private SweepText() {}

  /** Trials that will not go on. */
  static int trialsOver(SweepSummary sweep) {
    return sweep.getTrialsByStateMap().entrySet().stream()
        .filter(count -> OVER.contains(count.getKey().toLowerCase(Locale.ROOT)))
        .mapToInt(count -> count.getValue())
        .sum();
  }

  /** For example "10 completed, 2 running". */
  static String counts(SweepSummary sweep) {
    return new TreeMap<>(sweep.getTrialsByStateMap())
        .entrySet().stream()
            .filter(count -> count.getValue() > 0)
            .map(
                count ->
                    count.getValue()
                        + " "
                        + count.getKey().toLowerCase(Locale.ROOT).replace('_', ' '))
            .collect(Collectors.joining(", "));
  }

  /** Since it was submitted; empty where that is not known. */
  static String age(SweepSummary sweep) {
    return sweep.getSubmittedAtMillis() == 0
        ? ""
        : Texts.time(
            Duration.between(Instant.ofEpochMilli(sweep.getSubmittedAtMillis()), Instant.now()));
  }

  /** From its beginning to its end; empty while it is not over. */
  static String took(SweepSummary sweep) {
    return sweep.getEndedAtMillis() == 0
        ? ""
        : Texts.time(Duration.ofMillis(sweep.getEndedAtMillis() - sweep.getSubmittedAtMillis()));
  }

  /** A moment to the second, in UTC; empty for 0. */
  static String moment(long millis) {
    return millis == 0
        ? ""
        : Instant.ofEpochMilli(millis).truncatedTo(ChronoUnit.SECONDS).toString();
  }

  /** What is better, in words: least dev_error, mean of the last 5 epochs. */
  static String objective(SweepStatus sweep) {
    String text = (sweep.getMinimize() ? "least " : "greatest ") + sweep.getMetric();
    return sweep.getObjectivesCount() == 0
        ? text
        : sweep.getObjectivesList().stream()
            .map(SweepText::objective)
            .collect(Collectors.joining("; "));
  }

  private static String objective(ObjectiveStatus objective) {
    String text = (objective.getMinimize() ? "least " : "greatest ") + objective.getMetric();
    return switch (objective.getOf()) {
      case "best" -> text + " of any epoch";
      case "mean" -> text + ", mean of the last " + objective.getOver() + " epochs";
      default -> text;
    };
  }

  /** What trials have to keep to, in words: parameters at most 200000. */
  static String constraint(ConstraintStatus constraint) {
    List<String> limits = new ArrayList<>();
    if (constraint.hasMin()) {
      limits.add("at least " + Texts.number(constraint.getMin()));
    }
    if (constraint.hasMax()) {
      limits.add("at most " + Texts.number(constraint.getMax()));
    }
    return constraint.getMetric() + " " + String.join(" and ", limits);
  }

  /** What is compared of the best: its objective, or the mean of its point. */
  static String best(SweepStatus sweep, TrialStatus best) {
    return sweep.hasBestMean()
        ? Texts.number(sweep.getBestMean()) + " ± " + Texts.number(sweep.getBestStandardError())
        : objective(best);
  }

  static String time(TrialStatus trial) {
    return Texts.time(Duration.of(trial.getElapsedMicros(), ChronoUnit.MICROS));
  }

  /**
   * What is compared of a trial, the first objective first: the means of its point if it has any.
   */
  static List<Double> objectives(TrialStatus trial) {
    if (trial.getPointMeansCount() > 0) {
      return trial.getPointMeansList();
    }
    List<Double> objectives = new ArrayList<>();
    if (trial.hasObjective()) {
      objectives.add(trial.getObjective());
      objectives.addAll(trial.getOtherObjectivesList());
    }
    return objectives;
  }

  static String objective(TrialStatus trial) {
    return trial.hasObjective() ? Texts.number(trial.getObjective()) : "";
  }

  /** A parameter's value by its name; empty where the trial has none of that name. */
  static String value(List<Parameter> parameters, String name) {
    return parameters.stream()
        .filter(parameter -> parameter.getName().equals(name))
        .map(parameter -> Texts.value(parameter.getValue()))
        .findFirst()
        .orElse("");
  }

  /** Whether a parameter is sampled in this sweep; all are where that is not known. */
  static boolean isSampled(SweepStatus sweep, Parameter parameter) {
    return sweep.getSampledParametersCount() == 0
        || sweep.getSampledParametersList().contains(parameter.getName());
  }
}
