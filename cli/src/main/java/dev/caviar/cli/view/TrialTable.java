package dev.caviar.cli.view;

import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.TrialState;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The trials as a table: those running first, then the best. Columns that do not fit are left out,
 * parameters from the last on before anything else.
 */
final class TrialTable {
  private static final String GAP = "  ";

  /** A name of a parameter is shortened to this before its column is left out. */
  private static final int SHORTEST_NAME = 6;

  private final SweepProgress progress;
  private final List<TrialProgress> trials;
  private final int width;
  private final boolean colors;

  private TrialTable(
      SweepProgress progress, List<TrialProgress> trials, int width, boolean colors) {
    this.progress = progress;
    this.trials = trials;
    this.width = width;
    this.colors = colors;
  }

  /** The heading and at most {@code rows} trials. */
  static List<String> render(SweepProgress progress, int rows, int width, boolean colors) {
    List<TrialProgress> shown = order(progress).stream().limit(rows).toList();
    return new TrialTable(progress, shown, width, colors).render();
  }

  private static List<TrialProgress> order(SweepProgress progress) {
    Set<TrialProgress> order = new LinkedHashSet<>();
    progress.trials().stream().filter(t -> t.state() == TrialState.RUNNING).forEach(order::add);
    order.addAll(progress.ranked());
    progress.trials().stream()
        .sorted(Comparator.comparing(TrialProgress::isOver).reversed())
        .forEach(order::add);
    return List.copyOf(order);
  }

  private List<String> render() {
    List<Column> columns = columns();
    List<String> lines = new ArrayList<>();
    var heading = new Line(width, colors);
    for (Column column : columns) {
      heading
          .add(heading.width() == 0 ? "" : GAP)
          .add(column.align(Texts.name(column.name, column.width)), Style.DIM);
    }
    lines.add(heading.toString());
    for (TrialProgress trial : trials) {
      var line = new Line(width, colors);
      for (Column column : columns) {
        Style style =
            column.name.equals("status") ? TrialStates.style(trial.state()) : style(trial);
        line.add(line.width() == 0 ? "" : GAP).add(column.align(column.text.apply(trial)), style);
      }
      lines.add(line.toString());
    }
    return lines;
  }

  private Style style(TrialProgress trial) {
    return trial == progress.best() ? Style.BOLD : Style.PLAIN;
  }

  private List<Column> columns() {
    String metric = progress.metric();
    int epochs = progress.status().getEpochs();
    Column number = fixed("trial", true, t -> Integer.toString(t.number()));
    Column state = fixed("status", false, t -> TrialStates.word(t.state(), t.epochs()));
    Column epoch =
        fixed(
            "epoch",
            true,
            t -> t.epochs() + (epochs == 0 ? "" : "/" + Math.max(epochs, t.epochs())));
    Column loss = fixed("train_loss", true, t -> last(t, CurvePoint::getTrainLoss));
    Column error = fixed(metric, true, t -> objective(t, metric));
    Column dev = fixed("dev_error", true, t -> last(t, CurvePoint::getDevError));
    Column time =
        fixed("time", true, t -> Texts.time(Duration.of(t.elapsedMicros(), ChronoUnit.MICROS)));

    List<Column> ending = new ArrayList<>(List.of(epoch));
    int room = width - room(number) - room(state) - room(epoch);
    // In order of worth; on the screen train loss comes before the objective.
    Set<Column> chosen = new HashSet<>();
    List<Column> wanted =
        switch (metric) {
          case "dev_error" -> List.of(error, loss, time);
          case "train_loss" -> List.of(loss, dev, time);
          default -> List.of(error, dev, loss, time);
        };
    for (Column column : wanted) {
      int least =
          chosen.isEmpty() || parameters().isEmpty() ? 0 : 2 * (SHORTEST_NAME + GAP.length());
      if (room - room(column) >= least) {
        chosen.add(column);
        room -= room(column);
      }
    }
    Stream.of(loss, error, dev, time).filter(chosen::contains).forEach(ending::add);

    List<Column> columns = new ArrayList<>(List.of(number, state));
    columns.addAll(parameterColumns(room));
    columns.addAll(ending);
    return columns;
  }

  private static int room(Column column) {
    return column.width + GAP.length();
  }

  private Column fixed(String name, boolean right, Function<TrialProgress, String> text) {
    // Widths of what changes all the time are at least these, or the table would jump.
    int least =
        switch (name) {
          case "status" -> 8;
          case "epoch" -> 2 * Integer.toString(progress.status().getEpochs()).length() + 1;
          case "time" -> 6;
          default -> 5;
        };
    return Column.of(name, right, Math.max(least, name.length()), text, trials);
  }

  private List<Column> parameterColumns(int room) {
    List<Column> columns = new ArrayList<>();
    int left = room + GAP.length(); // The last column needs no gap after it.
    List<Column> all =
        parameters().entrySet().stream()
            .map(
                entry ->
                    Column.of(
                        entry.getKey(),
                        false,
                        Math.min(SHORTEST_NAME, entry.getKey().length()),
                        t -> parameter(t, entry.getKey()),
                        trials))
            .toList();
    for (Column column : all) {
      if (room(column) > left) {
        break;
      }
      columns.add(column);
      left -= room(column);
    }
    // What is left over lengthens the names again.
    for (int i = 0; i < columns.size(); i++) {
      Column column = columns.get(i);
      int more =
          Math.clamp(column.name.length() - column.width, 0, Math.max(0, left - GAP.length()));
      columns.set(i, column.widened(more));
      left -= more;
    }
    return columns;
  }

  /** Names of the parameters that differ between trials, and of all while there is one trial. */
  private Map<String, Set<String>> parameters() {
    Map<String, Set<String>> values = new LinkedHashMap<>();
    List<TrialProgress> known =
        progress.trials().stream().filter(t -> !t.parameters().isEmpty()).toList();
    for (TrialProgress trial : known) {
      trial.parameters().stream()
          .filter(parameter -> progress.isSampled(parameter.getName()))
          .forEach(
              parameter ->
                  values
                      .computeIfAbsent(parameter.getName(), name -> new HashSet<>())
                      .add(Texts.value(parameter.getValue())));
    }
    if (known.size() > 1) {
      values
          .entrySet()
          .removeIf(
              entry ->
                  entry.getValue().size() == 1
                      && known.stream().allMatch(t -> !parameter(t, entry.getKey()).isEmpty()));
    }
    return values;
  }

  private static String parameter(TrialProgress trial, String name) {
    return trial.parameters().stream()
        .filter(parameter -> parameter.getName().equals(name))
        .map(parameter -> Texts.value(parameter.getValue()))
        .findFirst()
        .orElse("");
  }

  private static String last(TrialProgress trial, Function<CurvePoint, Double> value) {
    return trial.points().isEmpty() ? "" : Texts.number(value.apply(trial.points().getLast()));
  }

  private static String objective(TrialProgress trial, String metric) {
    var objective = trial.objective(metric);
    return objective.isPresent() ? Texts.number(objective.getAsDouble()) : "";
  }

  private record Column(
      String name, boolean right, int width, Function<TrialProgress, String> text) {
    static Column of(
        String name,
        boolean right,
        int least,
        Function<TrialProgress, String> text,
        List<TrialProgress> trials) {
      int widest = trials.stream().map(text).mapToInt(Texts::width).max().orElse(0);
      return new Column(name, right, Math.max(least, widest), text);
    }

    Column widened(int more) {
      return new Column(name, right, width + more, text);
    }

    String align(String cell) {
      return right ? Texts.right(cell, width) : Texts.left(cell, width);
    }
  }
}
