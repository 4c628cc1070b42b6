package dev.caviar.cli.panda;

import dev.caviar.cli.view.FullScreen;
import dev.caviar.cli.view.Key;
import dev.caviar.proto.v1.GetPandaCurveRequest;
import dev.caviar.proto.v1.PandaState;
import dev.caviar.proto.v1.PandaUpdate;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.jline.terminal.Terminal;

/** Shows {@link PandaScreen} on a terminal, and does what its keys ask for. */
final class LivePanda implements AutoCloseable {
  /** No screen can show more, and the curve of days would take long to come. */
  private static final int MOST_POINTS = 4000;

  private final PandaClient pandas;
  private final String id;
  private final InstantSource clock;
  private final boolean colors;
  private final Runnable onQuit;
  private final PandaProgress progress = new PandaProgress();
  private final FullScreen screen;
  // All below with the progress's monitor held.
  private Controls controls = Controls.start();
  private String note = "";
  // The branch whose way was asked for.
  private int asked = -1;

  /**
   * Takes over the terminal.
   *
   * @param onQuit called when its user has seen enough
   */
  @SuppressWarnings("this-escape") // The screen comes last: it finds all that it shows.
  LivePanda(
      PandaClient pandas,
      String id,
      Terminal terminal,
      InstantSource clock,
      boolean colors,
      Runnable onQuit) {
    this.pandas = pandas;
    this.id = id;
    this.clock = clock;
    this.colors = colors;
    this.onQuit = onQuit;
    this.screen = FullScreen.open(terminal, this::lines, this::press);
  }

  private List<String> lines(int width, int height) {
    synchronized (progress) {
      return PandaScreen.render(progress, controls, note, width, height, clock.instant(), colors);
    }
  }

  private void press(Key key) {
    Controls.Command command;
    PandaState panda;
    synchronized (progress) {
      panda = progress.state();
      Controls.Step step = controls.press(key, panda);
      controls = step.next();
      command = step.command();
      if (command != null || !(controls.mode() instanceof Controls.Mode.Watching)) {
        note = "";
      }
    }
    switch (command) {
      case Controls.Command.Act(PandaAction action, String why) -> act(action, why, panda);
      case Controls.Command.Quit() -> onQuit.run();
      case null -> {}
    }
  }

  private void act(PandaAction action, String why, PandaState panda) {
    note(Controls.words(action, panda) + " ...");
    var _ =
        action
            .ask(pandas, id, why)
            .whenComplete(
                (done, error) ->
                    note(error == null ? PandaText.done(done) : "Not done: " + message(error)));
  }

  private static String message(Throwable error) {
    Throwable cause =
        error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
    return String.valueOf(cause.getMessage());
  }

  /** Takes what is new. */
  void take(PandaUpdate update) {
    int branch = -1;
    synchronized (progress) {
      progress.apply(update);
      if (progress.lacksEarlier() && asked != progress.state().getBranch()) {
        branch = progress.state().getBranch();
        asked = branch;
      }
    }
    screen.changed();
    if (branch >= 0) {
      fetch(branch);
    }
  }

  private void fetch(int branch) {
    var _ =
        pandas
            .curve(
                GetPandaCurveRequest.newBuilder()
                    .setPandaId(id)
                    .setBranch(branch)
                    .setMost(MOST_POINTS)
                    .build())
            .whenComplete(
                (curve, error) -> {
                  if (error != null) {
                    note("Its earlier branches are not shown: " + message(error));
                    return;
                  }
                  synchronized (progress) {
                    progress.apply(branch, curve);
                  }
                  screen.changed();
                });
  }

  /** Tells its user something. */
  void note(String text) {
    synchronized (progress) {
      note = text;
    }
    screen.changed();
  }

  @Override
  public void close() {
    screen.close();
  }
}
