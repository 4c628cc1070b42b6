package dev.caviar.cli.panda;

import dev.caviar.cli.view.CurveChart;
import dev.caviar.cli.view.Texts;
import dev.caviar.cli.view.TrialProgress;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.Intervention;
import dev.caviar.proto.v1.PandaBranch;
import dev.caviar.proto.v1.PandaState;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A panda's curves as a picture: losses, the dev error and the learning rate over the epochs. The
 * way to where it is stands out from the branches that were left; numbers are those of the ledger,
 * whose entries stand below.
 */
final class PandaSvg {
  private static final int WIDTH = 960;
  private static final int LEFT = 70;
  private static final int RIGHT = WIDTH - 70;
  private static final int ROW = 18;

  /** Dots of a curve; more cannot be seen. */
  private static final int MOST = 1500;

  /** Above this ratio of largest to smallest value an axis is logarithmic. */
  private static final double LOG_RATIO = 8;

  private final PandaState panda;
  private final Map<Integer, List<CurvePoint>> branches;
  private final List<CurvePoint> way;
  private final List<Intervention> entries;
  private final double last;
  private final StringBuilder svg = new StringBuilder();

  private PandaSvg(PandaState panda, Map<Integer, List<CurvePoint>> branches) {
    this.panda = panda;
    this.branches = branches;
    Lineage lineage = Lineage.of(panda, panda.getBranch());
    this.way = lineage.points(branches);
    this.entries =
        panda.getLedgerList().stream()
            .filter(Intervention::hasEpoch)
            .sorted(Comparator.comparingLong(Intervention::getNumber))
            .toList();
    this.last =
        branches.values().stream()
            .flatMap(List::stream)
            .mapToInt(CurvePoint::getEpoch)
            .max()
            .orElse(1);
  }

  /**
   * The picture.
   *
   * @param branches each branch's own points
   */
  static String draw(PandaState panda, Map<Integer, List<CurvePoint>> branches) {
    return new PandaSvg(panda, branches).draw();
  }

  /** A curve of a panel. */
  private record Series(String metric, String name, String color) {}

  private String draw() {
    int notes = entries.size() * ROW + 20;
    int height = 60 + 260 + 190 + 120 + 30 + notes;
    svg.append(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\""
            .formatted(WIDTH, height));
    svg.append(
        " viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">\n"
            .formatted(WIDTH, height));
    svg.append("<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n");
    text(LEFT, 26, "start", "#222222", 16, panda.getName());
    text(
        RIGHT,
        26,
        "end",
        "#666666",
        12,
        panda.hasBest()
            ? "best %s %s".formatted(panda.getMetric(), Texts.number(panda.getBest()))
            : "");
    panel(
        60,
        230,
        List.of(
            new Series("train_loss", "train_loss", "#1f77b4"),
            new Series("dev_loss", "dev_loss", "#2ca02c")),
        false);
    panel(60 + 260, 160, List.of(new Series("dev_error", "dev_error", "#9467bd")), false);
    panel(
        60 + 260 + 190, 90, List.of(new Series("learning_rate", "learning_rate", "#d68910")), true);
    int axis = 60 + 260 + 190 + 90;
    text(LEFT, axis + 18, "middle", "#666666", 12, "1");
    text((LEFT + RIGHT) / 2, axis + 18, "middle", "#666666", 12, "epoch");
    text(RIGHT, axis + 18, "middle", "#666666", 12, Long.toString(Math.round(last)));
    int y = axis + 50;
    for (Intervention entry : entries) {
      text(LEFT, y, "end", "#c0392b", 12, entry.getNumber() + " ");
      String why = entry.getWhy().isEmpty() ? "" : " — " + entry.getWhy();
      text(
          LEFT + 8,
          y,
          "start",
          "#222222",
          12,
          "epoch %d: %s%s".formatted(entry.getEpoch(), PandaText.what(entry), why));
      y += ROW;
    }
    return svg.append("</svg>\n").toString();
  }

  private void panel(int top, int height, List<Series> series, boolean alwaysLog) {
    List<Double> values = series.stream().flatMap(each -> shown(each.metric())).toList();
    if (values.isEmpty()) {
      return;
    }
    double low = values.stream().min(Comparator.naturalOrder()).orElseThrow();
    double high = values.stream().max(Comparator.naturalOrder()).orElseThrow();
    boolean log = low > 0 && (alwaysLog || high / low > LOG_RATIO);
    if (low == high) {
      low = log ? low / 2 : low - 1e-6;
      high = log ? high * 2 : high + 1e-6;
    }
    var scale = new Scale(top, height, low, high, log);
    svg.append(
        "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"none\" stroke=\"#cccccc\"/>\n"
            .formatted(LEFT, top, RIGHT - LEFT, height));
    text(LEFT - 6, top + 10, "end", "#666666", 11, Texts.number(high));
    text(LEFT - 6, top + height, "end", "#666666", 11, Texts.number(low));
    marks(top, height);
    int name = LEFT + 4;
    for (Series each : series) {
      for (PandaBranch branch : panda.getBranchesList()) {
        List<CurvePoint> points = branches.getOrDefault(branch.getBranch(), List.of());
        line(points, each, scale, "0.4", "1.2");
      }
      line(way, each, scale, "1", "1.6");
      text(name, top - 6, "start", each.color(), 12, each.name() + (log ? " (log scale)" : ""));
      name += 190;
    }
  }

  /**
   * What an axis is to show: all of the way, and of the branches that were left where they mostly
   * were. Their peaks, which may be very high, are cut off.
   */
  private Stream<Double> shown(String metric) {
    Stream<Double> left =
        branches.values().stream()
            .map(points -> values(points, metric).sorted().toList())
            .filter(sorted -> !sorted.isEmpty())
            .map(sorted -> sorted.get(sorted.size() / 2));
    return Stream.concat(values(way, metric), left);
  }

  private static Stream<Double> values(List<CurvePoint> points, String metric) {
    return points.stream().map(point -> value(point, metric)).filter(Double::isFinite);
  }

  private static double value(CurvePoint point, String metric) {
    return metric.equals("learning_rate")
        ? point.getLearningRate()
        : TrialProgress.value(point, metric);
  }

  private record Scale(int top, int height, double low, double high, boolean log) {
    double y(double value) {
      double share =
          log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
      return top + (1 - Math.clamp(share, 0, 1)) * height;
    }
  }

  private double x(double epoch) {
    return LEFT + (last <= 1 ? 0 : Math.max(0, epoch - 1) / (last - 1)) * (RIGHT - LEFT);
  }

  private void line(
      List<CurvePoint> points, Series series, Scale scale, String opacity, String stroke) {
    List<CurveChart.Dot> dots = new ArrayList<>();
    int stride = Math.max(1, points.size() / MOST);
    for (int i = 0; i < points.size(); i += i + stride < points.size() ? stride : 1) {
      double value = value(points.get(i), series.metric());
      if (Double.isFinite(value) && (!scale.log() || value > 0)) {
        dots.add(new CurveChart.Dot(points.get(i).getEpoch(), value));
      }
    }
    if (dots.isEmpty()) {
      return;
    }
    String path =
        dots.stream()
            .map(
                dot ->
                    String.format(Locale.ROOT, "%.1f,%.1f", x(dot.epoch()), scale.y(dot.value())))
            .collect(Collectors.joining(" "));
    svg.append(
        "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-opacity=\"%s\" stroke-width=\"%s\"/>\n"
            .formatted(path, series.color(), opacity, stroke));
  }

  private void marks(int top, int height) {
    double free = Double.NEGATIVE_INFINITY;
    for (Intervention entry :
        entries.stream().sorted(Comparator.comparingInt(Intervention::getEpoch)).toList()) {
      double x = x(entry.getEpoch());
      svg.append(
          String.format(
              Locale.ROOT,
              "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"#c0392b\""
                  + " stroke-opacity=\"0.5\" stroke-dasharray=\"2,3\"/>\n",
              x,
              top,
              x,
              top + height));
      if (x >= free) {
        String label = Long.toString(entry.getNumber());
        text(x + 2, top + 11, "start", "#c0392b", 10, label);
        free = x + 4 + 6 * label.length();
      }
    }
  }

  private void text(double x, int y, String anchor, String color, int size, String words) {
    svg.append(
        String.format(
            Locale.ROOT,
            "<text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\" fill=\"%s\" font-size=\"%d\">%s</text>\n",
            x,
            y,
            anchor,
            color,
            size,
            escaped(words)));
  }

  private static String escaped(String words) {
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
