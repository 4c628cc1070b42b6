package dev.caviar.coordinator.space;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the parser says of bad files, to the letter. */
class SweepFileProblemsTest {
  private static final String GOOD_DATA = "data: {builtin: digits}";
  private static final String GOOD_SEARCH = "search: {trials: 5}";

  /** The list of all parameters, which some messages end with. */
  private static final String NAMES = String.join(", ", Hyperparameter.keys().toList());

  private static List<String> problems(String text) {
    SweepFileException e =
        catchThrowableOfType(
            SweepFileException.class, () -> SweepFile.parse(text, Path.of("/base")));
    return e == null ? List.of() : e.problems().stream().map(SweepFileProblem::toString).toList();
  }

  @Test
  void choicesAreNotForCmaEs() {
    String file =
        """
        name: a
        data: {builtin: digits}
        parameters:
          optimizer: {values: [adam, sgd]}
          activation: {values: [relu]}
          batch_size: {values: [32, 64]}
          l2: {scale: log, min: 1.0e-6, max: 0.1}
        search: {trials: 9, sampler: cma_es, reproducible: true}
        """;
    assertThat(problems(file))
        .containsExactly(
            "8:9: search: sampler cma_es searches ranges only, and optimizer, batch_size have"
                + " values; give min and max or one value, or take the sampler tpe");
    assertThat(problems(file.replace("cma_es", "tpe"))).isEmpty();
  }

  // The section retest, which stands on line 5.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          monthly | 5:9: retest: must be a mapping of every, on_change, seeds, is 'monthly'
          {evry: 30d} | 5:10: retest: unknown key 'evry'; did you mean every? known: every, on_change, seeds
          {every: month} | 5:17: retest: every must be a span such as 30s, 10m, 2h or 1d, is 'month'
          {every: 0d} | 5:10: retest: every must be at least 1s; drop it where age alone is no reason
          {on_change: data} | 5:21: retest: on_change must be a list, such as [data, code], is 'data'
          {on_change: [date]} | 5:22: retest: on_change must be data or code, is 'date'; did you mean data?
          {on_change: [data, code, data]} | 5:34: retest: on_change: data is there twice; keep one
          {on_change: [[data]]} | 5:22: retest: on_change must be data or code, is a list
          {seeds: 1} | 5:17: retest: seeds must be at least 2, is 1
          {seeds: 1001} | 5:17: retest: seeds must be at most 1000, is 1001
          {seeds: some} | 5:17: retest: seeds must be a whole number, is 'some'
          """)
  void saysWhatIsWrongWithRetests(String section, String problem) {
    assertThat(
            problems(
                "name: a\n%s\nparameters: {l2: 1}\n%s\nretest: %s\n"
                    .formatted(GOOD_DATA, GOOD_SEARCH, section)))
        .containsExactly(problem);
  }

  // One entry of parameters each, which stands on line 4 from column 3.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          learning_rate: {scale: log, min: 0, max: 1} | 4:36: learning_rate: min must be above 0 on the log scale, is 0; try 1.0e-4
          learning_rate: {scale: log, min: 1.0e-4} | 4:3: learning_rate: has min but not max; add it
          learning_rate: {scale: log} | 4:3: learning_rate: needs min and max, or values
          learning_rate: {min: 1, max: 0.1} | 4:19: learning_rate: min 1 is above max 0.1; swap them
          learning_rate: {min: 0.1, max: 1.0e-1} | 4:19: learning_rate: min and max are both 0.1; for a constant write learning_rate: 0.1
          learning_rate: {scale: one_minus_log, min: 0.9, max: 1} | 4:56: learning_rate: max must be below 1 on the one_minus_log scale, is 1; try 0.999
          learning_rate: {scale: logarithmic, min: 0.1, max: 1} | 4:26: learning_rate: scale must be linear, log or one_minus_log, is 'logarithmic'
          learning_rate: {min: small, max: 1} | 4:24: learning_rate: min must be a number, is 'small'
          learning_rate: {min: '0.1', max: 1} | 4:24: learning_rate: min must be a number, is text for its quotes: '0.1'
          learning_rate: {min: 1_0, max: 100} | 4:24: learning_rate: min must be a number, is '1_0'
          learning_rate: {min: 1e-4, max: 1e400} | 4:35: learning_rate: max is too large a number, is 1e400
          learning_rate: {min: , max: 1} | 4:23: learning_rate: min must be a number, is missing
          learning_rate: {min: [1], max: 2} | 4:24: learning_rate: min must be a number, is a list
          learning_rate: {min: 0.1, max: 1, scal: log} | 4:37: learning_rate: unknown key 'scal'; did you mean scale? known: scale, min, max, values, when, per, grid, widen
          learning_rate: {min: 0.1, min: 0.2, max: 1} | 4:29: learning_rate: min is there twice; keep one
          learning_rate: {values: 0.1} | 4:19: learning_rate: values must be a list, such as [0.1, 0.5]
          learning_rate: {values: []} | 4:27: learning_rate: values is empty; list at least one
          learning_rate: {values: [0.1, 1.0e-1]} | 4:33: learning_rate: 1.0e-1 is there twice; keep one
          learning_rate: {values: [0.1], min: 0.1} | 4:34: learning_rate: min goes with a range, not with values; drop one of them
          learning_rate: {min: 0.1, max: 1, grid: 0} | 4:43: learning_rate: grid must be at least 1, is 0
          learning_rate: {min: 0.1, max: 1, widen: {min: 0.2}} | 4:50: learning_rate: widen: min must reach at least as far as the range's min, which is 0.1, is 0.2
          learning_rate: {min: 0.1, max: 1, widen: {}} | 4:44: learning_rate: widen: needs min, max or both
          learning_rate: {min: 0.1, max: 1, per: layer} | 4:37: learning_rate: only hidden_units can be sampled per layer; drop per
          learning_rate: [0.1, 0.2] | 4:18: learning_rate: a constant is one value; to sample from a list write {values: [...]}
          learning_rate: 0 | 4:18: learning_rate: must be above 0, is 0; try 1.0e-4
          learning_rate: fast | 4:18: learning_rate: must be a number, is 'fast'
          momentum: {min: 0.9, max: 1} | 4:29: momentum: max must be below 1, is 1; try 0.9
          dropout: {min: 0.1, max: 1.5} | 4:28: dropout: max must be below 1, is 1.5; try 0.9
          dropout: -0.1 | 4:12: dropout: must be at least 0, is -0.1; try 0
          learning_rate: {scale: log, min: 1.0e-60, max: 1} | 4:36: learning_rate: min must be above 1.0e-45 for single precision, in which training computes, is 1.0e-60; try 1.0e-8
          learning_rate: 1.0e+39 | 4:18: learning_rate: must be below 3.4e38 for single precision, in which training computes, is 1.0e+39; try 0.9
          dropout: 0.99999999 | 4:12: dropout: must be below 0.9999999 for single precision, in which training computes, is 0.99999999; try 0.9
          l2: {scale: log, min: -1, max: 1} | 4:25: l2: min must be above 0 on the log scale, is -1; try 1.0e-4
          batch_size: {scale: one_minus_log, min: 16, max: 64} | 4:23: batch_size: scale must be linear or log, is 'one_minus_log'
          batch_size: {min: 16.5, max: 64} | 4:21: batch_size: min must be a whole number, is 16.5
          batch_size: {scale: log, min: 0, max: 64} | 4:33: batch_size: min must be above 0 on the log scale, is 0; try 1
          batch_size: {min: -5, max: 64} | 4:21: batch_size: min must be at least 1, is -5
          batch_size: {min: 0, max: 64} | 4:21: batch_size: min must be at least 1, is 0
          batch_size: {min: 1, max: 1e9} | 4:29: batch_size: max must be at most 1000000, is 1e9
          hidden_layers: {min: 1, max: 21} | 4:32: hidden_layers: max must be at most 20, is 21
          hidden_units: {min: 10, max: 20, per: layers} | 4:41: hidden_units: per must be layer, is 'layers'; did you mean layer?
          hidden_units: {min: 10, max: 20, per: layer} | 4:3: hidden_units: per layer needs to know how many; add hidden_layers, sampled or constant
          hidden_units: [] | 4:17: hidden_units: the list is empty; for a network without them: hidden_layers: 0
          hidden_units: [50, 0] | 4:22: hidden_units: a layer must be at least 1, is 0
          optimizer: {values: [adam, rmspropp]} | 4:30: optimizer: a value must be sgd, momentum, rmsprop or adam, is 'rmspropp'; did you mean rmsprop?
          optimizer: lion | 4:14: optimizer: must be sgd, momentum, rmsprop or adam, is 'lion'
          optimizer: {min: 1, max: 2} | 4:15: optimizer: is not a number and has no range; list values, such as {values: [...]}
          activation: {values: [relu, relu]} | 4:31: activation: relu is there twice; keep one
          activation: swish | 4:15: activation: must be sigmoid, tanh or relu, is 'swish'
          batch_norm: yes | 4:15: batch_norm: must be true or false, is 'yes'
          batch_norm: {min: 0, max: 1} | 4:16: batch_norm: is not a number and has no range; list values, such as {values: [...]}
          epochs: {min: 1, max: 5} | 4:3: epochs: cannot be sampled, all trials of a sweep have the same; write a number
          epochs: 0 | 4:11: epochs: must be at least 1, is 0
          momentum: {min: 0.5, max: 0.9} | 4:3: momentum is never used with optimizer adam, the default; drop it or choose momentum
          l2: {min: 0.5, max: 0.9, when: {l2: 0.9}} | 4:35: l2: when: l2 cannot depend on itself
          dropout: {min: 0.1, max: 0.5, when: {hidden_layer: 2}} | 4:40: dropout: when: unknown key 'hidden_layer'; did you mean hidden_layers? known: NAMES
          dropout: {min: 0.1, max: 0.5, when: {hidden_units: 2}} | 4:40: dropout: when: hidden_units may differ by layer; test hidden_layers instead
          dropout: {min: 0.1, max: 0.5, when: {}} | 4:39: dropout: when: is empty; name a parameter and its values, or drop when
          dropout: {min: 0.1, max: 0.5, when: {activation: []}} | 4:52: dropout: when: activation is an empty list; it never holds
          dropout: {min: 0.1, max: 0.5, when: {activation: tanh}} | 4:40: dropout: when: activation is always relu, so this never holds
          dropout: {min: 0.1, max: 0.5, when: relu} | 4:39: dropout: when: must be a mapping of NAMES, is 'relu'
          learning_rte: 0.1 | 4:3: parameters: unknown key 'learning_rte'; did you mean learning_rate? known: NAMES
          Momentum: 0.9 | 4:3: parameters: unknown key 'Momentum'; did you mean momentum? known: NAMES
          lr: 0.1 | 4:3: parameters: unknown key 'lr'; did you mean learning_rate? known: NAMES
          banana: 1 | 4:3: parameters: unknown key 'banana'; known: NAMES
          {a: b}: 1 | 4:3: parameters: a key must be a name
          """)
  void saysWhatIsWrongWithAParameter(String entry, String expected) {
    assertThat(
            problems(
                "name: bad\n%s\nparameters:\n  %s\n%s\n".formatted(GOOD_DATA, entry, GOOD_SEARCH)))
        .containsExactly(expected.replace("NAMES", NAMES));
  }

  // Several entries of parameters each, the first on line 4 from column 3, the second on line 5.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          optimizer: {values: [adam, sgd]} | momentum: {min: 0.5, max: 0.9} | 5:3: momentum: is never used, optimizer is adam or sgd; it needs momentum
          optimizer: adam | momentum: {min: 0.5, max: 0.9} | 5:3: momentum is never used with optimizer adam; drop it or choose momentum
          optimizer: {values: [adam, momentum]} | momentum: {min: 0.5, max: 0.9, when: {optimizer: [momentum, adam]}} | 5:40: momentum: is never used with optimizer adam; drop it from when
          optimizer: {values: [adam, momentum]} | l2: {min: 0, max: 0.9, when: {optimizer: [rmsprop]}} | 5:45: l2: when: optimizer is never rmsprop, it is adam or momentum
          l2: {min: 0, max: 0.5, when: {dropout: 0.1}} | dropout: {min: 0.1, max: 0.5} | 4:33: l2: when: dropout is drawn from a range of real numbers and hits no value; test a parameter with values or whole numbers
          l2: {values: [0, 0.5], when: {dropout: 0.1}} | dropout: {values: [0.1, 0.5], when: {l2: 0.5}} | 4:3: l2: its condition leads back to itself: l2 needs dropout needs l2; drop one when of these
          hidden_layers: {min: 1, max: 3} | hidden_units: [50, 50] | 5:3: hidden_units: lists 2 layers, but hidden_layers is sampled; give one value for all
          hidden_layers: 3 | hidden_units: [50, 50] | 5:3: hidden_units: lists 2 layers, but hidden_layers is 3; make them agree
          hidden_layers: 0 | hidden_units: {min: 10, max: 20, per: layer} | 5:3: hidden_units is never used with hidden_layers 0; drop it
          hidden_layers: 0 | hidden_units: {min: 10, max: 20} | 5:3: hidden_units is never used with hidden_layers 0; drop it or choose 1 to 20
          hidden_layers: {min: 1, max: 3} | l2: {min: 0, max: 1, when: {hidden_layers: [3, 4]}} | 5:50: l2: when: hidden_layers is never 4, it is 1 to 3
          l2: 0 | l2: 1 | 5:3: parameters: l2 is there twice; keep one
          """)
  void saysWhatIsWrongBetweenParameters(String first, String second, String expected) {
    assertThat(
            problems(
                "name: bad\n%s\nparameters:\n  %s\n  %s\n%s\n"
                    .formatted(GOOD_DATA, first, second, GOOD_SEARCH)))
        .containsExactly(expected.replace("NAMES", NAMES));
  }

  // The whole section on line 4.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          data: {} | 4:7: data: has no source; add builtin, csv or idx
          data: digits | 4:7: data: must be a mapping of builtin, csv, idx, dev, test, normalize, split_seed, is 'digits'
          data: {builtin: mnist} | 4:17: data: builtin must be digits, is 'mnist'
          data: {builtin: digits, csv: a.csv} | 4:25: data: has two sources, builtin and csv; keep one
          data: {builtin: digits, dev: 0} | 4:30: data: dev must be above 0 and below 1, a fraction of the examples, is 0; try 0.2
          data: {builtin: digits, dev: 0.5, test: 0.5} | 4:35: data: dev and test leave nothing to train on: 0.5 + 0.5 is not below 1
          data: {builtin: digits, test: -0.1} | 4:31: data: test must be at least 0 and below 1, a fraction of the examples, is -0.1; try 0.1
          data: {builtin: digits, normalize: 1} | 4:36: data: normalize must be true or false, is 1
          data: {builtin: digits, split_seed: 1.5} | 4:37: data: split_seed must be a whole number, is 1.5
          data: {builtin: digits, path: a.csv} | 4:25: data: unknown key 'path'; known: builtin, csv, idx, dev, test, normalize, split_seed
          data: {csv: {header: true}} | 4:13: data: csv: path is missing
          data: {csv: {path: a.csv, delimiter: ';;'}} | 4:38: data: csv: delimiter must be one character, such as ';' or "\\t", is ';;'
          data: {csv: {path: a.csv, task: regresion}} | 4:33: data: csv: task must be classification or regression, is 'regresion'; did you mean regression?
          data: {csv: ''} | 4:13: data: csv must be text, is empty
          data: {csv: {path: a.csv, label: ''}} | 4:34: data: csv: label must be text, is empty
          data: {idx: {images: a}} | 4:13: data: idx: labels is missing
          data: {idx: {images: a, labels: b, test_images: c}} | 4:36: data: idx: test_images needs test_labels beside it
          data: {idx: {images: a, labels: b, test_images: c, test_labels: d}, test: 0.1} | 4:69: data: test cannot be split off where idx brings test files; drop test or the files
          search: {} | 4:9: search: trials is missing; say how many, such as trials: 20
          search: {trials: 0} | 4:18: search: trials must be at least 1, is 0
          search: {trials: 2.5} | 4:18: search: trials must be a whole number, is 2.5
          search: {trials: 5, sampler: bayes} | 4:30: search: sampler must be random, grid, coarse_to_fine, sobol, halton, tpe, cma_es or gaussian_process, is 'bayes'
          search: {trials: 5, sampler: random, stages: 3} | 4:38: search: stages belongs to the sampler coarse_to_fine, not to random; drop it
          search: {trials: 5, points: 3} | 4:21: search: points belongs to the sampler grid, not to coarse_to_fine; drop it
          search: {trials: 5, sampler: grid, points: 0} | 4:44: search: points must be at least 1, is 0
          search: {trials: 5, stages: 6} | 4:21: search: 6 stages need at least as many trials, and trials is 5
          search: {trials: 5, stages: 1} | 4:29: search: stages must be at least 2, is 1
          search: {trials: 5, keep: 0} | 4:27: search: keep must be above 0 and at most 1, the fraction of trials the next box is drawn around, is 0
          search: {trials: 5, keep: 1.5} | 4:27: search: keep must be above 0 and at most 1, the fraction of trials the next box is drawn around, is 1.5
          search: {trials: 5, candidates: 3} | 4:21: search: candidates belongs to the sampler tpe, not to coarse_to_fine; drop it
          search: {trials: 5, sampler: random, startup_trials: 3} | 4:38: search: startup_trials belongs to the sampler tpe or gaussian_process, not to random; drop it
          search: {trials: 5, sampler: gaussian_process, candidates: 3} | 4:48: search: candidates belongs to the sampler tpe, not to gaussian_process; drop it
          search: {trials: 5, sampler: gaussian_process, startup_trials: 5} | 4:48: search: 5 startup_trials leave none of 5 trials to gaussian_process; take fewer, or the sampler random
          search: {trials: 5, sampler: tpe, startup_trials: 5} | 4:35: search: 5 startup_trials leave none of 5 trials to tpe; take fewer, or the sampler random
          search: {trials: 5, sampler: tpe, startup_trials: 0} | 4:51: search: startup_trials must be at least 1, is 0
          search: {trials: 5, sampler: tpe, candidates: 0} | 4:47: search: candidates must be at least 1, is 0
          search: {trials: 5, sampler: tpe, candidates: 10001} | 4:47: search: candidates must be at most 10000, is 10001
          search: {trials: 5, sampler: tpe, parallel: 2} | 4:35: search: parallel is for reproducible: true; add it, or drop this
          search: {trials: 5, reproducible: true, parallel: 0} | 4:51: search: parallel must be at least 1, is 0
          search: {trials: 5, sampler: tpe, keep: 0.5} | 4:35: search: keep belongs to the sampler coarse_to_fine, not to tpe; drop it
          search: {trials: 9, population: 5} | 4:21: search: population belongs to the sampler cma_es, not to coarse_to_fine; drop it
          search: {trials: 9, sampler: tpe, step: 0.1} | 4:35: search: step belongs to the sampler cma_es, not to tpe; drop it
          search: {trials: 9, sampler: cma_es, population: 3} | 4:50: search: population must be at least 4, is 3
          search: {trials: 9, sampler: cma_es, population: 9} | 4:38: search: a population of 9 leaves no second generation of 9 trials; take a smaller one, or the sampler random
          search: {trials: 9, sampler: cma_es, step: 0} | 4:44: search: step must be above 0 and at most 1, a fraction of each range, is 0
          search: {trials: 9, sampler: cma_es, candidates: 5} | 4:38: search: candidates belongs to the sampler tpe, not to cma_es; drop it
          search: {trials: 5, seed: 99999999999999999999} | 4:27: search: seed must be at most 9223372036854775807, is 99999999999999999999
          search: {trials: 5, sampler: grid, count_earlier: true} | 4:36: search: count_earlier belongs to the sampler coarse_to_fine, not to grid; drop it
          search: {trials: 5, sampler: grid, keep: 0.5} | 4:36: search: keep belongs to the sampler coarse_to_fine, not to grid; drop it
          objective: {metric: accuracy} | 4:21: objective: metric must be dev_error, dev_loss, train_loss, training_time or parameters, is 'accuracy'
          objective: {goal: minimise} | 4:19: objective: goal must be minimize or maximize, is 'minimise'; did you mean minimize?
          objective: {of: mean, over: 21} | 4:23: objective: over must be at most the 20 epochs of a whole trial, is 21
          objective: {over: 3} | 4:13: objective: over is for the mean of the last epochs; add of: mean, or drop this
          objective: {of: men} | 4:17: objective: of must be last, best or mean, is 'men'; did you mean mean?
          objective: {metric: training_time, of: best} | 4:36: objective: training_time is known at the end only, so it has no best of its epochs; drop of
          objectives: {metric: dev_error} | 4:13: objectives must be a list such as [{metric: dev_error}, {metric: training_time}], is a mapping
          objectives: [{metric: dev_eror}] | 4:23: objectives: metric must be dev_error, dev_loss, train_loss, training_time or parameters, is 'dev_eror'; did you mean dev_error?
          objectives: [{metric: dev_error}, {metric: parameters}] | 4:1: objectives: the sampler coarse_to_fine looks for the best by one objective; with several take random, grid, sobol, halton or tpe
          search: {trials: 5, repeats: 0} | 4:30: search: repeats must be at least 1, is 0
          search: {trials: 5, repeats: 2000} | 4:30: search: repeats must be at most 1000, is 2000
          search: {trials: 5, paired_seeds: 1} | 4:35: search: paired_seeds must be true or false, is 1
          search: {trials: 100000, repeats: 100} | 4:26: search: 100000 points trained 100 times each are more than 1000000 trials; take fewer of either
          constraints: {metric: parameters, max: 5} | 4:14: constraints must be a list such as [{metric: parameters, max: 200000}], is a mapping
          constraints: [] | 4:14: constraints must be a list such as [{metric: parameters, max: 200000}], is empty
          constraints: [{max: 5}] | 4:15: constraints: metric is missing; say one of dev_error, dev_loss, train_loss, training_time, parameters
          constraints: [{metric: parameters}] | 4:15: constraints: min or max is missing; add one, or both
          constraints: [{metric: params, max: 5}] | 4:24: constraints: metric must be dev_error, dev_loss, train_loss, training_time or parameters, is 'params'
          constraints: [{metric: dev_loss, max: lots}] | 4:39: constraints: max must be a number, is 'lots'
          constraints: [{metric: dev_loss, min: 2, max: 1}] | 4:34: constraints: min must be at most max, is 2.0, and max is 1.0
          constraints: [{metric: dev_loss, max: 2}, {metric: dev_loss, max: 1}] | 4:43: constraints: dev_loss is there twice; keep one, with min and max
          schedule: {early_stopping: pbt} | 4:28: schedule: early_stopping must be none, median, successive_halving, asha, hyperband or population_based, is 'pbt'
          schedule: {early_stoping: none} | 4:12: schedule: unknown key 'early_stoping'; did you mean early_stopping? known: early_stopping, min_epochs, interval, startup_trials, reduction_factor, quantile, resample
          schedule: {early_stopping: asha, interval: 2} | 4:34: schedule: interval belongs to early_stopping median or population_based, not to asha; drop it
          schedule: {early_stopping: median, quantile: 0.2} | 4:36: schedule: quantile belongs to early_stopping population_based, not to median; drop it
          schedule: {early_stopping: population_based, quantile: 0.6} | 4:56: schedule: quantile must be above 0 and at most 0.5, is 0.6
          schedule: {early_stopping: population_based, resample: 1.1} | 4:56: schedule: resample must be from 0 to 1, is 1.1
          schedule: {early_stopping: hyperband, min_epochs: 2} | 4:39: schedule: min_epochs belongs to early_stopping median or successive_halving or asha, not to hyperband; drop it
          schedule: {reduction_factor: 3} | 4:12: schedule: reduction_factor belongs to early_stopping successive_halving or asha or hyperband, not to none; drop it
          schedule: {early_stopping: asha, reduction_factor: 1} | 4:52: schedule: reduction_factor must be at least 2, is 1
          fixed: {l2: 1} | 4:9: l2: is both in parameters and in fixed; keep one
          fixed: {dropout: {min: 0, max: 0.5}} | 4:18: dropout: a constant is one value; what is sampled goes to parameters
          fixed: {optimizer: [adam]} | 4:20: optimizer: a constant is one value; to sample from a list write {values: [...]}
          fixes: {l2: 1} | 4:1: unknown key 'fixes'; did you mean fixed? known: name, data, parameters, fixed, objective, objectives, constraints, search, schedule, learning_rate_path, retest, layer_statistics
          name: again | 4:1: name is there twice; keep one
          """)
  void saysWhatIsWrongWithASection(String section, String expected) {
    assertThat(problems(withSection(section))).containsExactly(expected.replace("NAMES", NAMES));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          l2: {min: 0, max: 1}          | {trials: 8}                  | schedule: a population begins together, before there are results to learn from; with population_based the sampler must be random, sobol, halton or grid
          l2: {min: 0, max: 1}          | {trials: 1, sampler: random} | schedule: a population needs at least 2 trials, search: trials is 1
          hidden_units: {values: [4,8]} | {trials: 8, sampler: random} | schedule: population_based changes parameters while networks are trained, and none that is sampled here can change; sample one of learning_rate, learning_rate_decay, batch_size, momentum, beta1, beta2, epsilon, batch_norm_momentum, batch_norm_epsilon, l2, dropout
          """)
  void saysWhatAPopulationCannotDo(String parameter, String search, String expected) {
    assertThat(
            problems(
                """
                name: bad
                %s
                parameters: {%s}
                search: %s
                schedule: {early_stopping: population_based}
                """
                    .formatted(GOOD_DATA, parameter, search)))
        .containsExactly("5:12: " + expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {metric: parameters} | {early_stopping: asha} | objective: parameters says nothing at a rung of what a trial will come to; take early_stopping: none, or another metric
          {of: mean} | {early_stopping: population_based} | objective: in a population a trial's earlier epochs may be another network's; with population_based take of: last
          """)
  void saysWhatAnObjectiveIsNotGoodFor(String objective, String schedule, String expected) {
    assertThat(
            problems(
                """
                name: bad
                data: {builtin: digits}
                parameters: {l2: {min: 0, max: 1}}
                search: {trials: 8, sampler: random}
                objective: %s
                schedule: %s
                """
                    .formatted(objective, schedule)))
        .containsExactly("5:1: " + expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          median           | search: a point is compared by the mean of all its trials, and early stopping would end some of them; drop repeats, or take early_stopping: none
          population_based | search: the trials of a population go on at each other's points, so none has repeats; drop repeats, or take early_stopping: none
          """)
  void saysWhatRepeatsDoNotGoWith(String schedule, String expected) {
    assertThat(
            problems(
                """
                name: bad
                data: {builtin: digits}
                parameters: {l2: {min: 0, max: 1}}
                search: {trials: 8, sampler: random, repeats: 3}
                schedule: {early_stopping: %s}
                """
                    .formatted(schedule)))
        .containsExactly("4:38: " + expected);
  }

  @Test
  void saysThatOneObjectiveIsEnough() {
    assertThat(
            problems(
                """
                name: bad
                data: {builtin: digits}
                parameters: {l2: {min: 0, max: 1}}
                search: {trials: 8, sampler: random}
                objectives: [{metric: dev_error}, {metric: dev_error}]
                """))
        .containsExactly("5:35: objectives: dev_error is there twice; keep one");
    assertThat(
            problems(
                """
                name: bad
                data: {builtin: digits}
                parameters: {l2: {min: 0, max: 1}}
                search: {trials: 8, sampler: random}
                objective: {metric: dev_loss}
                objectives: [{metric: dev_error}]
                """))
        .containsExactly("6:1: objectives: there is an objective already; keep one");
    assertThat(
            problems(
                """
                name: bad
                data: {builtin: digits}
                parameters: {l2: {min: 0, max: 1}}
                search: {trials: 8, sampler: random}
                objectives: [{metric: dev_error}, {metric: dev_loss}]
                schedule: {early_stopping: asha}
                """))
        .containsExactly(
            "5:1: objectives: early stopping compares trials by one objective; with several take"
                + " early_stopping: none, or keep one objective");
  }

  @Test
  void saysThatAPopulationHasNoEpochForAnExchange() {
    assertThat(
            problems(
                """
                name: bad
                data: {builtin: digits}
                parameters: {l2: {min: 0, max: 1}}
                search: {trials: 8, sampler: random}
                schedule: {early_stopping: population_based, interval: 20}
                """))
        .containsExactly(
            "5:46: schedule: interval must be less than the 20 epochs of a whole trial, is 20");
  }

  private static String withSection(String section) {
    StringBuilder file = new StringBuilder("name: bad\nparameters: {l2: 0}\n# The section:\n");
    file.append(section).append('\n');
    for (String other : List.of(GOOD_DATA, GOOD_SEARCH)) {
      if (!section.startsWith(other.substring(0, other.indexOf(':') + 1))) {
        file.append(other).append('\n');
      }
    }
    return file.toString();
  }

  @Test
  void reportsAllProblemsAtOnceInTheOrderOfTheFile() {
    assertThat(
            problems(
                """
                name: two words
                data: {builtin: digits, csv: x.csv, dev: 1.5}
                parameters:
                  learning_rat: {scale: log, min: 1.0e-4, max: 1.0}
                  momentum: {min: 0.9, max: 1, when: {optimizer: [lion]}}
                  optimizer: {values: []}
                fixed: {optimizer: adam, epochs: 0}
                search: {sampler: random, trials: 0, keep: 0.5}
                schedule: {early_stopping: soon}
                """))
        .containsExactly(
            "1:7: name must be 1 to 64 letters, digits, dots, dashes and "
                + "underscores, the first a letter or digit, is 'two words'",
            "2:25: data: has two sources, builtin and csv; keep one",
            "2:42: data: dev must be above 0 and below 1, a fraction of the "
                + "examples, is 1.5; try 0.2",
            "4:3: parameters: unknown key 'learning_rat'; did you mean "
                + "learning_rate? known: "
                + NAMES,
            "5:29: momentum: max must be below 1, is 1; try 0.9",
            "5:51: momentum: when: optimizer must be sgd, momentum, rmsprop or "
                + "adam, is 'lion'",
            "6:23: optimizer: values is empty; list at least one",
            "7:9: optimizer: is both in parameters and in fixed; keep one",
            "7:34: epochs: must be at least 1, is 0",
            "8:35: search: trials must be at least 1, is 0",
            "8:38: search: keep belongs to the sampler coarse_to_fine, not to " + "random; drop it",
            "9:28: schedule: early_stopping must be none, median, successive_halving, asha,"
                + " hyperband or population_based, is 'soon'");
  }

  @ParameterizedTest
  @ValueSource(strings = {".", "..", ".hidden", "-rf", "a/b", "''"})
  void refusesNamesThatMakeNoFile(String name) {
    assertThat(problems("name: " + name + "\n"))
        .anyMatch(problem -> problem.startsWith("1:7: name must be 1 to 64 letters"));
  }

  @Test
  void namesEverythingThatIsMissing() {
    assertThat(problems("fixed: {}\n"))
        .containsExactly(
            "1:1: name is missing; add a line such as name: digits",
            "1:1: search is missing; add a line such as search: {trials: 20}",
            "1:1: data is missing; add a line such as data: {builtin: digits}",
            "1:1: parameters is missing; add what to sample, such as parameters: {learning_rate:"
                + " {scale: log, min: 1.0e-4, max: 1.0}}");
  }

  @Test
  void staysShortAndQuickWhateverTheFile() {
    String many =
        IntStream.rangeClosed(1, 1_001)
            .mapToObj(Integer::toString)
            .collect(Collectors.joining(","));

    assertThat(problems(withSection("fixed: {batch_size: " + "9".repeat(100_000) + "}")))
        .singleElement(STRING)
        .startsWith("4:21: batch_size: must be at most 1000000, is 999")
        .hasSizeLessThan(1_100);
    assertThat(problems("name: a\nparameters:\n  batch_size: {values: [" + many + "]}\n"))
        .contains("3:24: batch_size: has 1001 values, and 1000 is the most; a range may do");
    assertThat(
            problems(
                "name: a\nparameters:\n  l2: {values: [0, 1], when: {batch_size: ["
                    + many
                    + "]}}\n"))
        .contains("3:43: l2: when: batch_size has 1001 values, and 1000 is the most");
    assertThat(problems("{" + "a,".repeat(100_000) + "}")).hasSize(100);
  }

  @Test
  void reportsWhatIsNotYamlOrTooMuchOfIt() {
    assertThat(problems(""))
        .containsExactly("1:1: the file is empty; it needs name, data, parameters and search");
    assertThat(problems("name: [1, 2\nx"))
        .containsExactly("2:2: not valid YAML: expected ',' or ']', but got <stream end>");
    assertThat(problems("name: a\ndata: \u0007"))
        .containsExactly("2:7: not valid YAML: the character U+0007 is not allowed; remove it");
    assertThat(problems("name: &a x\ndata: *a\n"))
        .containsExactly("2:7: aliases are not read; write the value of *a out");
    assertThat(problems("name: !!str x\n"))
        .containsExactly("1:7: tags are not read; drop tag:yaml.org,2002:str");
    assertThat(problems("name: a\n---\nname: b\n"))
        .containsExactly(
            "2:1: a file is one sweep; put the second document into a file of its own");
    assertThat(problems("[".repeat(10_000)))
        .containsExactly("1:21: nested more than 20 deep; nothing in a sweep file is");
    assertThat(problems("#".repeat(SweepFileText.LONGEST + 1)))
        .containsExactly("1:1: the file has more than 262144 characters; shorten it");
    assertThat(problems("- a\n- b\n"))
        .containsExactly(
            "1:1: must be a mapping of name, data, parameters, fixed, objective, objectives,"
                + " constraints, search, schedule, learning_rate_path, retest, layer_statistics, is"
                + " a list");
  }

  // Each behind trials of 20 epochs, from column 21 of line 5 on.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          0.1 | 5:21: learning_rate_path: must be a list of changes, such as [{after_epoch: 10, factor: 0.1}], is 0.1
          [] | 5:21: learning_rate_path: must be a list of changes, such as [{after_epoch: 10, factor: 0.1}], is a list
          [{rate: 0.1}] | 5:22: learning_rate_path: after_epoch is missing; say after which epoch it counts
          [{after_epoch: 0, rate: 1}] | 5:36: learning_rate_path: after_epoch must be at least 1, is 0
          [{after_epoch: 20, rate: 1}] | 5:36: learning_rate_path: after_epoch must be below the 20 epochs of a trial, or it never counts, is 20
          [{after_epoch: 5, rate: 1}, {after_epoch: 5, rate: 2}] | 5:63: learning_rate_path: the changes stand in the order of their epochs, so this must be above 5, is 5
          [{after_epoch: 5}] | 5:22: learning_rate_path: rate is missing; say rate: 0.001, or factor: 0.1 of the one that a trial begins with
          [{after_epoch: 5, rate: 1, factor: 2}] | 5:48: learning_rate_path: has both rate and factor; keep one
          [{after_epoch: 5, rate: 0}] | 5:45: learning_rate_path: rate must be above 0, is 0
          [{after_epoch: 5, factor: -1}] | 5:47: learning_rate_path: factor must be above 0, is -1
          """)
  void saysWhatIsWrongWithAPathOfTheLearningRate(String path, String problem) {
    assertThat(
            problems(
                "name: a\ndata: {builtin: digits}\nparameters: {learning_rate: {scale: log, min:"
                    + " 0.1, max: 1}}\nsearch: {trials: 5}\nlearning_rate_path: "
                    + path
                    + "\nfixed: {epochs: 20}\n"))
        .containsExactly(problem);
  }

  @Test
  void aPopulationHasNoPathOfTheLearningRate() {
    assertThat(
            problems(
                """
                name: a
                data: {builtin: digits}
                parameters: {learning_rate: {scale: log, min: 0.1, max: 1}}
                search: {sampler: random, trials: 8}
                schedule: {early_stopping: population_based}
                learning_rate_path: [{after_epoch: 5, factor: 0.1}]
                """))
        .containsExactly(
            "6:1: learning_rate_path: a population changes the learning rate itself; use one of the"
                + " two, this or population_based");
  }
}
