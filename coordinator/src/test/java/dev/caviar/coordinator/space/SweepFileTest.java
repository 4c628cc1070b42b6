package dev.caviar.coordinator.space;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import dev.caviar.coordinator.space.Dimension.Condition;
import dev.caviar.coordinator.space.Domain.Choices;
import dev.caviar.coordinator.space.Domain.RealRange;
import dev.caviar.coordinator.space.Domain.WholeRange;
import dev.caviar.coordinator.space.ParameterValue.Flag;
import dev.caviar.coordinator.space.ParameterValue.Real;
import dev.caviar.coordinator.space.ParameterValue.Text;
import dev.caviar.coordinator.space.ParameterValue.Whole;
import dev.caviar.coordinator.space.SweepDefinition.EarlyStopping;
import dev.caviar.coordinator.space.SweepDefinition.Metric;
import dev.caviar.coordinator.space.SweepDefinition.Objective;
import dev.caviar.coordinator.space.SweepDefinition.Search;
import dev.caviar.proto.v1.DataSource;
import dev.caviar.proto.v1.IdxSource;
import dev.caviar.proto.v1.ParameterChange;
import dev.caviar.proto.v1.Task;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SweepFileTest {
  private static SweepDefinition parse(String text) throws SweepFileException {
    return SweepFile.parse(text, Path.of("/base"));
  }

  private static SearchSpace space(String parameters) throws SweepFileException {
    return parse(
            "name: a\ndata: {builtin: digits}\nparameters:\n"
                + parameters.indent(2)
                + "search: {trials: 1}\n")
        .space();
  }

  private static Condition when(String subject, ParameterValue... values) {
    return new Condition(List.of(new Dimension.Test(subject, List.of(values))));
  }

  private static Dimension dimension(SearchSpace space, String name) {
    return space.dimensions().stream()
        .filter(dimension -> dimension.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void understandsTheDigitsExample() throws Exception {
    SweepDefinition digits = Examples.parse("digits.yaml");

    assertThat(digits.name()).isEqualTo("digits");
    assertThat(digits.data())
        .isEqualTo(
            DataSource.newBuilder()
                .setBuiltin("digits")
                .setDevFraction(0.2)
                .setNormalize(true)
                .setSplitSeed(42)
                .build());
    assertThat(digits.epochs()).isEqualTo(20);
    assertThat(digits.objective()).isEqualTo(new Objective(Metric.DEV_ERROR, true));
    assertThat(digits.search()).isEqualTo(new Search.CoarseToFine(60, 42, 3, 0.25));
    // As in the file, but momentum after the optimizer it depends on.
    assertThat(digits.space().dimensions())
        .extracting(Dimension::name)
        .containsExactly(
            "learning_rate",
            "optimizer",
            "momentum",
            "hidden_layers",
            "hidden_units[0]",
            "hidden_units[1]",
            "hidden_units[2]",
            "batch_size",
            "activation",
            "learning_rate_decay");
    assertThat(dimension(digits.space(), "learning_rate").domain())
        .isEqualTo(new RealRange(Scale.LOG, 1e-4, 1));
    assertThat(dimension(digits.space(), "momentum"))
        .isEqualTo(
            new Dimension(
                "momentum",
                "momentum",
                -1,
                new RealRange(Scale.ONE_MINUS_LOG, 0.9, 0.999),
                when("optimizer", new Text("momentum")),
                null,
                null));
    assertThat(dimension(digits.space(), "hidden_units[1]"))
        .isEqualTo(
            new Dimension(
                "hidden_units[1]",
                "hidden_units",
                1,
                new WholeRange(Scale.LINEAR, 50, 100),
                when("hidden_layers", new Whole(2), new Whole(3)),
                null,
                null));
    assertThat(digits.space().constants())
        .containsExactly(
            entry("beta1", new Real(0.9)),
            entry("beta2", new Real(0.999)),
            entry("epsilon", new Real(1e-8)),
            entry("batch_norm", new Flag(true)),
            entry("batch_norm_momentum", new Real(0.9)),
            entry("batch_norm_epsilon", new Real(1e-5)),
            entry("l2", new Real(0)),
            entry("dropout", new Real(0)),
            entry("epochs", new Whole(20)));
  }

  @Test
  void understandsTheOtherExamples() throws Exception {
    assertThat(Examples.files()).isNotEmpty();
    for (Path file : Examples.files()) {
      assertThat(Examples.parse(file.getFileName().toString()).space().dimensions()).isNotEmpty();
    }
    assertThat(Examples.parse("quick.yaml").search()).isEqualTo(new Search.Random(6, 1));
    assertThat(Examples.parse("quick.yaml").epochs()).isEqualTo(3);
    assertThat(Examples.parse("grid.yaml").search()).isEqualTo(new Search.Grid(24, 0, 5));
    assertThat(Examples.parse("asha.yaml").earlyStopping()).isEqualTo(new EarlyStopping.Asha(1, 3));
    assertThat(Examples.parse("hyperband.yaml").earlyStopping())
        .isEqualTo(new EarlyStopping.Hyperband(3));
    assertThat(Examples.parse("population-based.yaml").earlyStopping())
        .isEqualTo(new EarlyStopping.PopulationBased(4, 0.25, 0.25));
    assertThat(Examples.parse("tpe.yaml").earlyStopping()).isEqualTo(new EarlyStopping.None());
    assertThat(Examples.parse("tpe.yaml").search()).isEqualTo(new Search.Tpe(40, 42, 10, 24));
    assertThat(Examples.parse("cma-es.yaml").search())
        .isEqualTo(new Search.CmaEs(80, 42, 8, 1.0 / 6));
    assertThat(Examples.parse("gaussian-process.yaml").search())
        .isEqualTo(new Search.GaussianProcess(30, 42, 10));
    assertThat(dimension(Examples.parse("grid.yaml").space(), "learning_rate").gridPoints())
        .isEqualTo(4);
    DataSource csv = Examples.parse("csv.yaml").data();
    assertThat(csv.getCsv().getPath())
        .isEqualTo(Examples.DIRECTORY.resolve("data/yield.csv").toString());
    assertThat(csv.getCsv().getTask()).isEqualTo(Task.REGRESSION);
    assertThat(csv.getCsv().getHeader()).isTrue();
    assertThat(csv.getTestFraction()).isEqualTo(0.1);
    IdxSource idx = Examples.parse("fashion-mnist.yaml").data().getIdx();
    assertThat(idx.getTestLabels()).endsWith("t10k-labels-idx1-ubyte.gz");
  }

  @Test
  void understandsTheFileThatTheReferenceOpensWith() throws Exception {
    String reference = Files.readString(Examples.DIRECTORY.resolveSibling("docs/sweep-file.md"));
    int start = reference.indexOf("```yaml\n") + "```yaml\n".length();
    SweepDefinition sweep = parse(reference.substring(start, reference.indexOf("```", start)));
    assertThat(sweep.space().dimensions()).hasSize(7);
  }

  @ParameterizedTest
  @ValueSource(strings = {"1e-4", "1.0e-4", "1E-4", "+1e-4", "0.0001", ".0001", "1.e-4"})
  void readsNumbersHoweverTheyAreWritten(String number) throws Exception {
    assertThat(space("learning_rate: " + number).constants())
        .containsEntry("learning_rate", new Real(1e-4));
  }

  @Test
  void readsNumbersByTheKindOfTheParameter() throws Exception {
    SearchSpace space = space("learning_rate: {min: 1, max: 2}\nbatch_size: {min: 1e1, max: 20.0}");
    assertThat(dimension(space, "learning_rate").domain())
        .isEqualTo(new RealRange(Scale.LINEAR, 1, 2));
    assertThat(dimension(space, "batch_size").domain())
        .isEqualTo(new WholeRange(Scale.LINEAR, 10, 20));
  }

  @Test
  void addsConditionsThatFollowFromTheParameters() throws Exception {
    SearchSpace space =
        space(
            """
            beta2: {scale: one_minus_log, min: 0.9, max: 0.9999}
            batch_norm_momentum: {min: 0.9, max: 0.99, when: {activation: [tanh, relu]}}
            activation: {values: [relu, tanh]}
            optimizer: {values: [adam, rmsprop, sgd]}
            batch_norm: {values: [true, false]}
            hidden_layers: {min: 0, max: 2}
            hidden_units: {min: 5, max: 9}
            """);
    assertThat(dimension(space, "beta2").condition())
        .isEqualTo(when("optimizer", new Text("rmsprop"), new Text("adam")));
    assertThat(dimension(space, "batch_norm_momentum").condition())
        .isEqualTo(
            new Condition(
                List.of(
                    new Dimension.Test("activation", List.of(new Text("tanh"), new Text("relu"))),
                    new Dimension.Test("batch_norm", List.of(new Flag(true))))));
    assertThat(dimension(space, "hidden_units").condition())
        .isEqualTo(when("hidden_layers", new Whole(1), new Whole(2)));
  }

  @Test
  void givesLayersThatWideningCouldAddTheirUnits() throws Exception {
    SearchSpace space =
        space(
            """
            hidden_units: {values: [10, 20], per: layer}
            hidden_layers: {min: 1, max: 2, widen: {max: 3}}
            """);
    assertThat(space.dimensions())
        .extracting(Dimension::name)
        .containsExactly("hidden_layers", "hidden_units[0]", "hidden_units[1]", "hidden_units[2]");
    assertThat(dimension(space, "hidden_layers").mayWiden())
        .isEqualTo(new WholeRange(Scale.LINEAR, 1, 3));
    assertThat(dimension(space, "hidden_units[2]").domain())
        .isEqualTo(new Choices(List.of(new Whole(10), new Whole(20))));
  }

  @Test
  void needsNoConditionWhereTheNumberOfLayersIsConstant() throws Exception {
    SearchSpace space = space("hidden_units: {min: 5, max: 9, per: layer}\nhidden_layers: 2");
    assertThat(space.dimensions()).hasSize(2);
    assertThat(space.dimensions()).allMatch(dimension -> dimension.condition() == null);
  }

  @Test
  void countsLayersByTheListOfTheirUnits() throws Exception {
    Map<String, ParameterValue> constants = space("hidden_units: [30, 20]").constants();
    assertThat(constants)
        .containsEntry("hidden_layers", new Whole(2))
        .containsEntry("hidden_units[0]", new Whole(30))
        .containsEntry("hidden_units[1]", new Whole(20))
        .doesNotContainKey("hidden_units");
  }

  @Test
  void makesPathsAbsoluteAgainstTheBaseDirectory() throws Exception {
    String rest = "parameters: {l2: 0}\nsearch: {trials: 1, seed: 5}\n";
    assertThat(parse("name: a\ndata: {csv: ../a.csv, split_seed: 9}\n" + rest).data())
        .satisfies(
            data -> {
              assertThat(data.getCsv().getPath()).isEqualTo("/a.csv");
              assertThat(data.getSplitSeed()).isEqualTo(9);
              assertThat(data.getDevFraction()).isEqualTo(0.2);
              assertThat(data.getNormalize()).isTrue();
            });
    assertThat(parse("name: a\ndata: {csv: /x/a.csv}\n" + rest).data().getCsv().getPath())
        .isEqualTo("/x/a.csv");
  }

  @Test
  void readsHowTheLearningRateChanges() throws Exception {
    String file =
        """
        name: a
        data: {builtin: digits}
        parameters: {learning_rate: {scale: log, min: 0.1, max: 1}}
        search: {trials: 1}
        """;
    assertThat(parse(file).space().learningRatePath()).isEqualTo(LearningRatePath.NONE);
    SearchSpace space =
        parse(
                file
                    + "learning_rate_path: [{after_epoch: 5, factor: 0.5}, {after_epoch: 9, rate:"
                    + " 2}]")
            .space();
    Point point = new Point(Map.of("learning_rate", new ParameterValue.Real(0.25)));

    List<ParameterChange> changes = space.changes(space.parameters(point));
    assertThat(changes).extracting(ParameterChange::getAfterEpoch).containsExactly(5, 9);
    assertThat(changes)
        .allSatisfy(change -> assertThat(change.getRestartDecay()).isTrue())
        .extracting(change -> change.getParameters(0).getValue().getReal())
        .containsExactly(0.125, 2.0);
    assertThat(space.with(Map.of()).learningRatePath()).isEqualTo(space.learningRatePath());
  }

  @Test
  void failsOnlyWithProblemsWhateverTheText() throws Exception {
    Random random = new Random(1);
    String alphabet =
        "{}[]:,-?&*!|>'\"%@`# \n\t0123456789.eE+_abklmn\u0000\u00e9\ud83d\ude00\ud800";
    for (Path file : Examples.files()) {
      String good = Files.readString(file);
      for (int run = 0; run < 1500; run++) {
        StringBuilder text = new StringBuilder(good);
        for (int edits = 1 + random.nextInt(4); edits > 0 && !text.isEmpty(); edits--) {
          mutate(text, random, alphabet);
        }
        try {
          parse(text.toString());
        } catch (SweepFileException e) {
          assertThat(e.problems()).isNotEmpty();
        }
      }
    }
  }

  private static void mutate(StringBuilder text, Random random, String alphabet) {
    int at = random.nextInt(text.length());
    int end = Math.min(text.length(), at + 1 + random.nextInt(12));
    char letter = alphabet.charAt(random.nextInt(alphabet.length()));
    switch (random.nextInt(5)) {
      case 0 -> text.insert(at, letter);
      case 1 -> text.setCharAt(at, letter);
      case 2 -> text.delete(at, end);
      case 3 -> text.insert(random.nextInt(text.length()), text.substring(at, end));
      default -> text.replace(at, end, String.valueOf(letter).repeat(random.nextInt(30)));
    }
  }
}
