package dev.caviar.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caviar.cli.view.Texts;
import dev.caviar.proto.v1.Register;
import dev.caviar.proto.v1.WorkerStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;

/** {@code caviar workers}: who trains. */
@Command(
    name = "workers",
    mixinStandardHelpOptions = true,
    description = "Lists the cluster's workers: their slots, their arithmetic, what they train.",
    footer = {"", "Example:", "  caviar workers --output json"})
final class WorkersCommand extends ClusterCommand {
  /** Of a worker's trials; JSON has all. */
  private static final int MOST_TRIALS = 4;

  @Override
  protected int run(SweepClient client) throws Exception {
    List<WorkerStatus> workers = Answers.await(client.workers()).getWorkersList();
    return print(() -> json(workers), () -> lines(workers));
  }

  private static ObjectNode json(List<WorkerStatus> workers) {
    ObjectNode document = Json.object();
    ArrayNode list = document.putArray("workers");
    workers.forEach(worker -> list.add(SweepJson.worker(worker)));
    return document;
  }

  private static List<String> lines(List<WorkerStatus> workers) {
    if (workers.isEmpty()) {
      return List.of("No worker is connected: `caviar worker` on each machine starts one.");
    }
    TextTable table =
        new TextTable(
            List.of("worker", "state", "slots", "cores", "heard", "version", "backend", "trials"));
    for (WorkerStatus worker : workers) {
      Register is = worker.getRegistration();
      table.add(
          List.of(
              is.getWorkerId(),
              worker.getDraining() ? "draining" : worker.getBusySlots() > 0 ? "busy" : "idle",
              worker.getBusySlots() + "/" + is.getSlots(),
              Integer.toString(is.getCores()),
              ago(worker.getLastHeardAtMillis()),
              is.getCaviarVersion(),
              is.getGpu().isEmpty() ? is.getBackend() : is.getBackend() + ", " + is.getGpu(),
              trials(worker)));
    }
    return table.lines();
  }

  private static String ago(long millis) {
    return millis == 0
        ? ""
        : Texts.time(Duration.between(Instant.ofEpochMilli(millis), Instant.now())) + " ago";
  }

  private static String trials(WorkerStatus worker) {
    int more = worker.getLeasesCount() - MOST_TRIALS;
    return worker.getLeasesList().stream()
            .limit(MOST_TRIALS)
            .map(lease -> lease.getSweepId() + "/" + lease.getTrial())
            .collect(Collectors.joining(" "))
        + (more > 0 ? " and " + more + " more" : "");
  }
}
