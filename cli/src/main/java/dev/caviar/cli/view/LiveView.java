package dev.caviar.cli.view;

import dev.caviar.proto.v1.SweepState;
import dev.caviar.proto.v1.TrialState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Draws a sweep's progress into a window of any size from 40 × 10 on. */
public final class LiveView {
  /** Trials that keep their lines when the curves want some. */
  private static final int LEAST_ROWS = 4;

  private LiveView() {}

  /**
   * The window's lines, at most {@code height}, each at most {@code width} columns wide.
   *
   * @param colors whether lines may have ANSI colours in them
   */
  public static List<String> render(
      SweepProgress progress, int width, int height, Instant now, boolean colors) {
    List<String> lines = new ArrayList<>();
    lines.add(header(progress, width, colors));
    lines.add(best(progress, width, colors));
    lines.add(bar(progress, width, now, colors));
    int body = height - lines.size();
    boolean airy = body >= 12;
    int air = airy ? 1 : 0;
    // What the table wants, its heading included, and what is left then for the curves.
    int table = Math.min(1 + Math.max(progress.trials().size(), 1), body - air);
    List<String> chart = chart(progress, width, body - air - table, colors);
    if (chart.isEmpty() && body - 2 * air - 1 - LEAST_ROWS >= CurveChart.LEAST_HEIGHT) {
      int curves = Math.max(CurveChart.LEAST_HEIGHT, 2 * body / 5);
      chart = chart(progress, width, curves + air, colors);
    }
    table = Math.min(table, body - air - chart.size());
    if (airy) {
      lines.add("");
    }
    lines.addAll(TrialTable.render(progress, Math.max(0, table - 1), width, colors));
    lines.addAll(chart);
    return lines.subList(0, Math.min(height, lines.size()));
  }

  private static List<String> chart(SweepProgress progress, int width, int room, boolean colors) {
    int height = Math.min(18, room - 1);
    if (height < CurveChart.LEAST_HEIGHT) {
      return List.of();
    }
    var chart =
        CurveChart.ofTrials(
            progress.ranked(),
            progress.metric(),
            progress.status().getEpochs(),
            width,
            height,
            colors);
    if (chart.isEmpty()) {
      return List.of();
    }
    List<String> lines = new ArrayList<>(List.of(""));
    lines.addAll(chart.render());
    return lines;
  }

  private static String header(SweepProgress progress, int width, boolean colors) {
    var counts = progress.counts();
    var line = new Line(width, colors);
    line.add(
        progress.status().getName().isEmpty() ? "sweep" : progress.status().getName(), Style.BOLD);
    String state = stateNote(progress.status().getState());
    line.add(state, Style.YELLOW);
    int over = progress.trials().stream().mapToInt(trial -> trial.isOver() ? 1 : 0).sum();
    line.add("  " + over + "/" + progress.plannedTrials() + " trials");
    for (TrialState shown : TrialState.values()) {
      int count = counts.getOrDefault(shown, 0);
      if (count > 0 && shown != TrialState.QUEUED) {
        line.add(" · ", Style.DIM)
            .add(count + " " + TrialStates.word(shown), TrialStates.style(shown));
      }
    }
    return line.toString();
  }

  private static String stateNote(SweepState state) {
    return switch (state) {
      case SWEEP_PAUSED -> " (paused)";
      case SWEEP_STOPPING -> " (ending)";
      case SWEEP_STOPPED -> " (ended)";
      case SWEEP_COMPLETED -> " (complete)";
      case SWEEP_RUNNING, SWEEP_STATE_UNSPECIFIED, UNRECOGNIZED -> "";
    };
  }

  private static String best(SweepProgress progress, int width, boolean colors) {
    var line = new Line(width, colors);
    TrialProgress best = progress.best();
    boolean final_ = best != null;
    if (best == null) {
      List<TrialProgress> ranked = progress.ranked();
      if (ranked.isEmpty()) {
        return line.add("best so far: none yet", Style.DIM).toString();
      }
      best = ranked.getFirst();
    }
    line.add("best so far: ", Style.DIM).add("trial " + best.number(), Style.BOLD);
    var objective = best.objective(progress.metric());
    if (objective.isPresent()) {
      line.add("  " + progress.metric() + " ")
          .add(Texts.number(objective.getAsDouble()), Style.GREEN);
    }
    return line.add(final_ ? "" : " (still running)", Style.DIM).toString();
  }

  private static String bar(SweepProgress progress, int width, Instant now, boolean colors) {
    long done = progress.epochsDone();
    long planned = Math.max(1, progress.epochsPlanned());
    double share = Math.min(1, (double) done / planned);
    Duration left = progress.timeLeft(now);
    String time =
        "  "
            + Texts.time(Duration.between(progress.begun(), now))
            + (done >= planned || left == null ? "" : ", " + Texts.time(left) + " left");
    String epochs = "  " + done + "/" + planned + " epochs";
    String rate = String.format(Locale.ROOT, "  %s/s", Texts.number(progress.rate(now)));
    // The time left is what is looked for: the others go first where it is narrow.
    List<String> tries = List.of(epochs + rate + time, epochs + time, time);
    String tail =
        tries.stream().filter(text -> width - 5 - text.length() >= 12).findFirst().orElse(time);
    int bar = Math.clamp(width - 5L - tail.length(), 5, 40);
    // Rounded down: full means done.
    int eighths = (int) (share * bar * 8);
    String full = "█".repeat(eighths / 8);
    String part = eighths % 8 == 0 ? "" : Character.toString('█' + 8 - eighths % 8);
    return new Line(width, colors)
        .add(full + part, Style.GREEN)
        .add("░".repeat(bar - full.length() - part.length()), Style.DIM)
        .add(Texts.right((int) (100 * share) + "%", 5))
        .add(tail)
        .toString();
  }
}
