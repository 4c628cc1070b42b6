package dev.caviar.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caviar.cli.results.Values;
import dev.caviar.cli.view.Texts;
import dev.caviar.coordinator.schedule.Schedule;
import dev.caviar.coordinator.search.History;
import dev.caviar.coordinator.search.Proposal;
import dev.caviar.coordinator.search.Sampler;
import dev.caviar.coordinator.space.LearningRatePath;
import dev.caviar.coordinator.space.LearningRatePath.Rate;
import dev.caviar.coordinator.space.Point;
import dev.caviar.coordinator.space.SweepDefinition;
import dev.caviar.proto.v1.Parameter;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code caviar plan}: what a sweep would sample. */
@Command(
    name = "plan",
    mixinStandardHelpOptions = true,
    description = {
      "Shows what a sweep would sample, and trains nothing.",
      "The trials shown are the ones that 'caviar run' will train: they follow from the seed."
    },
    footer = {"", "Example:", "  caviar plan examples/digits.yaml --trials 5"})
final class PlanCommand implements Callable<Integer> {
  @SuppressWarnings("NullAway.Init")
  @Spec
  private CommandSpec spec;

  @SuppressWarnings("NullAway.Init")
  @Parameters(paramLabel = "FILE", description = "The sweep file.")
  private Path file;

  @Option(names = "--trials", paramLabel = "N", description = "Show at most N trials.")
  private int most = Integer.MAX_VALUE;

  @Option(
      names = "--output",
      paramLabel = "FORMAT",
      description = "table or json (default: ${DEFAULT-VALUE}).")
  private OutputFormat output = OutputFormat.TABLE;

  @Override
  public Integer call() {
    SweepDefinition sweep = SweepFileOnDisk.read(file).parse(output);
    List<List<Parameter>> trials = new ArrayList<>();
    String rest = sample(sweep, trials);
    PrintWriter out = spec.commandLine().getOut();
    if (output == OutputFormat.JSON) {
      printJson(out, sweep, trials, rest);
    } else {
      printTable(out, sweep, trials, rest);
    }
    out.flush();
    return ExitCode.OK;
  }

  /** Fills in the trials that are known before any has run; answers why there are no more. */
  private @Nullable String sample(SweepDefinition sweep, List<List<Parameter>> trials) {
    Sampler sampler = Sampler.of(sweep);
    List<History.TrialRecord> records = new ArrayList<>();
    int planned = (int) Math.min(sweep.search().trials(), sampler.size());
    int certain = Math.min(planned, sampler.independentOfResults());
    while (trials.size() < Math.min(planned, most)) {
      int trial = trials.size();
      if (trial == certain) {
        return (planned - trial) + " more follow from the results of these";
      }
      switch (sampler.propose(trial, new History(records, sweep.objective().minimize()))) {
        case Proposal.Sampled(Point point, var stage) -> {
          trials.add(sweep.space().parameters(point));
          records.add(new History.TrialRecord(trial, point, History.Status.RUNNING, null));
        }
        case Proposal.Wait(String reason) -> {
          return (planned - trial) + " more follow from the results of these: " + reason;
        }
        case Proposal.Exhausted() -> {
          return null;
        }
      }
    }
    return trials.size() < planned ? (planned - trials.size()) + " more are not shown" : null;
  }

  private void printTable(
      PrintWriter out, SweepDefinition sweep, List<List<Parameter>> trials, @Nullable String rest) {
    int planned = (int) Math.min(sweep.search().trials(), Sampler.of(sweep).size());
    int repeats = sweep.repeats().count();
    out.printf(
        "%s: %s of %d epochs, sampled with seed %d%n%n",
        sweep.name(),
        repeats == 1
            ? planned + " trials"
            : "%d points, each with %d trials".formatted(planned, repeats),
        sweep.epochs(),
        sweep.search().seed());
    Set<String> varying = varying(trials);
    List<String> heads = new ArrayList<>(List.of("trial"));
    heads.addAll(varying);
    TextTable table = new TextTable(heads);
    for (int trial = 0; trial < trials.size(); trial++) {
      List<String> cells = new ArrayList<>(List.of(Integer.toString(trial)));
      for (String name : varying) {
        cells.add(value(trials.get(trial), name));
      }
      table.add(cells);
    }
    table.lines().forEach(out::println);
    if (rest != null) {
      out.println(rest);
    }
    List<Judged> judged = judged(sweep, planned);
    if (!judged.isEmpty()) {
      out.println();
      out.println("Early stopping:");
      judged.forEach(group -> out.println("  " + group.text()));
    }
    if (!trials.isEmpty()) {
      out.println();
      out.println("In every trial:");
      trials.getFirst().stream()
          .filter(parameter -> !varying.contains(parameter.getName()))
          .forEach(
              parameter ->
                  out.println(
                      "  " + parameter.getName() + " = " + Texts.value(parameter.getValue())));
      sweep.space().learningRatePath().entries().forEach(entry -> out.println("  " + text(entry)));
    }
  }

  private static String text(LearningRatePath.Entry entry) {
    return "after epoch %d learning_rate = %s"
        .formatted(
            entry.afterEpoch(),
            switch (entry.rate()) {
              case Rate.Absolute(double rate) -> Texts.trimmed(rate);
              case Rate.Relative(double factor) ->
                  Texts.trimmed(factor) + " of the one it began with";
            });
  }

  /** Trials after each other that are judged after the same epochs; at none if there are none. */
  private record Judged(int first, int end, List<Integer> epochs) {
    String text() {
      String who =
          end - first == 1
              ? "trial " + first + " is"
              : "trials " + first + "-" + (end - 1) + " are";
      return epochs.isEmpty()
          ? who + " not judged before the last epoch"
          : who
              + " judged after epoch "
              + epochs.stream().map(String::valueOf).collect(Collectors.joining(", "));
    }
  }

  /** Empty if no trial of the sweep is judged. */
  private static List<Judged> judged(SweepDefinition sweep, int trials) {
    Schedule schedule = Schedule.of(sweep);
    List<Judged> groups = new ArrayList<>();
    for (int trial = 0; trial < trials; trial++) {
      List<Integer> rungs = schedule.rungs(trial);
      if (!groups.isEmpty() && groups.getLast().epochs().equals(rungs)) {
        groups.set(groups.size() - 1, new Judged(groups.getLast().first(), trial + 1, rungs));
      } else {
        groups.add(new Judged(trial, trial + 1, rungs));
      }
    }
    boolean none = groups.stream().allMatch(group -> group.epochs().isEmpty());
    return none ? List.of() : groups;
  }

  /** Names of the parameters that differ between trials, or that some trials have not. */
  private static Set<String> varying(List<List<Parameter>> trials) {
    Set<String> varying = new LinkedHashSet<>();
    for (List<Parameter> trial : trials) {
      for (Parameter parameter : trial) {
        if (!trials.stream().allMatch(other -> other.contains(parameter))) {
          varying.add(parameter.getName());
        }
      }
    }
    return varying;
  }

  private static String value(List<Parameter> parameters, String name) {
    return parameters.stream()
        .filter(parameter -> parameter.getName().equals(name))
        .map(parameter -> Texts.value(parameter.getValue()))
        .findFirst()
        .orElse("");
  }

  private static void printJson(
      PrintWriter out, SweepDefinition sweep, List<List<Parameter>> trials, @Nullable String rest) {
    ObjectNode document = Json.object();
    document.put("name", sweep.name());
    document.put("trials", (int) Math.min(sweep.search().trials(), Sampler.of(sweep).size()));
    document.put("epochs", sweep.epochs());
    document.put("seed", sweep.search().seed());
    ArrayNode sampled = document.putArray("sampled");
    for (int trial = 0; trial < trials.size(); trial++) {
      sampled.addObject().put("trial", trial).set("parameters", Values.json(trials.get(trial)));
    }
    if (rest != null) {
      document.put("rest", rest);
    }
    ArrayNode path = document.putArray("learning_rate_path");
    for (LearningRatePath.Entry entry : sweep.space().learningRatePath().entries()) {
      ObjectNode change = path.addObject().put("after_epoch", entry.afterEpoch());
      switch (entry.rate()) {
        case Rate.Absolute(double rate) -> change.put("rate", rate);
        case Rate.Relative(double factor) -> change.put("factor", factor);
      }
    }
    ArrayNode judged = document.putArray("early_stopping");
    for (Judged group : judged(sweep, document.get("trials").asInt())) {
      ArrayNode epochs =
          judged
              .addObject()
              .put("first_trial", group.first())
              .put("trials", group.end() - group.first())
              .putArray("rungs");
      group.epochs().forEach(epochs::add);
    }
    out.println(Json.print(document));
  }
}
