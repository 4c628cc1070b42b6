package dev.caviar.cli;

import dev.caviar.cli.view.Display;
import dev.caviar.cli.view.SweepProgress;
import dev.caviar.proto.v1.GetBestModelRequest;
import dev.caviar.proto.v1.GetBestModelResponse;
import dev.caviar.proto.v1.GetSweepResponse;
import dev.caviar.proto.v1.SweepUpdate;
import dev.caviar.proto.v1.WatchSweepRequest;
import java.io.PrintWriter;
import java.time.Clock;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/** Shows a sweep that runs elsewhere, to its end or until its user has seen enough. */
public final class SweepWatch {
  private final Clock clock = Clock.systemUTC();
  private final SweepClient client;
  private final CommandLine command;
  private final OutputFormat output;
  private final boolean plain;

  /**
   * @param plain whether lines are wanted even on a terminal
   */
  public SweepWatch(SweepClient client, CommandLine command, OutputFormat output, boolean plain) {
    this.client = client;
    this.command = command;
    this.output = output;
    this.plain = plain;
  }

  /** Watches the sweep; answers the command's exit code. */
  public int run(String id) throws Exception {
    SweepProgress progress = toEnd(id);
    if (progress == null) {
      return ExitCode.INTERRUPTED;
    }
    report(id, progress);
    return progress.status().hasBestTrial() ? ExitCode.OK : ExitCode.FAILED;
  }

  /** Watches the sweep and reports nothing at its end; null if its user has seen enough before. */
  @Nullable SweepProgress toEnd(String id) throws Exception {
    GetSweepResponse before = SweepCommand.get(client, id);
    long submitted = before.getSummary().getSubmittedAtMillis();
    SweepProgress progress =
        new SweepProgress(submitted == 0 ? clock.instant() : Instant.ofEpochMilli(submitted));
    if (!follow(id, progress)) {
      PrintWriter err = command.getErr();
      err.println("Stopped watching; the sweep goes on. To see it again: caviar watch " + id);
      err.println("To end it: caviar cancel " + id);
      err.flush();
      return null;
    }
    return progress;
  }

  /** Answers whether the sweep was seen to its end. */
  private boolean follow(String id, SweepProgress progress) throws Exception {
    CompletableFuture<Boolean> end = new CompletableFuture<>();
    try (Display display = Displays.open(progress, clock, plain, output, command);
        var _ = new Interruption(() -> end.complete(false), display::close)) {
      var _ =
          client
              .watch(
                  WatchSweepRequest.newBuilder().setSweepId(id).build(),
                  update -> take(update, progress, display),
                  display::note)
              .whenComplete(
                  (over, error) -> {
                    if (error == null) {
                      end.complete(true);
                    } else {
                      end.completeExceptionally(
                          error instanceof CompletionException && error.getCause() != null
                              ? error.getCause()
                              : error);
                    }
                  });
      return Answers.await(end);
    } finally {
      ConsoleLog.release();
    }
  }

  private static void take(SweepUpdate update, SweepProgress progress, Display display) {
    synchronized (progress) {
      progress.apply(update);
      display.updated(update);
    }
  }

  private void report(String id, SweepProgress progress) throws Exception {
    PrintWriter out = command.getOut();
    if (output == OutputFormat.JSON) {
      out.println(Json.print(SweepJson.sweep(SweepCommand.get(client, id))));
      return;
    }
    GetBestModelResponse best =
        Answers.await(client.bestModel(GetBestModelRequest.newBuilder().setSweepId(id).build()));
    FinalReport.lines(progress, best, StandardOutput.isTerminal() && StandardOutput.wantsColors())
        .forEach(out::println);
    if (best.hasModel()) {
      out.println("Predict: caviar predict --sweep " + id + " FILE");
    }
    out.println("Export:  caviar export " + id + " --format csv --to DIR");
  }
}
