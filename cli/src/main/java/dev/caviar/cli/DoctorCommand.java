package dev.caviar.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caviar.cli.remote.ConnectionSettings;
import dev.caviar.cli.remote.RemoteException;
import dev.caviar.cli.remote.ServerAddress;
import dev.caviar.proto.CaviarVersion;
import dev.caviar.worker.WorkerOptions;
import dev.caviar.worker.backend.CpuBackend;
import dev.caviar.worker.data.DatasetLoader;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code caviar doctor}: whether this machine and JVM have what Caviar wants. */
@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    description = {
      "Looks at the JDK, the BLAS kernel, memory and the terminal, and says what to do.",
      "Where a coordinator is named, it also looks whether each of its servers answers.",
      "Exits with 1 if something is wrong."
    },
    footer = {
      "",
      "Examples:",
      "  caviar doctor",
      "  caviar doctor --server tuner.example.org:7070"
    })
final class DoctorCommand implements Callable<Integer> {
  private static final long LEAST_HEAP = 512L << 20;

  @SuppressWarnings("NullAway.Init")
  @Spec
  private CommandSpec spec;

  @Mixin private final ConnectionOptions connection = new ConnectionOptions();

  @Mixin private final OutputOption output = new OutputOption();

  private final Map<String, String> findings = new LinkedHashMap<>();
  private final List<String> problems = new ArrayList<>();

  @Override
  public Integer call() {
    findings.put("caviar", CaviarVersion.get());
    lookAtJava();
    lookAtArithmetic();
    lookAtMemory();
    lookAtTerminal();
    lookAtServers();
    PrintWriter out = spec.commandLine().getOut();
    if (output.isJson()) {
      printJson(out);
    } else {
      printTable(out);
    }
    out.flush();
    return problems.isEmpty() ? ExitCode.OK : ExitCode.FAILED;
  }

  private void lookAtJava() {
    findings.put(
        "java", Runtime.version() + ", " + System.getProperty("java.vendor", "unknown vendor"));
    findings.put("java home", System.getProperty("java.home", ""));
    findings.put("platform", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    List<String> flags = ManagementFactory.getRuntimeMXBean().getInputArguments();
    findings.put("jvm flags", String.join(" ", flags));
    if (flags.stream().noneMatch(flag -> flag.startsWith("--enable-native-access"))) {
      problems.add(
          "native access is not enabled: start Caviar with its launcher, or add"
              + " --enable-native-access=ALL-UNNAMED");
    }
  }

  private void lookAtArithmetic() {
    CpuBackend.Diagnosis diagnosis = new CpuBackend().diagnose();
    findings.put("arithmetic", diagnosis.description());
    findings.put(
        "matrix product",
        String.format(
            Locale.ROOT,
            "%.0f GFLOP/s on one core, checked against a plain loop",
            diagnosis.gigaflops()));
    String wanted = System.getenv("OPENBLAS_CORETYPE");
    if (wanted != null) {
      findings.put("OPENBLAS_CORETYPE", wanted + " (set by you; OpenBLAS would choose by itself)");
    }
    problems.addAll(diagnosis.problems());
    findings.put("data sets", String.join(", ", DatasetLoader.builtins()) + ", CSV, IDX");
  }

  private void lookAtMemory() {
    findings.put(
        "slots", WorkerOptions.defaultSlots() + " by default: one for each processor the JVM sees");
    long heap = Runtime.getRuntime().maxMemory();
    findings.put("heap", (heap >> 20) + " MiB at most (-Xmx)");
    if (heap < LEAST_HEAP) {
      problems.add(
          "the heap is limited to "
              + (heap >> 20)
              + " MiB: set CAVIAR_JAVA_OPTS=-Xmx2g, or give the machine more memory");
    }
    Path here = Path.of("").toAbsolutePath();
    findings.put("results", here.resolve("caviar-results").toString());
    if (!Files.isWritable(here)) {
      problems.add("the folder " + here + " is not writable: run with --results DIR");
    }
  }

  private void lookAtTerminal() {
    findings.put(
        "terminal",
        StandardOutput.isTerminal()
            ? System.getenv("TERM")
                + (StandardOutput.wantsColors() ? "" : ", without colours (NO_COLOR)")
            : "none; sweeps print plain lines");
  }

  /** Each by itself: a client would be content with the first that answers. */
  private void lookAtServers() {
    ConnectionSettings settings = connection.settings();
    if (settings.source().isEmpty()) {
      findings.put("coordinator", "none is named; 'caviar run' needs none");
      return;
    }
    findings.put(
        "coordinator",
        "from "
            + settings.source()
            + (settings.tls() ? ", with TLS" : ", without TLS")
            + (settings.token() == null ? ", without a token" : ", with a token"));
    List<String> silent = new ArrayList<>();
    for (ServerAddress server : settings.servers()) {
      try (SweepClient client = ConnectionOptions.connect(settings.withServer(server))) {
        int workers = Answers.await(client.workers()).getWorkersCount();
        findings.put(
            "server " + server, "answers; " + workers + (workers == 1 ? " worker" : " workers"));
      } catch (RemoteException e) {
        String reason = e.reason();
        findings.put("server " + server, reason);
        silent.add(server + ": " + reason);
      } catch (Exception e) {
        silent.add(server + ": " + e);
      }
    }
    // Of several coordinators one leads, and the others say that they stand by.
    if (silent.size() == settings.servers().size()) {
      problems.addAll(silent);
    }
  }

  private void printTable(PrintWriter out) {
    int width = findings.keySet().stream().mapToInt(String::length).max().orElse(0);
    findings.forEach((what, found) -> out.printf("%-" + width + "s  %s%n", what, found));
    out.println();
    problems.forEach(problem -> out.println("problem: " + problem));
    out.println(problems.isEmpty() ? "All is well." : problems.size() + " to mend.");
  }

  private void printJson(PrintWriter out) {
    ObjectNode document = Json.object();
    findings.forEach((what, found) -> document.put(what.replace(' ', '_'), found));
    ArrayNode list = document.putArray("problems");
    problems.forEach(list::add);
    out.println(Json.print(document));
  }
}
