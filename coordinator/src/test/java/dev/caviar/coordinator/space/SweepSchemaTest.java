package dev.caviar.coordinator.space;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Editors check by the schema, Caviar by the parser; they have to agree. */
class SweepSchemaTest {
  private final String text = readSchema();
  private final JsonSchema schema =
      JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012).getSchema(text);

  private static String readSchema() {
    try (InputStream in = SweepFile.class.getResourceAsStream("/dev/caviar/sweep.schema.json")) {
      return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private List<String> complaints(String yaml) {
    return schema.validate(yaml, InputFormat.YAML).stream().map(Object::toString).toList();
  }

  private static boolean parses(String yaml) {
    try {
      SweepFile.parse(yaml, Path.of("/"));
      return true;
    } catch (SweepFileException e) {
      return false;
    }
  }

  @Test
  void acceptsTheExamples() throws Exception {
    for (Path file : Examples.files()) {
      assertThat(complaints(Files.readString(file))).as(file.toString()).isEmpty();
    }
  }

  @Test
  void knowsEveryHyperparameter() {
    Set<String> named = new TreeSet<>();
    for (String section : List.of("parameters", "fixed")) {
      schema
          .getSchemaNode()
          .at("/properties/" + section + "/properties")
          .fieldNames()
          .forEachRemaining(named::add);
      assertThat(named)
          .isEqualTo(Hyperparameter.keys().collect(Collectors.toCollection(TreeSet::new)));
      named.clear();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "l2: 1",
        "learning_rate: 1.0e-4",
        "hidden_units: [50, 20]",
        "optimizer: {values: [adam, sgd]}",
        "dropout: {values: [0, 0.5], when: {activation: [relu]}}",
        "dropout: {min: 0, max: 0.5, when: {activation: relu}}",
        "hidden_layers: {min: 0, max: 2, widen: {max: 4}}",
        "batch_size: {scale: log, min: 16, max: 256, grid: 3}",
        "beta1: {scale: one_minus_log, min: 0.9, max: 0.99}",
      })
  void acceptsParametersAsTheParserDoes(String parameter) {
    String file = file(parameter, "{builtin: digits}", "{trials: 1}");
    assertThat(parses(file)).isTrue();
    assertThat(complaints(file)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "learning_rat: 1",
        "learning_rate: 0",
        "learning_rate: fast",
        "learning_rate: [0.1, 0.2]",
        "learning_rate: {min: 0.1}",
        "learning_rate: {min: 0.1, max: 1, values: [0.1]}",
        "learning_rate: {values: []}",
        "learning_rate: {values: [0.1, 0.1]}",
        "learning_rate: {values: [0.1], scale: log}",
        "learning_rate: {scale: logg, min: 0.1, max: 1}",
        "learning_rate: {scale: one_minus_log, min: 0.1, max: 1}",
        "learning_rate: {min: 0.1, max: 1, per: layer}",
        "learning_rate: {min: 0.1, max: 1, grid: 0}",
        "l2: {scale: log, min: 0, max: 1}",
        "momentum: 1",
        "dropout: {min: 0, max: 1}",
        "dropout: {min: 0, max: 0.5, when: {}}",
        "dropout: {min: 0, max: 0.5, when: {activaton: relu}}",
        "batch_size: 16.5",
        "batch_size: {scale: one_minus_log, min: 16, max: 64}",
        "hidden_layers: {scale: one_minus_log, min: 0, max: 3}",
        "hidden_units: {scale: one_minus_log, min: 16, max: 64}",
        "hidden_units: []",
        "optimizer: lion",
        "optimizer: {min: 0, max: 1}",
        "batch_norm: 1",
        "epochs: {min: 1, max: 2}",
        "epochs: 0",
      })
  void refusesParametersAsTheParserDoes(String parameter) {
    String file = file(parameter, "{builtin: digits}", "{trials: 1}");
    assertThat(parses(file)).isFalse();
    assertThat(complaints(file)).isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[]",
        "{after_epoch: 1, rate: 1}",
        "[{after_epoch: 0, rate: 1}]",
        "[{after_epoch: 1.5, rate: 1}]",
        "[{after_epoch: 1}]",
        "[{rate: 1}]",
        "[{after_epoch: 1, rate: 0}]",
        "[{after_epoch: 1, factor: fast}]",
        "[{after_epoch: 1, rate: 1, factor: 1}]",
        "[{after_epoch: 1, rates: 1}]",
      })
  void refusesPathsOfTheLearningRateAsTheParserDoes(String path) {
    String file =
        file("l2: 1", "{builtin: digits}", "{trials: 1}") + "learning_rate_path: " + path + "\n";
    assertThat(parses(file)).isFalse();
    assertThat(complaints(file)).isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"true", "false", "often", "1", "[true]", "{every: 5}"})
  void layerStatisticsAreAskedForOrNot(String value) {
    String file =
        file("l2: 1", "{builtin: digits}", "{trials: 1}") + "layer_statistics: " + value + "\n";
    assertThat(complaints(file).isEmpty()).isEqualTo(parses(file));
    assertThat(parses(file)).isEqualTo(value.equals("true") || value.equals("false"));
  }

  @Test
  void acceptsAPathOfTheLearningRateAsTheParserDoes() {
    String file =
        file("l2: 1", "{builtin: digits}", "{trials: 1}")
            + "learning_rate_path: [{after_epoch: 1, rate: 0.1}, {after_epoch: 2, factor: 0.1}]\n";
    assertThat(parses(file)).isTrue();
    assertThat(complaints(file)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{builtin: mnist}",
        "{builtin: digits, csv: a.csv}",
        "{builtin: digits, dev: 0}",
        "{builtin: digits, test: 1}",
        "{csv: {header: true}}",
        "{csv: {path: a.csv, delimiter: ';;'}}",
        "{idx: {images: a}}",
        "{idx: {images: a, labels: b, test_images: c}}",
        "{idx: {images: a, labels: b, test_images: c, test_labels: d}, test: 0.1}",
      })
  void refusesDataAsTheParserDoes(String data) {
    String file = file("l2: 1", data, "{trials: 1}");
    assertThat(parses(file)).isFalse();
    assertThat(complaints(file)).isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{trials: 0}",
        "{trials: 1, sampler: bayes}",
        "{trials: 1, sampler: random, keep: 0.5}",
        "{trials: 1, sampler: grid, stages: 3}",
        "{trials: 8, sampler: sobol, stages: 3}",
        "{trials: 8, sampler: halton, keep: 0.5}",
        "{trials: 8, sampler: tpe, stages: 3}",
        "{trials: 8, candidates: 3}",
        "{trials: 8, sampler: sobol, startup_trials: 3}",
        "{trials: 8, sampler: tpe, startup_trials: 0}",
        "{trials: 8, sampler: gaussian_process, candidates: 3}",
        "{trials: 8, sampler: tpe, candidates: 10001}",
        "{trials: 8, sampler: tpe, parallel: 2}",
        "{trials: 8, reproducible: true, parallel: 0}",
        "{trials: 9, population: 5}",
        "{trials: 9, sampler: tpe, step: 0.5}",
        "{trials: 9, sampler: cma_es, population: 3}",
        "{trials: 9, sampler: cma_es, step: 0}",
        "{trials: 9, sampler: cma_es, step: 1.5}",
        "{trials: 1, points: 3}",
        "{trials: 1, repeats: 0}",
        "{trials: 1, repeats: 1001}",
        "{trials: 1, paired_seeds: maybe}",
        "{trials: 1, stages: 1}",
        "{trials: 1, sampler: grid, count_earlier: true}",
        "{trials: 1, count_earlier: 1}",
        "{trials: 1, keep: 0}",
      })
  void refusesSearchesAsTheParserDoes(String search) {
    String file = file("l2: 1", "{builtin: digits}", search);
    assertThat(parses(file)).isFalse();
    assertThat(complaints(file)).isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{trials: 8, sampler: sobol, seed: -3}",
        "{trials: 8, sampler: halton, seed: -3}",
        "{trials: 8, sampler: tpe}",
        "{trials: 8, sampler: tpe, startup_trials: 4, candidates: 100}",
        "{trials: 9, sampler: cma_es}",
        "{trials: 9, sampler: random, repeats: 3, paired_seeds: true}",
        "{trials: 9, sampler: cma_es, population: 4, step: 0.5, reproducible: true, parallel: 2}",
        "{trials: 8, sampler: gaussian_process, startup_trials: 4}",
        "{trials: 8, sampler: grid, points: 3}",
        "{trials: 8, stages: 2, keep: 0.5}",
      })
  void acceptsSearchesAsTheParserDoes(String search) {
    String file = file("l2: 1", "{builtin: digits}", search);
    assertThat(parses(file)).isTrue();
    assertThat(complaints(file)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "objective: {metric: training_time}",
        "objective: {metric: parameters, goal: maximize, of: last}",
        "objective: {of: best}",
        "objective: {of: mean, over: 3}",
        "objectives: [{metric: dev_error}]",
        "constraints: [{metric: parameters, max: 200000}]",
        "constraints: [{metric: parameters, min: 10, max: 200000}, {metric: dev_loss, max: 0.5}]",
      })
  void acceptsObjectivesAsTheParserDoes(String section) {
    String file = file("l2: 1", "{builtin: digits}", "{trials: 4}") + section + "\n";
    assertThat(parses(file)).isTrue();
    assertThat(complaints(file)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "objective: {metric: accuracy}",
        "objective: {of: median}",
        "objective: {over: 3}",
        "objective: {of: best, over: 3}",
        "objective: {of: mean, over: 0}",
        "objective: {metric: parameters, of: best}",
        "objectives: []",
        "objectives: {metric: dev_error}",
        "objectives: [{metric: accuracy}]",
        "constraints: []",
        "constraints: [{metric: parameters}]",
        "constraints: [{max: 3}]",
        "constraints: [{metric: parameters, max: many}]",
        "constraints: {metric: parameters, max: 3}",
      })
  void refusesObjectivesAsTheParserDoes(String section) {
    String file = file("l2: 1", "{builtin: digits}", "{trials: 4}") + section + "\n";
    assertThat(parses(file)).isFalse();
    assertThat(complaints(file)).isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "retest: {}",
        "retest: {every: 30d}",
        "retest: {every: 45m, on_change: [data, code], seeds: 5}",
        "retest: {on_change: [], seeds: 2}",
      })
  void acceptsRetestsAsTheParserDoes(String section) {
    String file = file("l2: 1", "{builtin: digits}", "{trials: 4}") + section + "\n";
    assertThat(parses(file)).isTrue();
    assertThat(complaints(file)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "retest: 30d",
        "retest: {every: 30}",
        "retest: {every: 0s}",
        "retest: {every: a month}",
        "retest: {on_change: data}",
        "retest: {on_change: [weather]}",
        "retest: {on_change: [data, data]}",
        "retest: {seeds: 1}",
        "retest: {seeds: 1001}",
        "retest: {trials: 3}",
      })
  void refusesRetestsAsTheParserDoes(String section) {
    String file = file("l2: 1", "{builtin: digits}", "{trials: 4}") + section + "\n";
    assertThat(parses(file)).isFalse();
    assertThat(complaints(file)).isNotEmpty();
  }

  private static String file(String parameter, String data, String search) {
    return "name: a\ndata: %s\nparameters:\n  %s\nsearch: %s\n".formatted(data, parameter, search);
  }
}
