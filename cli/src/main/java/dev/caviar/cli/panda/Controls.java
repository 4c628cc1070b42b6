package dev.caviar.cli.panda;

import dev.caviar.cli.Assignment;
import dev.caviar.cli.view.Key;
import dev.caviar.cli.view.Texts;
import dev.caviar.coordinator.space.Hyperparameter;
import dev.caviar.proto.v1.PandaPhase;
import dev.caviar.proto.v1.PandaState;
import dev.caviar.proto.v1.Parameter;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * What the keys of a panda's screen do. Each is answered with what the controls are then, and what
 * is to be done, if anything.
 *
 * @param zoom how many of the last epochs are shown; 0: all
 */
record Controls(Mode mode, int zoom) {
  private static final BigDecimal LESS = new BigDecimal("0.3");
  private static final BigDecimal MORE = new BigDecimal("3");

  /** A rate that is multiplied again and again is to stay one that can be read. */
  private static final MathContext DIGITS = new MathContext(3);

  /** What the screen is at. */
  sealed interface Mode {
    /** The panda is shown. */
    record Watching() implements Mode {}

    /** The keys are explained. */
    record Help() implements Mode {}

    /**
     * Its user is asked something.
     *
     * @param typed so far
     * @param problem with the last answer; empty if there is none
     */
    record Asking(Question question, String typed, String problem) implements Mode {}
  }

  /** What its user may be asked. */
  sealed interface Question {
    /** A new learning rate. */
    record LearningRate() implements Question {}

    /** Parameters with their values. */
    record Assignments() implements Question {}

    /** What to go back to. */
    record Target() implements Question {}

    /** A checkpoint's name. */
    record CheckpointName() implements Question {}

    /** How many of the last epochs to show. */
    record Zoom() implements Question {}

    /** The reason for something, without which it is done too. */
    record Why(PandaAction action) implements Question {}
  }

  /** What is to be done. */
  sealed interface Command {
    /** Ask the coordinator for it. */
    record Act(PandaAction action, String why) implements Command {}

    /** End the watching. */
    record Quit() implements Command {}
  }

  /** What a key leads to. */
  record Step(Controls next, @Nullable Command command) {}

  /** Nothing is asked, and all epochs are shown. */
  static Controls start() {
    return new Controls(new Mode.Watching(), 0);
  }

  /** What a key does, of a panda as it is. */
  Step press(Key key, PandaState panda) {
    return switch (mode) {
      case Mode.Watching() -> watching(key, panda);
      case Mode.Help() ->
          key.equals(new Key.Typed('q')) ? new Step(this, new Command.Quit()) : step(start());
      case Mode.Asking asking -> asking(asking, key);
    };
  }

  private Step step(Controls next) {
    return new Step(new Controls(next.mode, zoom), null);
  }

  private Step ask(Question question) {
    return step(new Controls(new Mode.Asking(question, "", ""), zoom));
  }

  private Step watching(Key key, PandaState panda) {
    if (!(key instanceof Key.Typed(int character))) {
      return step(this);
    }
    return switch (character) {
      case 'l' -> ask(new Question.LearningRate());
      case '-' -> scale(LESS, panda);
      case '+', '=' -> scale(MORE, panda);
      case 's' -> ask(new Question.Assignments());
      case 'p' ->
          ask(new Question.Why(rests(panda) ? new PandaAction.Resume() : new PandaAction.Pause()));
      case 'r' -> ask(new Question.Target());
      case 'b' -> ask(new Question.Why(new PandaAction.RollBack(new RollbackTarget.Best())));
      case 'c' -> ask(new Question.CheckpointName());
      case 'k' -> ask(new Question.Why(new PandaAction.Recalibrate()));
      case 'z' -> ask(new Question.Zoom());
      case '?', 'h' -> step(new Controls(new Mode.Help(), zoom));
      case 'q' -> new Step(this, new Command.Quit());
      default -> step(this);
    };
  }

  /** Whether it is for its user to let it go on. */
  static boolean rests(PandaState panda) {
    return panda.getPhase() == PandaPhase.PANDA_PAUSED
        || panda.getPhase() == PandaPhase.PANDA_FAILED
        || panda.getPhase() == PandaPhase.PANDA_DIVERGED
        || panda.getPhase() == PandaPhase.PANDA_ENDED;
  }

  private Step scale(BigDecimal factor, PandaState panda) {
    OptionalDouble rate = learningRate(panda);
    if (rate.isEmpty()) {
      return step(this);
    }
    double scaled = BigDecimal.valueOf(rate.getAsDouble()).multiply(factor, DIGITS).doubleValue();
    return ask(new Question.Why(new PandaAction.Tune(List.of(rate(Double.toString(scaled))))));
  }

  /** What it trains with at present; none before that is known. */
  static OptionalDouble learningRate(PandaState panda) {
    return panda.getParametersList().stream()
        .filter(parameter -> parameter.getName().equals(Hyperparameter.LEARNING_RATE.key()))
        .mapToDouble(parameter -> parameter.getValue().getReal())
        .findFirst();
  }

  private static Parameter rate(String text) {
    return new Assignment(Hyperparameter.LEARNING_RATE, text).toParameter();
  }

  private Step asking(Mode.Asking asking, Key key) {
    return switch (key) {
      case Key.Typed(int character) ->
          typed(asking, asking.typed() + Character.toString(character));
      case Key.Special.BACKSPACE -> {
        String typed = asking.typed();
        yield typed(
            asking,
            typed.isEmpty()
                ? typed
                : typed.substring(0, typed.offsetByCodePoints(typed.length(), -1)));
      }
      case Key.Special.ESCAPE -> step(start());
      case Key.Special.ENTER -> {
        try {
          yield answer(asking.question(), asking.typed().strip());
        } catch (IllegalArgumentException e) {
          yield step(
              new Controls(
                  new Mode.Asking(
                      asking.question(), asking.typed(), String.valueOf(e.getMessage())),
                  zoom));
        }
      }
    };
  }

  private Step typed(Mode.Asking asking, String typed) {
    return step(new Controls(new Mode.Asking(asking.question(), typed, ""), zoom));
  }

  private Step answer(Question question, String typed) {
    return switch (question) {
      case Question.LearningRate() -> ask(new Question.Why(tuning(List.of(rate(typed)))));
      case Question.Assignments() ->
          ask(
              new Question.Why(
                  tuning(
                      Arrays.stream(typed.split("\\s+"))
                          .map(text -> Assignment.parse(text).toParameter())
                          .toList())));
      case Question.Target() ->
          ask(new Question.Why(new PandaAction.RollBack(RollbackTarget.parse(typed))));
      case Question.CheckpointName() -> act(new PandaAction.Checkpoint(typed), "");
      case Question.Zoom() ->
          new Step(new Controls(new Mode.Watching(), typed.isEmpty() ? 0 : epochs(typed)), null);
      case Question.Why(PandaAction action) -> act(action, typed);
    };
  }

  private static PandaAction tuning(List<Parameter> parameters) {
    return new PandaAction.Tune(parameters);
  }

  private static int epochs(String typed) {
    try {
      int epochs = Integer.parseInt(typed);
      if (epochs >= 2) {
        return epochs;
      }
    } catch (NumberFormatException e) {
      // Said below, as for a number that is too small.
    }
    throw new IllegalArgumentException("a number of epochs is a whole number from 2 on");
  }

  private Step act(PandaAction action, String why) {
    return new Step(new Controls(new Mode.Watching(), zoom), new Command.Act(action, why));
  }

  /** The question in words, of a panda as it is. */
  static String words(Question question, PandaState panda) {
    return switch (question) {
      case Question.LearningRate() -> {
        OptionalDouble rate = learningRate(panda);
        yield "New learning rate"
            + (rate.isPresent() ? " (now " + Texts.trimmed(rate.getAsDouble()) + ")" : "");
      }
      case Question.Assignments() -> "Set NAME=VALUE ...";
      case Question.Target() ->
          "Go back to best, 2h, step:N, epoch:N, branch:N, checkpoint:N, a name";
      case Question.CheckpointName() -> "Checkpoint it as it is. A name for it (Enter: none)";
      case Question.Zoom() -> "Show how many of the last epochs (Enter: all)";
      case Question.Why(PandaAction action) ->
          words(action, panda) + ". Why? (Enter: no reason, Esc: leave it)";
    };
  }

  /** What is to be done in words, of a panda as it is. */
  static String words(PandaAction action, PandaState panda) {
    return switch (action) {
      case PandaAction.Tune(List<Parameter> parameters) ->
          "Set " + PandaText.changes(panda.getParametersList(), parameters);
      case PandaAction.Recalibrate() -> "Make running means and variances anew";
      case PandaAction.Pause() -> "Pause";
      case PandaAction.Resume() -> "Resume";
      case PandaAction.RollBack(RollbackTarget target) -> "Roll back to " + target.words();
      case PandaAction.End() -> "End";
      case PandaAction.Checkpoint(String name) ->
          "Checkpoint" + (name.isEmpty() ? "" : " \"" + name + "\"");
    };
  }
}
