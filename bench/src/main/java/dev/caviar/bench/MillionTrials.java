package dev.caviar.bench;

import com.linecorp.armeria.client.grpc.GrpcClients;
import dev.caviar.proto.v1.GetSweepRequest;
import dev.caviar.proto.v1.GetSweepResponse;
import dev.caviar.proto.v1.ListSweepsRequest;
import dev.caviar.proto.v1.SubmitSweepRequest;
import dev.caviar.proto.v1.SweepServiceGrpc.SweepServiceBlockingStub;
import dev.caviar.proto.v1.SweepSummary;
import dev.caviar.proto.v1.TrialState;
import dev.caviar.proto.v1.TrialStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Locale;
import java.util.function.Supplier;

/**
 * A sweep of very many trials that train nothing, on a coordinator elsewhere. Arguments: HOST:PORT,
 * and {@code begin TRIALS} to submit it; {@code await TRIALS} until as many have completed; {@code
 * kill TRIALS PROCESS} to kill the coordinator then; {@code ask} to time what is asked of it;
 * {@code count TRIALS} to count them all.
 */
public final class MillionTrials {
  private static final String NAME = "million";
  private static final int ASKED = 50;
  private static final int PART = 1_000;

  private final SweepServiceBlockingStub sweeps;

  private MillionTrials(SweepServiceBlockingStub sweeps) {
    this.sweeps = sweeps;
  }

  public static void main(String[] args) throws Exception {
    MillionTrials million =
        new MillionTrials(
            GrpcClients.builder("gproto+http://" + args[0] + "/")
                .responseTimeout(Duration.ofMinutes(1))
                .maxResponseLength(0)
                .maxResponseMessageLength(1 << 30)
                .build(SweepServiceBlockingStub.class));
    switch (args[1]) {
      case "begin" -> million.begin(Integer.parseInt(args[2]));
      case "await" -> million.await(Integer.parseInt(args[2]));
      case "ask" -> million.ask();
      case "count" -> million.count(Integer.parseInt(args[2]));
      case "kill" -> {
        million.await(Integer.parseInt(args[2]));
        kill(Long.parseLong(args[3]));
      }
      default -> throw new IllegalArgumentException(args[1]);
    }
    System.exit(0);
  }

  private void begin(int trials) {
    var answer =
        sweeps.submitSweep(
            SubmitSweepRequest.newBuilder()
                .setSweepFile(EmptySweep.file(NAME, trials, 1))
                .setBaseDirectory("/")
                .build());
    System.out.println(answer.getSweepId());
  }

  private SweepSummary summary() {
    return sweeps.listSweeps(ListSweepsRequest.getDefaultInstance()).getSweepsList().stream()
        .filter(sweep -> sweep.getStatus().getName().equals(NAME))
        .findFirst()
        .orElseThrow();
  }

  private static int completed(SweepSummary sweep) {
    return sweep.getTrialsByStateOrDefault("completed", 0);
  }

  private void await(int trials) throws InterruptedException {
    long start = System.nanoTime();
    int first = completed(summary());
    int now = first;
    while (now < trials) {
      Thread.sleep(100);
      now = completed(summary());
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    System.out.printf(
        Locale.ROOT,
        "%d completed, %d of them in %.1f s: %.3f ms a trial%n",
        now,
        now - first,
        seconds,
        1e3 * seconds / Math.max(1, now - first));
  }

  private void ask() {
    String id = summary().getStatus().getSweepId();
    GetSweepRequest one = GetSweepRequest.newBuilder().setSweepId(id).build();
    time("list of sweeps", this::summary);
    time(
        "best trial",
        () -> {
          TrialStatus best = sweeps.getSweep(one.toBuilder().setLeading(true).build()).getTrials(0);
          if (!best.hasObjective()) {
            throw new IllegalStateException("the best trial has no objective");
          }
          return best;
        });
    int size = sweeps.getSweep(one.toBuilder().setLeading(true).build()).getSampledTrials();
    time("the newest 1,000 trials", () -> part(one, Math.max(0, size - PART)));
    time("1,000 trials from the middle", () -> part(one, size / 2));
  }

  private GetSweepResponse part(GetSweepRequest one, int first) {
    GetSweepResponse part =
        sweeps.getSweep(one.toBuilder().setFirstTrial(first).setMostTrials(PART).build());
    if (part.getTrialsCount() != PART || part.getTrials(0).getTrial() != first) {
      throw new IllegalStateException(part.getTrialsCount() + " trials from " + first);
    }
    return part;
  }

  private static <T> void time(String what, Supplier<T> question) {
    double[] millis = new double[ASKED];
    for (int i = 0; i < ASKED; i++) {
      long start = System.nanoTime();
      question.get();
      millis[i] = (System.nanoTime() - start) / 1e6;
    }
    double first = millis[0];
    Arrays.sort(millis);
    System.out.printf(
        Locale.ROOT,
        "%s: median %.1f ms, the slowest of %d %.1f ms (the first %.1f ms)%n",
        what,
        millis[ASKED / 2],
        ASKED,
        millis[ASKED - 1],
        first);
  }

  /** Every trial once, completed at its first attempt, with its epoch. */
  private void count(int trials) {
    GetSweepRequest one =
        GetSweepRequest.newBuilder().setSweepId(summary().getStatus().getSweepId()).build();
    BitSet seen = new BitSet();
    int again = 0;
    for (int first = 0; first < trials; first += PART) {
      for (TrialStatus trial : part(one, Math.min(first, trials - PART)).getTrialsList()) {
        if (trial.getState() != TrialState.COMPLETED || trial.getEpochs() != 1) {
          throw new IllegalStateException("trial " + trial);
        }
        seen.set(trial.getTrial());
        again += trial.getAttempt() > 1 ? 1 : 0;
      }
    }
    if (seen.cardinality() != trials || completed(summary()) != trials) {
      throw new IllegalStateException(
          "of %d trials %d are listed, %d counted"
              .formatted(trials, seen.cardinality(), completed(summary())));
    }
    System.out.printf(
        Locale.ROOT, "all %d trials listed and completed, %d at a later attempt%n", trials, again);
  }

  /** By SIGKILL. */
  private static void kill(long process) throws IOException {
    System.out.println(
        Files.readAllLines(Path.of("/proc/" + process + "/status")).stream()
            .filter(line -> line.startsWith("VmHWM"))
            .findFirst()
            .map(line -> "coordinator, resident at most: " + line.replaceAll("\\s+", " "))
            .orElseThrow());
    if (!ProcessHandle.of(process).orElseThrow().destroyForcibly()) {
      throw new IllegalStateException("process " + process + " could not be killed");
    }
  }
}
