package dev.caviar.cli.panda;

import dev.caviar.cli.Answers;
import dev.caviar.cli.ConsoleLog;
import dev.caviar.cli.ExitCode;
import dev.caviar.cli.Interruption;
import dev.caviar.cli.Json;
import dev.caviar.cli.OutputFormat;
import dev.caviar.cli.StandardOutput;
import dev.caviar.cli.view.FullScreen;
import dev.caviar.proto.v1.PandaState;
import dev.caviar.proto.v1.PandaUpdate;
import dev.caviar.proto.v1.WatchPandaRequest;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Clock;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.jline.terminal.Terminal;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/** Shows a panda while it trains, to its end or until its user has seen enough. */
final class PandaWatch {
  /** How it came to an end. */
  private enum End {
    /** The panda is ended. */
    OVER,
    /** Its user has pressed q. */
    QUIT,
    /** Its user has pressed Ctrl-C. */
    INTERRUPTED
  }

  private final Clock clock = Clock.systemUTC();
  private final CompletableFuture<End> end = new CompletableFuture<>();
  private final PandaClient pandas;
  private final CommandLine command;
  private final OutputFormat output;
  private final boolean plain;

  /**
   * @param plain whether lines are wanted even on a terminal
   */
  PandaWatch(PandaClient pandas, CommandLine command, OutputFormat output, boolean plain) {
    this.pandas = pandas;
    this.command = command;
    this.output = output;
    this.plain = plain;
  }

  /** Watches the panda; answers the command's exit code. */
  int run(String id) throws Exception {
    Terminal terminal = terminal();
    End how = terminal == null ? inLines(id) : onScreen(id, terminal);
    PrintWriter out = command.getOut();
    PandaState panda = PandaReference.get(pandas, id);
    if (output == OutputFormat.JSON) {
      out.println(Json.print(PandaJson.panda(panda)));
    } else if (how == End.OVER) {
      LogCommand.lines(panda, false, Instant.now()).forEach(out::println);
    }
    out.flush();
    if (how != End.OVER) {
      PrintWriter err = command.getErr();
      err.println("Stopped watching; the panda goes on. To see it again: caviar panda watch " + id);
      err.println("To pause it: caviar panda pause " + id);
      err.flush();
    }
    return how == End.INTERRUPTED ? ExitCode.INTERRUPTED : ExitCode.OK;
  }

  private @Nullable Terminal terminal() {
    if (plain || output == OutputFormat.JSON || !StandardOutput.isTerminal()) {
      return null;
    }
    try {
      return FullScreen.terminal();
    } catch (IOException e) {
      return null; // A terminal that cannot be drawn on gets lines.
    }
  }

  private End onScreen(String id, Terminal terminal) throws Exception {
    ConsoleLog.hold();
    try (var live =
            new LivePanda(
                pandas,
                id,
                terminal,
                clock,
                StandardOutput.wantsColors(),
                () -> end.complete(End.QUIT));
        var _ = new Interruption(() -> end.complete(End.INTERRUPTED), live::close)) {
      follow(id, live::take, live::note);
      return Answers.await(end);
    } finally {
      ConsoleLog.release();
    }
  }

  private End inLines(String id) throws Exception {
    // With JSON asked for, standard output is for the document alone.
    PrintWriter lines = output == OutputFormat.JSON ? command.getErr() : command.getOut();
    var view = new PandaPlainView(lines, clock);
    try (var _ = new Interruption(() -> end.complete(End.INTERRUPTED), lines::flush)) {
      follow(id, view::take, view::note);
      return Answers.await(end);
    }
  }

  private void follow(String id, Consumer<PandaUpdate> onUpdate, Consumer<String> onNote) {
    var _ =
        pandas
            .watch(
                WatchPandaRequest.newBuilder().setPandaId(id).build(),
                onUpdate,
                // When the watching ends the connection does too, which is no news.
                text -> {
                  if (!end.isDone()) {
                    onNote.accept(text);
                  }
                })
            .whenComplete(
                (over, error) -> {
                  if (error == null) {
                    end.complete(End.OVER);
                  } else {
                    end.completeExceptionally(
                        error instanceof CompletionException && error.getCause() != null
                            ? error.getCause()
                            : error);
                  }
                });
  }
}
