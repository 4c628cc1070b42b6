package dev.caviar.cli.view;

import dev.caviar.proto.v1.SweepUpdate;
import dev.caviar.proto.v1.TrialState;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A sweep as lines that stay, for logs and pipes: one for each trial that ends, one for progress
 * every few seconds, and the stages' boxes as they begin.
 */
public final class PlainView implements Display {
  private static final Duration INTERVAL = Duration.ofSeconds(5);

  private final SweepProgress progress;
  private final PrintWriter out;
  private final InstantSource clock;
  private final Set<Integer> told = new HashSet<>();
  private final Set<Integer> stages = new HashSet<>();
  private Instant nextProgress;

  /**
   * Prints on {@code out}, which stays open.
   *
   * @param progress what updates have already been applied to
   */
  public PlainView(SweepProgress progress, PrintWriter out, InstantSource clock) {
    this.progress = progress;
    this.out = out;
    this.clock = clock;
    nextProgress = clock.instant().plus(INTERVAL);
  }

  @Override
  public void updated(SweepUpdate update) {
    if (update.hasTrial()) {
      progress.find(update.getTrial().getTrial()).ifPresent(this::tell);
    }
    if (update.hasStage() && stages.add(update.getStage().getNumber())) {
      StageText.lines(update.getStage()).forEach(out::println);
    }
    Instant now = clock.instant();
    if (!now.isBefore(nextProgress)) {
      out.println(progressLine(now));
      nextProgress = now.plus(INTERVAL);
    }
    out.flush();
  }

  private void tell(TrialProgress trial) {
    if (!trial.isOver()) {
      told.remove(trial.number());
    } else if (told.add(trial.number())) {
      out.println(trialLine(trial));
    }
  }

  private String trialLine(TrialProgress trial) {
    var line = new StringBuilder();
    line.append("trial ").append(trial.number()).append(' ');
    boolean stopped = trial.state() == TrialState.STOPPED_EARLY;
    line.append(
        stopped
            ? TrialStates.word(trial.state(), trial.epochs())
            : TrialStates.key(trial.state()).replace('_', ' '));
    var objective = trial.objective(progress.metric());
    boolean counts = TrialStates.isRanked(trial.state());
    if (objective.isPresent() && counts) {
      line.append("  ").append(progress.metric()).append(' ');
      line.append(Texts.number(objective.getAsDouble()));
    }
    if (!stopped) {
      line.append("  ").append(trial.epochs()).append(trial.epochs() == 1 ? " epoch" : " epochs");
    }
    line.append("  ").append(Texts.time(Duration.of(trial.elapsedMicros(), ChronoUnit.MICROS)));
    String parameters =
        trial.parameters().stream()
            .filter(p -> progress.isSampled(p.getName()))
            .map(p -> p.getName() + "=" + Texts.value(p.getValue()))
            .collect(Collectors.joining(" "));
    if (!parameters.isEmpty()) {
      line.append("  ").append(parameters);
    }
    String reason = trial.status().getReason();
    if (!reason.isEmpty() && trial.state() != TrialState.COMPLETED) {
      line.append("  (").append(reason.lines().findFirst().orElse("")).append(')');
    }
    return line.toString();
  }

  private String progressLine(Instant now) {
    long over = progress.trials().stream().filter(TrialProgress::isOver).count();
    Duration left = progress.timeLeft(now);
    TrialProgress best = progress.best();
    return "%d/%d trials, %d/%d epochs, %s%s%s"
        .formatted(
            over,
            progress.plannedTrials(),
            progress.epochsDone(),
            progress.epochsPlanned(),
            Texts.time(Duration.between(progress.begun(), now)),
            left == null ? "" : ", about " + Texts.time(left) + " left",
            best == null
                ? ""
                : ", best: trial %d, %s %s"
                    .formatted(
                        best.number(),
                        progress.metric(),
                        Texts.number(best.objective(progress.metric()).orElse(Double.NaN))));
  }

  @Override
  public void note(String text) {
    out.println(text);
    out.flush();
  }

  @Override
  public void close() {
    out.flush();
  }
}
