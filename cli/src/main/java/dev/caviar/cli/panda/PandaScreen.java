package dev.caviar.cli.panda;

import dev.caviar.cli.view.CurveChart;
import dev.caviar.cli.view.Line;
import dev.caviar.cli.view.Style;
import dev.caviar.cli.view.Texts;
import dev.caviar.cli.view.TrialProgress;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.Intervention;
import dev.caviar.proto.v1.PandaAlert;
import dev.caviar.proto.v1.PandaCheckpoint;
import dev.caviar.proto.v1.PandaState;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Draws a panda into a window of any size. */
final class PandaScreen {
  private static final List<String> HELP =
      List.of(
          "l  learning rate          set another from the next mini-batch on",
          "-  learning rate x 0.3    +  learning rate x 3",
          "s  set any parameter      such as momentum=0.95 batch_size=128",
          "p  pause and resume       paused, it gives its worker free",
          "r  roll back              to best, 2h, yesterday, step:12000, epoch:40, branch:1,",
          "                          checkpoint:7 or a checkpoint's name",
          "b  roll back to the best  on any branch",
          "c  checkpoint             kept for good, under a name if you give it one",
          "k  recalibrate            batch norm's running means and variances anew",
          "z  zoom                   the last epochs only, or all",
          "q  quit                   the panda goes on",
          "",
          "Before anything is done you are asked why: Enter does it without a reason, Esc leaves"
              + " it.",
          "The numbers below the curves are the ledger's: 'caviar panda log' tells it all.");

  private static final String KEYS =
      "l rate  - + x0.3 x3  s set  p pause  r roll back  b best  c checkpoint  k recalibrate  z"
          + " zoom  ? help  q quit";

  /** Entries of the ledger that are shown where there is room. */
  private static final int ENTRIES = 5;

  private static final int STRIP = 2;

  private final PandaProgress progress;
  private final PandaState panda;
  private final Controls controls;
  private final Instant now;
  private final int width;
  private final boolean colors;

  private PandaScreen(
      PandaProgress progress, Controls controls, Instant now, int width, boolean colors) {
    this.progress = progress;
    this.panda = progress.state();
    this.controls = controls;
    this.now = now;
    this.width = width;
    this.colors = colors;
  }

  /**
   * The window's lines, at most {@code height}, each at most {@code width} columns wide.
   *
   * @param note what its user is told besides; empty for nothing
   */
  static List<String> render(
      PandaProgress progress,
      Controls controls,
      String note,
      int width,
      int height,
      Instant now,
      boolean colors) {
    var screen = new PandaScreen(progress, controls, now, width, colors);
    List<String> foot = screen.foot(note);
    List<String> lines = new ArrayList<>(screen.head());
    int body = height - lines.size() - foot.size();
    List<String> middle =
        controls.mode() instanceof Controls.Mode.Help ? screen.help() : screen.body(body);
    lines.addAll(middle.subList(0, Math.clamp(body, 0, middle.size())));
    // What is asked stands at the bottom, wherever the rest ends.
    while (lines.size() < height - foot.size()) {
      lines.add("");
    }
    lines.addAll(foot);
    return lines.subList(Math.max(0, lines.size() - height), lines.size());
  }

  private Line line() {
    return new Line(width, colors);
  }

  private List<String> head() {
    if (!progress.isKnown()) {
      return List.of(line().add("Waiting for the coordinator ...", Style.DIM).toString());
    }
    List<String> lines = new ArrayList<>();
    Line first =
        line()
            .add(panda.getPandaId(), Style.BOLD)
            .add("  ")
            .add(PandaText.word(panda.getPhase()), PandaText.style(panda.getPhase()));
    first.add("  branch " + panda.getBranch() + "  epoch " + panda.getEpoch());
    if (panda.getEpochs() > 0) {
      first.add("/" + panda.getEpochs());
    }
    first.add("  step " + panda.getStep());
    first.add("  " + PandaText.age(panda.getStartedAtMillis(), now), Style.DIM);
    if (!panda.getWorkerId().isEmpty()) {
      first.add("  " + panda.getWorkerId(), Style.DIM);
    }
    lines.add(first.toString());
    if (!panda.getReason().isEmpty()) {
      lines.add(line().add(panda.getReason(), PandaText.style(panda.getPhase())).toString());
    }
    lines.add(standing());
    lines.add(parameters());
    for (PandaAlert alert : panda.getAlertsList()) {
      lines.add(line().add("! ", Style.YELLOW).add(alert.getMessage(), Style.YELLOW).toString());
      lines.add(line().add("  " + alert.getAdvice()).toString());
    }
    return lines;
  }

  private String standing() {
    Line line = line();
    if (panda.hasLast()) {
      CurvePoint last = panda.getLast();
      line.add("train_loss ", Style.DIM).add(Texts.number(last.getTrainLoss()));
      line.add("  dev_loss ", Style.DIM).add(Texts.number(last.getDevLoss()));
      line.add("  dev_error ", Style.DIM).add(Texts.number(last.getDevError()));
    } else {
      line.add("no epoch yet", Style.DIM);
    }
    if (panda.hasBest()) {
      line.add("   best " + panda.getMetric() + " ", Style.DIM)
          .add(Texts.number(panda.getBest()), Style.GREEN);
    }
    checkpoint(panda.getBestCheckpoint())
        .ifPresent(
            best ->
                line.add(
                    "  checkpoint %s, branch %d, epoch %d"
                        .formatted(PandaText.name(best), best.getBranch(), best.getEpoch()),
                    Style.DIM));
    return line.toString();
  }

  private Optional<PandaCheckpoint> checkpoint(int number) {
    return panda.getCheckpointsList().stream()
        .filter(each -> number > 0 && each.getNumber() == number)
        .findFirst();
  }

  private String parameters() {
    Line line = line();
    PandaText.parameters(panda)
        .forEach(
            parameter ->
                line.add(line.width() == 0 ? "" : "  ")
                    .add(parameter.getName() + " ", Style.DIM)
                    .add(Texts.value(parameter.getValue())));
    return line.toString();
  }

  private List<String> help() {
    List<String> lines = new ArrayList<>(List.of(""));
    HELP.forEach(text -> lines.add(line().add(text).toString()));
    return lines;
  }

  private List<String> body(int room) {
    List<String> ledger = ledger(room >= 20 ? ENTRIES : room >= 14 ? 3 : room >= 10 ? 1 : 0);
    List<String> checkpoints = room >= 12 ? checkpoints() : List.of();
    List<String> lines = new ArrayList<>(charts(room - ledger.size() - checkpoints.size()));
    lines.addAll(ledger);
    lines.addAll(checkpoints);
    return lines;
  }

  private List<String> charts(int room) {
    List<CurvePoint> points = shown();
    if (points.isEmpty() || room < CurveChart.LEAST_HEIGHT) {
      return List.of();
    }
    CurveChart.Frame frame = frame("loss", "of training and dev examples", points);
    int marks = frame.marks().isEmpty() ? 0 : 1;
    List<String> strip =
        room >= CurveChart.LEAST_HEIGHT + marks + STRIP
            ? CurveChart.strip(rate(points), frame, width, STRIP, colors)
            : List.of();
    int left = room - strip.size();
    int errors = left >= 2 * (CurveChart.LEAST_HEIGHT + marks) + 4 ? 2 * left / 5 : 0;
    List<String> lines = new ArrayList<>();
    var losses =
        new CurveChart(
            List.of(
                new CurveChart.Curve("dev", Style.GREEN, CurveChart.dots(points, "dev_loss")),
                new CurveChart.Curve("train", Style.CYAN, CurveChart.dots(points, "train_loss"))),
            frame,
            width,
            Math.max(left - errors, CurveChart.LEAST_HEIGHT + marks),
            colors);
    if (!losses.isEmpty()) {
      lines.addAll(losses.render());
    }
    var error =
        new CurveChart(
            List.of(
                new CurveChart.Curve("error", Style.MAGENTA, CurveChart.dots(points, "dev_error"))),
            frame("dev_error", "", points),
            width,
            errors,
            colors);
    if (errors > 0 && !error.isEmpty()) {
      lines.addAll(error.render());
    }
    lines.addAll(strip);
    return lines;
  }

  private List<CurvePoint> shown() {
    List<CurvePoint> points = progress.points();
    if (controls.zoom() == 0 || points.isEmpty()) {
      return points;
    }
    int from = points.getLast().getEpoch() - controls.zoom();
    return points.stream().filter(point -> point.getEpoch() > from).toList();
  }

  private CurveChart.Frame frame(String title, String note, List<CurvePoint> points) {
    double first = points.getFirst().getEpoch();
    double last = points.getLast().getEpoch();
    List<CurveChart.Mark> marks =
        progress.entries().stream()
            .filter(entry -> entry.getEpoch() >= first && entry.getEpoch() <= last)
            .map(entry -> new CurveChart.Mark(entry.getEpoch(), Long.toString(entry.getNumber())))
            .toList();
    String zoomed = controls.zoom() == 0 ? "" : ", the last " + controls.zoom() + " epochs";
    return new CurveChart.Frame(title, note + zoomed, marks, first, last);
  }

  private static CurveChart.Curve rate(List<CurvePoint> points) {
    return new CurveChart.Curve(
        "rate",
        Style.YELLOW,
        points.stream()
            .filter(point -> point.getLearningRate() > 0)
            .map(point -> new CurveChart.Dot(point.getEpoch(), point.getLearningRate()))
            .toList());
  }

  /** The last entries, the newest below. */
  private List<String> ledger(int most) {
    List<Intervention> ledger = panda.getLedgerList();
    List<String> lines = new ArrayList<>();
    for (Intervention entry : ledger.subList(Math.max(0, ledger.size() - most), ledger.size())) {
      Line line =
          line()
              .add(Texts.right(Long.toString(entry.getNumber()), 4) + "  ", Style.YELLOW)
              .add(PandaText.clock(entry.getAtMillis(), ZoneId.systemDefault()) + "  ", Style.DIM)
              .add(PandaText.what(entry));
      String effect =
          entry.hasPointBefore() && entry.hasPointAfter()
              ? "  %s -> %s"
                  .formatted(
                      Texts.number(TrialProgress.value(entry.getPointBefore(), panda.getMetric())),
                      Texts.number(TrialProgress.value(entry.getPointAfter(), panda.getMetric())))
              : "";
      lines.add(
          line.add(effect, Style.GREEN)
              .add("  " + PandaText.whoAndWhy(entry), Style.DIM)
              .toString());
    }
    return lines;
  }

  private List<String> checkpoints() {
    if (panda.getCheckpointsCount() == 0) {
      return List.of();
    }
    PandaCheckpoint last = panda.getCheckpoints(panda.getCheckpointsCount() - 1);
    return List.of(
        line()
            .add("checkpoints ", Style.DIM)
            .add(Integer.toString(panda.getCheckpointsCount()))
            .add("  last ", Style.DIM)
            .add(
                "%s, branch %d, epoch %d, %s ago"
                    .formatted(
                        PandaText.name(last),
                        last.getBranch(),
                        last.getEpoch(),
                        PandaText.age(last.getTakenAtMillis(), now)))
            .toString());
  }

  private List<String> foot(String note) {
    List<String> lines = new ArrayList<>();
    if (!note.isEmpty()) {
      lines.add(line().add(note, Style.YELLOW).toString());
    }
    if (controls.mode()
        instanceof Controls.Mode.Asking(Controls.Question question, String typed, String problem)) {
      if (!problem.isEmpty()) {
        lines.add(line().add(problem, Style.RED).toString());
      }
      lines.add(line().add(Controls.words(question, panda), Style.BOLD).toString());
      // The end of a long answer is what is being typed.
      int room = Math.max(1, width - 3);
      int characters = Texts.width(typed);
      String end =
          characters <= room
              ? typed
              : typed.substring(typed.offsetByCodePoints(0, characters - room));
      lines.add(line().add("> " + end).add("█", Style.BOLD).toString());
    } else {
      lines.add(line().add(KEYS, Style.DIM).toString());
    }
    return lines;
  }
}
