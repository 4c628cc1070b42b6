package dev.caviar.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caviar.cli.results.Summary;
import dev.caviar.cli.view.Texts;
import dev.caviar.proto.v1.GetSweepResponse;
import dev.caviar.proto.v1.Parameter;
import dev.caviar.proto.v1.SweepStatus;
import dev.caviar.proto.v1.SweepSummary;
import dev.caviar.proto.v1.TrialStatus;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code caviar compare}: several sweeps side by side. */
@Command(
    name = "compare",
    mixinStandardHelpOptions = true,
    description =
        "Shows sweeps side by side: their best trials, what these cost, and their values.",
    footer = {
      "",
      "Examples:",
      "  caviar compare digits-20261122 digits-20261123",
      "  caviar compare digits-20261122 last --output json"
    })
final class CompareCommand extends ClusterCommand {
  @SuppressWarnings("NullAway.Init")
  @Parameters(paramLabel = "SWEEP", arity = "1..*", description = SweepReference.DESCRIPTION)
  private List<String> references;

  @Override
  protected int run(SweepClient client) throws Exception {
    List<SweepSummary> all = Answers.await(client.list()).getSweepsList();
    Set<String> ids = new LinkedHashSet<>();
    for (String reference : references) {
      ids.add(SweepReference.resolve(all, reference).getStatus().getSweepId());
    }
    List<GetSweepResponse> sweeps = new ArrayList<>();
    for (String id : ids) {
      sweeps.add(SweepCommand.get(client, id));
    }
    return print(() -> json(sweeps), () -> lines(sweeps));
  }

  private static ObjectNode json(List<GetSweepResponse> sweeps) {
    ObjectNode document = Json.object();
    ArrayNode list = document.putArray("sweeps");
    for (GetSweepResponse sweep : sweeps) {
      ObjectNode node = SweepJson.summary(sweep.getSummary());
      SweepJson.best(sweep)
          .ifPresent(
              best -> node.set("best", SweepJson.best(sweep.getSummary().getStatus(), best)));
      node.put("training_seconds", trainingMicros(sweep) / 1e6);
      list.add(node);
    }
    return document;
  }

  private static List<String> lines(List<GetSweepResponse> sweeps) {
    List<String> heads = new ArrayList<>(List.of(""));
    sweeps.forEach(sweep -> heads.add(status(sweep).getSweepId()));
    TextTable table = new TextTable(heads);
    row(table, sweeps, "state", sweep -> Summary.key(status(sweep).getState()));
    row(table, sweeps, "objective", sweep -> SweepText.objective(status(sweep)));
    row(table, sweeps, "best", sweep -> ofBest(sweep, t -> SweepText.best(status(sweep), t)));
    row(
        table,
        sweeps,
        "test error",
        sweep ->
            status(sweep).hasBestTest()
                ? Texts.number(status(sweep).getBestTest().getError())
                : "");
    row(table, sweeps, "best trial", sweep -> ofBest(sweep, t -> Integer.toString(t.getTrial())));
    row(table, sweeps, "its epochs", sweep -> ofBest(sweep, t -> Integer.toString(t.getEpochs())));
    row(table, sweeps, "its time", sweep -> ofBest(sweep, SweepText::time));
    row(
        table,
        sweeps,
        "trials",
        sweep -> SweepText.trialsOver(sweep.getSummary()) + "/" + status(sweep).getTrials());
    row(
        table,
        sweeps,
        "training",
        sweep -> Texts.time(Duration.of(trainingMicros(sweep), ChronoUnit.MICROS)));
    row(table, sweeps, "took", sweep -> SweepText.took(sweep.getSummary()));
    Set<String> names = new LinkedHashSet<>();
    for (GetSweepResponse sweep : sweeps) {
      SweepJson.best(sweep).stream()
          .flatMap(best -> best.getParametersList().stream())
          .map(Parameter::getName)
          .forEach(names::add);
    }
    for (String name : names) {
      row(
          table,
          sweeps,
          name,
          sweep -> ofBest(sweep, best -> SweepText.value(best.getParametersList(), name)));
    }
    return table.lines();
  }

  private static void row(
      TextTable table,
      List<GetSweepResponse> sweeps,
      String head,
      Function<GetSweepResponse, String> cell) {
    List<String> cells = new ArrayList<>(List.of(head));
    sweeps.forEach(sweep -> cells.add(cell.apply(sweep)));
    table.add(cells);
  }

  private static String ofBest(GetSweepResponse sweep, Function<TrialStatus, String> text) {
    return SweepJson.best(sweep).map(text).orElse("");
  }

  private static SweepStatus status(GetSweepResponse sweep) {
    return sweep.getSummary().getStatus();
  }

  private static long trainingMicros(GetSweepResponse sweep) {
    return sweep.getTrialsList().stream().mapToLong(TrialStatus::getElapsedMicros).sum();
  }
}
