package dev.caviar.cli.panda;

import dev.caviar.cli.view.Style;
import dev.caviar.cli.view.Texts;
import dev.caviar.cli.view.TrialProgress;
import dev.caviar.coordinator.space.Hyperparameter;
import dev.caviar.proto.v1.AlertKind;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.Intervention;
import dev.caviar.proto.v1.InterventionKind;
import dev.caviar.proto.v1.PandaCheckpoint;
import dev.caviar.proto.v1.PandaPhase;
import dev.caviar.proto.v1.PandaState;
import dev.caviar.proto.v1.Parameter;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** A panda's state and its ledger in words. */
final class PandaText {
  private static final DateTimeFormatter CLOCK = DateTimeFormatter.ofPattern("MM-dd HH:mm:ss");

  private PandaText() {}

  /** In JSON and in the commands' output: lower case with underscores. */
  static String key(PandaPhase phase) {
    return switch (phase) {
      case PANDA_WAITING -> "waiting";
      case PANDA_TRAINING -> "training";
      case PANDA_WORKER_LOST -> "worker_lost";
      case PANDA_PAUSED -> "paused";
      case PANDA_DIVERGED -> "diverged";
      case PANDA_FAILED -> "failed";
      case PANDA_ENDED -> "ended";
      case PANDA_PHASE_UNSPECIFIED, UNRECOGNIZED -> "unknown";
    };
  }

  /** On screen. */
  static String word(PandaPhase phase) {
    return switch (phase) {
      case PANDA_WAITING -> "waits for a worker";
      case PANDA_WORKER_LOST -> "worker lost";
      default -> key(phase);
    };
  }

  static Style style(PandaPhase phase) {
    return switch (phase) {
      case PANDA_TRAINING -> Style.GREEN;
      case PANDA_WAITING, PANDA_PAUSED, PANDA_WORKER_LOST -> Style.YELLOW;
      case PANDA_DIVERGED, PANDA_FAILED -> Style.RED;
      case PANDA_ENDED, PANDA_PHASE_UNSPECIFIED, UNRECOGNIZED -> Style.DIM;
    };
  }

  /** What it trains with at present; without its epochs, of which most pandas have no end. */
  static List<Parameter> parameters(PandaState panda) {
    return panda.getParametersList().stream()
        .filter(parameter -> !parameter.getName().equals(Hyperparameter.EPOCHS.key()))
        .toList();
  }

  /** What an entry of the ledger is called. */
  static String key(InterventionKind kind) {
    return switch (kind) {
      case INTERVENTION_START -> "start";
      case INTERVENTION_TUNE -> "set";
      case INTERVENTION_RECALIBRATE -> "recalibrate";
      case INTERVENTION_PAUSE -> "pause";
      case INTERVENTION_RESUME -> "resume";
      case INTERVENTION_ROLLBACK -> "rollback";
      case INTERVENTION_END -> "end";
      case INTERVENTION_KIND_UNSPECIFIED, UNRECOGNIZED -> "unknown";
    };
  }

  /** What an alert is called. */
  static String key(AlertKind kind) {
    return kind == AlertKind.UNRECOGNIZED
        ? "unknown"
        : kind.name().replaceFirst("^ALERT_", "").toLowerCase(Locale.ROOT);
  }

  /** An entry in a few words, such as "set learning_rate 0.3 -> 0.1". */
  static String what(Intervention entry) {
    String words =
        switch (entry.getKind()) {
          case INTERVENTION_TUNE -> "set " + changes(entry.getBeforeList(), entry.getAfterList());
          case INTERVENTION_ROLLBACK ->
              entry.getCheckpoint() == 0
                  ? "rollback from branch %d to its beginning".formatted(entry.getFromBranch())
                  : "rollback from branch %d, by checkpoint %d"
                      .formatted(entry.getFromBranch(), entry.getCheckpoint());
          default -> key(entry.getKind());
        };
    return entry.getRefused().isEmpty() ? words : words + ": refused, " + entry.getRefused();
  }

  /** For example "learning_rate 0.3 -> 0.1, batch_size 64 -> 128". */
  static String changes(List<Parameter> before, List<Parameter> after) {
    Map<String, Parameter> earlier =
        before.stream().collect(Collectors.toMap(Parameter::getName, Function.identity()));
    return after.stream()
        .map(
            parameter -> {
              Parameter was = earlier.get(parameter.getName());
              return "%s %s%s"
                  .formatted(
                      parameter.getName(),
                      was == null ? "" : Texts.value(was.getValue()) + " -> ",
                      Texts.value(parameter.getValue()));
            })
        .collect(Collectors.joining(", "));
  }

  /** Where an entry counts from; empty while it does not yet. */
  static String where(Intervention entry) {
    if (!entry.hasStep()) {
      return "";
    }
    return entry.hasEpoch()
        ? "epoch %d, step %d".formatted(entry.getEpoch(), entry.getStep())
        : "step " + entry.getStep();
  }

  /**
   * What came of an entry, by the metrics: "dev_error 0.05 -> 0.03"; empty where that is not known.
   */
  static String effect(Intervention entry, String metric) {
    if (!entry.hasPointBefore() || !entry.hasPointAfter()) {
      return "";
    }
    List<String> effects = new ArrayList<>();
    for (String each : metric.equals("dev_loss") ? List.of(metric) : List.of(metric, "dev_loss")) {
      effects.add(
          "%s %s -> %s"
              .formatted(
                  each,
                  Texts.number(TrialProgress.value(entry.getPointBefore(), each)),
                  Texts.number(TrialProgress.value(entry.getPointAfter(), each))));
    }
    return String.join(", ", effects);
  }

  /** Who and why, as far as they are said. */
  static String whoAndWhy(Intervention entry) {
    String why = entry.getWhy().isEmpty() ? "" : "\"" + entry.getWhy() + "\"";
    return (entry.getWho() + " " + why).strip();
  }

  /** What a checkpoint is called: its number, and its name if it has one. */
  static String name(PandaCheckpoint checkpoint) {
    return checkpoint.getNumber()
        + (checkpoint.getName().isEmpty() ? "" : " \"" + checkpoint.getName() + "\"");
  }

  /** Why a checkpoint is kept; empty where its age decides. */
  static String why(PandaCheckpoint checkpoint) {
    return String.join(", ", checkpoint.getKeptBecauseList());
  }

  /** What a user did, in a sentence. */
  static String done(PandaAction.Done done) {
    return switch (done) {
      case PandaAction.Done.Entered(Intervention entry) -> {
        String where = where(entry);
        boolean waits =
            !entry.hasStep()
                && (entry.getKind() == InterventionKind.INTERVENTION_TUNE
                    || entry.getKind() == InterventionKind.INTERVENTION_RECALIBRATE);
        yield "%d: %s%s."
            .formatted(
                entry.getNumber(),
                what(entry),
                waits
                    ? ", as soon as a worker has it"
                    : where.isEmpty() ? "" : ", from " + where + " of branch " + entry.getBranch());
      }
      case PandaAction.Done.Kept(PandaCheckpoint checkpoint) ->
          "Checkpoint %s: branch %d, epoch %d, step %d."
              .formatted(
                  name(checkpoint),
                  checkpoint.getBranch(),
                  checkpoint.getEpoch(),
                  checkpoint.getStep());
    };
  }

  /** A point's losses and error, and the rate that trained it. */
  static String point(CurvePoint point) {
    return "epoch %d  step %d  train_loss %s  dev_loss %s  dev_error %s  learning_rate %s"
        .formatted(
            point.getEpoch(),
            point.getStep(),
            Texts.number(point.getTrainLoss()),
            Texts.number(point.getDevLoss()),
            Texts.number(point.getDevError()),
            Texts.trimmed(point.getLearningRate()));
  }

  /** Month, day and time of day to the second. */
  static String clock(long millis, ZoneId zone) {
    return CLOCK.withZone(zone).format(Instant.ofEpochMilli(millis));
  }

  static String age(long millis, Instant now) {
    return Texts.time(Duration.between(Instant.ofEpochMilli(millis), now));
  }
}
