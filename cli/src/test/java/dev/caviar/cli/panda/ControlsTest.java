package dev.caviar.cli.panda;

import static dev.caviar.cli.Updates.real;
import static dev.caviar.cli.Updates.whole;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caviar.cli.panda.Controls.Command;
import dev.caviar.cli.panda.Controls.Mode;
import dev.caviar.cli.view.Key;
import dev.caviar.proto.v1.PandaPhase;
import dev.caviar.proto.v1.PandaState;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class ControlsTest {
  private static final Key ENTER = Key.Special.ENTER;

  private Controls controls = Controls.start();
  private final List<Command> commands = new ArrayList<>();

  private void press(PandaState panda, Key... keys) {
    for (Key key : keys) {
      Controls.Step step = controls.press(key, panda);
      controls = step.next();
      if (step.command() != null) {
        commands.add(step.command());
      }
    }
  }

  private void type(String text) {
    text.codePoints().forEach(character -> press(Pandas.babysat(), new Key.Typed(character)));
  }

  private void enter() {
    press(Pandas.babysat(), ENTER);
  }

  private String asked() {
    return controls.mode() instanceof Mode.Asking asking
        ? Controls.words(asking.question(), Pandas.babysat())
        : "nothing";
  }

  @Test
  void setsALearningRateForAReason() {
    type("l");
    assertThat(asked()).isEqualTo("New learning rate (now 0.003)");
    type("0.001");
    enter();
    assertThat(asked()).startsWith("Set learning_rate 0.003 -> 0.001. Why?");
    type("plateau, again");
    enter();

    assertThat(commands)
        .containsExactly(
            new Command.Act(
                new PandaAction.Tune(List.of(real("learning_rate", 0.001))), "plateau, again"));
    assertThat(controls).isEqualTo(Controls.start());
  }

  @Test
  void scalesTheLearningRateToNumbersThatCanBeRead() {
    type("-");
    assertThat(asked()).startsWith("Set learning_rate 0.003 -> 9e-4.");
    enter();
    type("+");
    enter();
    type("=");
    press(Pandas.babysat(), Key.Special.ESCAPE);

    assertThat(commands)
        .containsExactly(
            new Command.Act(new PandaAction.Tune(List.of(real("learning_rate", 0.0009))), ""),
            new Command.Act(new PandaAction.Tune(List.of(real("learning_rate", 0.009))), ""));
  }

  @Test
  void setsAnyParameters() {
    type("sbeta1=0.95  batch_size=128");
    enter();
    assertThat(asked()).startsWith("Set beta1 0.9 -> 0.95, batch_size 64 -> 128. Why?");
    enter();

    assertThat(commands)
        .containsExactly(
            new Command.Act(
                new PandaAction.Tune(List.of(real("beta1", 0.95), whole("batch_size", 128))), ""));
  }

  @Test
  void saysWhatIsWrongWithAnAnswerAndLetsItBeMended() {
    type("slearning_rat=1");
    enter();
    assertThat(controls.mode())
        .isInstanceOfSatisfying(
            Mode.Asking.class,
            asking -> {
              assertThat(asking.typed()).isEqualTo("learning_rat=1");
              assertThat(asking.problem()).contains("no hyperparameter 'learning_rat'");
            });
    press(Pandas.babysat(), Key.Special.BACKSPACE, Key.Special.BACKSPACE);
    type("e=1");
    enter();
    assertThat(asked()).startsWith("Set learning_rate 0.003 -> 1.");

    press(Pandas.babysat(), Key.Special.ESCAPE);
    type("lx");
    enter();
    assertThat(controls.mode())
        .isInstanceOfSatisfying(
            Mode.Asking.class, asking -> assertThat(asking.problem()).contains("must be a number"));
    assertThat(commands).isEmpty();
  }

  @Test
  void rollsBack() {
    type("b");
    enter();
    type("r2h");
    enter();
    assertThat(asked()).startsWith("Roll back to what it was 2h 00m ago. Why?");
    type("lunch");
    enter();

    assertThat(commands)
        .containsExactly(
            new Command.Act(new PandaAction.RollBack(new RollbackTarget.Best()), ""),
            new Command.Act(new PandaAction.RollBack(RollbackTarget.parse("2h")), "lunch"));
  }

  @Test
  void pausesWhatTrainsAndResumesWhatDoesNot() {
    PandaState paused = Pandas.babysat().toBuilder().setPhase(PandaPhase.PANDA_PAUSED).build();
    press(Pandas.babysat(), new Key.Typed('p'), ENTER);
    press(paused, new Key.Typed('p'), ENTER);

    assertThat(commands)
        .containsExactly(
            new Command.Act(new PandaAction.Pause(), ""),
            new Command.Act(new PandaAction.Resume(), ""));
  }

  @Test
  void checkpointsRecalibratesZoomsHelpsAndQuits() {
    type("cbefore-lunch");
    enter();
    type("k");
    enter();
    type("z1");
    enter();
    assertThat(asked()).contains("how many of the last epochs");
    type("0");
    enter();
    assertThat(controls.zoom()).isEqualTo(10);
    type("z");
    enter();
    assertThat(controls.zoom()).isZero();
    type("?");
    assertThat(controls.mode()).isEqualTo(new Mode.Help());
    type("x");
    type("q");

    assertThat(commands)
        .containsExactly(
            new Command.Act(new PandaAction.Checkpoint("before-lunch"), ""),
            new Command.Act(new PandaAction.Recalibrate(), ""),
            new Command.Quit());
  }

  /** Nothing is done to a panda without Enter, and Escape always leads back. */
  @Property
  void onlyEnterDoesAnything(@ForAll("keys") List<Key> keys) {
    for (Key key : keys) {
      Controls.Step step = controls.press(key, Pandas.babysat());
      assertThat(step.command() instanceof Command.Act).as("%s", key).isFalse();
      controls = step.next();
    }
    assertThat(controls.press(Key.Special.ESCAPE, Pandas.babysat()).next().mode())
        .isEqualTo(new Mode.Watching());
  }

  @Provide
  Arbitrary<List<Key>> keys() {
    Arbitrary<Key> typed =
        Arbitraries.strings()
            .withChars("l-+sprbckz?hqx0.:=")
            .ofLength(1)
            .map(text -> new Key.Typed(text.codePointAt(0)));
    return Arbitraries.oneOf(typed, Arbitraries.of(Key.Special.BACKSPACE, Key.Special.ESCAPE))
        .list()
        .ofMaxSize(30);
  }
}
