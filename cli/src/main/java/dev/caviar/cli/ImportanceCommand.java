package dev.caviar.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caviar.cli.results.Values;
import dev.caviar.cli.view.MarginalChart;
import dev.caviar.cli.view.ShareBar;
import dev.caviar.cli.view.Texts;
import dev.caviar.coordinator.importance.Curve;
import dev.caviar.coordinator.importance.Effect;
import dev.caviar.coordinator.importance.Fanova;
import dev.caviar.coordinator.importance.Observation;
import dev.caviar.coordinator.importance.PedAnova;
import dev.caviar.coordinator.insight.SweepInsight;
import dev.caviar.coordinator.space.Dimension;
import dev.caviar.coordinator.space.Domain;
import dev.caviar.coordinator.space.ParameterValue;
import dev.caviar.coordinator.space.Scale;
import dev.caviar.coordinator.space.SweepDefinition;
import dev.caviar.proto.v1.GetSweepResponse;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** {@code caviar importance}: which hyperparameters of a sweep matter. */
@Command(
    name = "importance",
    mixinStandardHelpOptions = true,
    description = {
      "Shows which hyperparameters of a sweep matter, and how much.",
      "fanova: which share of the objective's variance over the whole search space each accounts"
          + " for, and each pair beyond its two. ped-anova: what sets the best trials apart."
    },
    footer = {
      "",
      "Examples:",
      "  caviar importance last",
      "  caviar importance last --parameter learning_rate",
      "  caviar importance caviar-results/digits-20261123-120000 --method ped-anova"
    })
final class ImportanceCommand extends SweepOrFolderCommand {
  private static final int WIDTH = 78;
  private static final int BAR = 30;
  private static final int PAIRS = 5;

  @Option(
      names = "--method",
      paramLabel = "METHOD",
      description = "fanova or ped-anova (default: ${DEFAULT-VALUE}).")
  private ImportanceMethod method = ImportanceMethod.FANOVA;

  @Option(
      names = "--parameter",
      paramLabel = "NAME",
      description = "Draw what is to be expected over this parameter, all others averaged out.")
  private @Nullable String parameter;

  @Option(
      names = "--best",
      paramLabel = "FRACTION",
      description =
          "With ped-anova, which fraction of the trials is the best (default: ${DEFAULT-VALUE}).")
  private double best = 0.25;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description =
          "With fanova, of the random forest: other seeds show how far it is chance (default:"
              + " ${DEFAULT-VALUE}).")
  private long seed = 0;

  @Override
  protected int run(SweepClient client) throws Exception {
    if (!(best > 0 && best < 1)) {
      throw new ParameterException(
          commandLine(), "--best must be above 0 and below 1, such as 0.25, is " + best);
    }
    if (parameter != null && method != ImportanceMethod.FANOVA) {
      throw new ParameterException(
          commandLine(), "--parameter draws what --method fanova found; leave --method out");
    }
    GetSweepResponse sweep = get(client);
    SweepDefinition definition = definition(sweep);
    List<String> names = definition.space().dimensions().stream().map(Dimension::name).toList();
    if (names.isEmpty()) {
      throw new CommandException(
          ExitCode.USAGE, id(sweep) + " samples no parameter: all are constants");
    }
    if (parameter != null && !names.contains(parameter)) {
      throw new ParameterException(
          commandLine(),
          "--parameter %s: this sweep does not sample it; it samples %s"
              .formatted(parameter, String.join(", ", names)));
    }
    List<Observation> observations = SweepInsight.observations(definition, sweep);
    requireEnough(sweep, definition, observations);
    try {
      return switch (method) {
        case FANOVA -> fanova(sweep, definition, observations);
        case PED_ANOVA -> pedAnova(sweep, definition, observations);
      };
    } catch (IllegalArgumentException e) {
      throw new CommandException(ExitCode.FAILED, id(sweep) + ": " + e.getMessage());
    }
  }

  private void requireEnough(
      GetSweepResponse sweep, SweepDefinition definition, List<Observation> observations) {
    int least = method == ImportanceMethod.FANOVA ? Fanova.LEAST_TRIALS : PedAnova.LEAST_TRIALS;
    if (observations.size() < least) {
      int planned = definition.search().trials();
      throw new CommandException(
          ExitCode.FAILED,
          "%s has %d completed trials, and %s needs at least %d: %s"
              .formatted(
                  id(sweep),
                  observations.size(),
                  method,
                  least,
                  planned < least
                      ? "ask for more in the sweep file, search: {trials: " + least + "} or above"
                      : "ask again when more have completed"));
    }
  }

  private int fanova(
      GetSweepResponse sweep, SweepDefinition definition, List<Observation> observations) {
    Fanova fanova = Fanova.of(definition.space(), observations, seed);
    String name = parameter;
    Curve curve = name == null ? null : fanova.curve(name);
    return print(
        () -> json(sweep, definition, observations, fanova, curve),
        () ->
            curve == null
                ? lines(sweep, definition, observations, fanova)
                : chart(definition, fanova, curve));
  }

  private int pedAnova(
      GetSweepResponse sweep, SweepDefinition definition, List<Observation> observations) {
    List<Effect> effects =
        PedAnova.of(definition.space(), observations, definition.objective().minimize(), best);
    return print(
        () -> {
          ObjectNode document = head(sweep, definition, observations);
          document.put("best", best);
          document.set("parameters", effects(effects));
          return document;
        },
        () -> {
          List<String> lines = new ArrayList<>();
          lines.add(
              "%s: what sets the best %s of %d completed trials apart (PED-ANOVA)"
                  .formatted(id(sweep), percent(best), observations.size()));
          lines.add("");
          lines.addAll(table(effects));
          return lines;
        });
  }

  private List<String> lines(
      GetSweepResponse sweep,
      SweepDefinition definition,
      List<Observation> observations,
      Fanova fanova) {
    List<String> lines = new ArrayList<>();
    lines.add(
        "%s: shares of the variance of %s over the search space (fANOVA, %d completed trials)"
            .formatted(id(sweep), definition.objective().metric().key(), observations.size()));
    lines.add("");
    lines.addAll(table(fanova.mainEffects()));
    List<Effect> pairs = fanova.interactions().stream().limit(PAIRS).toList();
    if (!pairs.isEmpty()) {
      lines.add("");
      lines.addAll(table(pairs));
    }
    lines.add("");
    double alone = fanova.mainEffects().stream().mapToDouble(Effect::share).sum();
    double inPairs = fanova.interactions().stream().mapToDouble(Effect::share).sum();
    lines.add(
        "Parameters alone account for %s, pairs for %s, three and more together for %s."
            .formatted(percent(alone), percent(inPairs), percent(1 - alone - inPairs)));
    lines.add(trust(fanova.outOfBagR2()));
    return lines;
  }

  /** How far the numbers can be relied on, which depends on the forest they are taken from. */
  private static String trust(double r2) {
    return r2 > 0
        ? "The forest predicts %s of the variance of trials it was not grown from."
            .formatted(percent(r2))
        : "The forest predicts trials it was not grown from no better than their mean would: these"
            + " shares say little. More trials would help.";
  }

  private static List<String> table(List<Effect> effects) {
    boolean deviations = effects.stream().anyMatch(effect -> effect.deviation() != null);
    boolean pairs = effects.getFirst().dimensions().size() == 2;
    List<String> heads =
        new ArrayList<>(List.of(pairs ? "together, beyond each alone" : "parameter", "share"));
    if (deviations) {
      heads.add("±");
    }
    heads.add("");
    TextTable table = new TextTable(heads);
    for (Effect effect : effects) {
      List<String> cells =
          new ArrayList<>(
              List.of(String.join(" × ", effect.dimensions()), percent(effect.share())));
      Double deviation = effect.deviation();
      if (deviations) {
        cells.add(deviation == null ? "" : percent(deviation));
      }
      cells.add(ShareBar.of(effect.share(), BAR));
      table.add(cells);
    }
    return table.lines();
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f%%", 100 * Math.max(0, share));
  }

  private List<String> chart(SweepDefinition definition, Fanova fanova, Curve curve) {
    Dimension dimension =
        definition.space().dimensions().stream()
            .filter(d -> d.name().equals(curve.dimension()))
            .findFirst()
            .orElseThrow();
    double share =
        fanova.mainEffects().stream()
            .filter(effect -> effect.dimensions().contains(curve.dimension()))
            .mapToDouble(Effect::share)
            .sum();
    String title =
        "%s over %s, which alone has %s of the variance"
            .formatted(definition.objective().metric().key(), described(dimension), percent(share));
    if (dimension.domain() instanceof Domain.Choices) {
      return choices(title, curve);
    }
    List<Curve.Value> points = curve.points();
    List<MarginalChart.Value> values = new ArrayList<>();
    for (int i = 0; i < points.size(); i++) {
      values.add(
          new MarginalChart.Value(x(points, i), points.get(i).mean(), points.get(i).deviation()));
    }
    // Few numbers get a tick each; else there are five, evenly apart on the scale.
    int ticks = Math.min(points.size(), 5);
    List<String> labels = new ArrayList<>();
    for (int i = 0; i < ticks; i++) {
      double x = ticks == 1 ? 0 : (double) i / (ticks - 1);
      int nearest =
          IntStream.range(0, points.size())
              .boxed()
              .min(Comparator.comparingDouble(k -> Math.abs(x(points, k) - x)))
              .orElseThrow();
      labels.add(Texts.value(points.get(nearest).value()));
    }
    boolean colors = StandardOutput.isTerminal() && StandardOutput.wantsColors();
    return MarginalChart.lines(title, values, labels, WIDTH, colors);
  }

  /** Where a point lies between the first and the last, on the parameter's scale. */
  private static double x(List<Curve.Value> points, int i) {
    double first = points.getFirst().unit();
    double last = points.getLast().unit();
    return first == last ? 0 : (points.get(i).unit() - first) / (last - first);
  }

  private static String described(Dimension dimension) {
    Scale scale =
        switch (dimension.domain()) {
          case Domain.RealRange r -> r.scale();
          case Domain.WholeRange w -> w.scale();
          case Domain.Choices c -> Scale.LINEAR;
        };
    return scale == Scale.LINEAR
        ? dimension.name()
        : dimension.name() + " (" + scale.name().toLowerCase(Locale.ROOT) + ")";
  }

  private static List<String> choices(String title, Curve curve) {
    List<String> lines = new ArrayList<>(List.of(title, ""));
    double most = curve.points().stream().mapToDouble(p -> Math.abs(p.mean())).max().orElse(1);
    TextTable table = new TextTable(List.of("value", "mean", "±", ""));
    for (Curve.Value point : curve.points()) {
      table.add(
          List.of(
              Texts.value(point.value()),
              Texts.number(point.mean()),
              Texts.number(point.deviation()),
              most == 0 ? "" : ShareBar.of(Math.abs(point.mean()) / most, BAR)));
    }
    lines.addAll(table.lines());
    return lines;
  }

  private ObjectNode head(
      GetSweepResponse sweep, SweepDefinition definition, List<Observation> observations) {
    return Json.object()
        .put("sweep", id(sweep))
        .put("method", method.toString())
        .put("metric", definition.objective().metric().key())
        .put("trials", observations.size());
  }

  private ObjectNode json(
      GetSweepResponse sweep,
      SweepDefinition definition,
      List<Observation> observations,
      Fanova fanova,
      @Nullable Curve curve) {
    ObjectNode document = head(sweep, definition, observations);
    document.put("seed", seed);
    document.set("out_of_bag_r2", Values.number(fanova.outOfBagR2()));
    document.set("parameters", effects(fanova.mainEffects()));
    document.set("interactions", effects(fanova.interactions()));
    if (curve != null) {
      ObjectNode node = document.putObject("curve").put("parameter", curve.dimension());
      ArrayNode points = node.putArray("points");
      for (Curve.Value point : curve.points()) {
        ObjectNode one = points.addObject();
        switch (point.value()) {
          case ParameterValue.Real(double x) -> one.put("value", x);
          case ParameterValue.Whole(long n) -> one.put("value", n);
          case ParameterValue.Text(String text) -> one.put("value", text);
          case ParameterValue.Flag(boolean flag) -> one.put("value", flag);
        }
        one.put("mean", point.mean()).put("deviation", point.deviation());
      }
    }
    return document;
  }

  private static ArrayNode effects(List<Effect> effects) {
    ArrayNode list = Json.object().arrayNode();
    for (Effect effect : effects) {
      ObjectNode node = list.addObject();
      if (effect.dimensions().size() == 1) {
        node.put("parameter", effect.dimensions().getFirst());
      } else {
        ArrayNode names = node.putArray("parameters");
        effect.dimensions().forEach(names::add);
      }
      node.put("share", effect.share());
      Double deviation = effect.deviation();
      if (deviation == null) {
        node.putNull("deviation");
      } else {
        node.put("deviation", deviation);
      }
    }
    return list;
  }
}
