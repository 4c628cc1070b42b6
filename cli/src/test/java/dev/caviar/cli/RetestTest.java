package dev.caviar.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caviar.cli.cluster.Nodes;
import dev.caviar.coordinator.CoordinatorNode;
import dev.caviar.worker.WorkerNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An old best tested again, with a real coordinator and a real worker, in this process. */
@NullUnmarked
class RetestTest {
  private static final String SWEEP =
      """
      name: old
      data: {csv: {path: small.csv}, dev: 0.3}
      parameters:
        learning_rate: {scale: log, min: 1.0e-5, max: 1.0e-1}
        hidden_units: {min: 2, max: 8}
      fixed: {epochs: 3, batch_size: 16}
      objective: {metric: dev_loss}
      search: {sampler: random, trials: 6, seed: 3}
      retest: {every: 1s, on_change: [data, code], seeds: 4}
      """;

  @TempDir private Path folder;
  private String server;

  private Outcome caviar(String... args) {
    List<String> all = new ArrayList<>(List.of(args));
    all.addAll(List.of("--server", server));
    return Outcome.of(all.toArray(String[]::new));
  }

  private static JsonNode json(String text) throws IOException {
    return new ObjectMapper().readTree(text);
  }

  /** Two classes, apart in the first of two inputs. */
  private void writeData(int rows) throws IOException {
    List<String> lines = new ArrayList<>(List.of("x,y,label"));
    IntStream.range(0, rows)
        .forEach(
            i ->
                lines.add(
                    "%s,%s,%s".formatted(i % 2 + (i % 7) / 20.0, i % 5, i % 2 == 0 ? "a" : "b")));
    Files.write(folder.resolve("small.csv"), lines);
  }

  private JsonNode listed(String id) throws IOException {
    for (JsonNode sweep : json(caviar("list", "--output", "json").out()).get("sweeps")) {
      if (sweep.get("sweep").asText().equals(id)) {
        return sweep;
      }
    }
    throw new AssertionError("no " + id);
  }

  @Test
  void tellsWhetherAnOldBestIsStillTheBest() throws Exception {
    Path sweep = folder.resolve("old.yaml");
    Files.writeString(sweep, SWEEP);
    writeData(200);
    try (CoordinatorNode coordinator =
            Nodes.coordinator(
                Map.of("store.folder", folder.resolve("store").toString()), Map.of());
        WorkerNode worker = Nodes.worker("127.0.0.1:" + coordinator.port(), "worker-1", Map.of())) {
      assertThat(worker.whenTerminated()).isNotDone();
      server = "127.0.0.1:" + coordinator.port();
      assertThat(caviar("submit", sweep.toString(), "--watch", "--plain").exitCode()).isZero();
      JsonNode best = json(caviar("best", "last", "--output", "json").out());
      String old = best.get("sweep").asText();
      assertThat(caviar("retest", old, "--verdict").err())
          .contains("There is no retest of %1$s yet: `caviar retest %1$s`".formatted(old));
      Thread.sleep(1_100); // Until it is old.
      assertThat(listed(old).get("stale").toString()).containsPattern("found \\d+s ago, every 1s");
      assertThat(caviar("list").out()).containsPattern("stale\\R").contains("caviar retest SWEEP");

      Outcome retested =
          caviar("retest", old, "--runner-ups", "1", "--fresh", "2", "--plain", "--output", "json");
      assertThat(retested.exitCode()).as(retested.err()).isZero();
      JsonNode verdict = json(retested.out());
      String retest = verdict.get("sweep").asText();
      assertThat(verdict.get("retest_of").asText()).isEqualTo(old);
      assertThat(verdict.get("verdict").asText()).isIn("still_the_best", "beaten", "too_noisy");
      assertThat(verdict.get("seeds").asInt()).isEqualTo(4);
      verdict
          .get("points")
          .forEach(point -> assertThat(point.get("mean").isNumber()).as("%s", point).isTrue());
      assertThat(verdict.get("points").size()).isEqualTo(4);
      JsonNode first = verdict.at("/points/0");
      assertThat(first.get("was_trial").asInt()).isEqualTo(best.get("trial").asInt());
      assertThat(first.get("parameters")).isEqualTo(best.get("parameters"));
      assertThat(verdict.at("/points/1/fresh").asBoolean()).isFalse();
      assertThat(verdict.at("/points/1/was_trial").isInt()).isTrue();
      assertThat(verdict.at("/points/2/fresh").asBoolean()).isTrue();
      JsonNode trials = json(caviar("trials", retest, "--output", "json").out()).get("trials");
      Set<Long> seeds = new HashSet<>();
      Set<Integer> repeats = new HashSet<>();
      double[] sums = new double[4];
      for (JsonNode trial : trials) {
        seeds.add(trial.get("seed").asLong());
        repeats.add(trial.get("repeat").asInt());
        sums[trial.get("trial").asInt() / 4] += trial.get("objective").asDouble();
      }
      assertThat(trials.size()).isEqualTo(16);
      assertThat(seeds).as("paired").hasSize(4);
      assertThat(repeats).hasSize(4);
      for (int point = 1; point < 4; point++) {
        assertThat(verdict.at("/points/%d/worse_by".formatted(point)).asDouble())
            .isCloseTo((sums[point] - sums[0]) / 4, offset(1e-12));
      }
      // The same by the name of either, and in words.
      assertThat(json(caviar("retest", old, "--verdict", "--output", "json").out()))
          .isEqualTo(verdict);
      Outcome words = caviar("retest", retest, "--verdict");
      assertThat(words.out())
          .contains(
              "tested the best of %s again: 4 points, each on the same 4 seeds".formatted(old))
          .contains("the old best")
          .contains("widened for 3 comparisons (Holm)")
          .containsPattern("(Still the best|Beaten by|Too noisy to say)");
      assertThat(listed(retest).get("retest_of").asText()).isEqualTo(old);
      assertThat(listed(retest).get("stale").size()).isZero();

      // The same file has other data now, which is noticed when a sweep has loaded them.
      writeData(300);
      assertThat(caviar("list").out()).doesNotContain("its data are");
      String again =
          caviar("retest", old, "--seeds", "2", "--fresh", "1", "--no-wait").out().strip();
      Outcome watched = caviar("watch", again, "--plain");
      assertThat(watched.exitCode()).as(watched.out() + watched.err()).isZero();
      assertThat(listed(old).get("stale").toString()).doesNotContain("its data are");
      assertThat(json(caviar("show", again, "--output", "json").out()).get("sweep_file").asText())
          .contains("seed: 5");
      writeData(260);
      assertThat(caviar("submit", sweep.toString(), "--watch", "--plain").exitCode()).isZero();
      assertThat(listed(old).get("stale").toString()).contains("its data are");
    }
  }

  @Test
  void saysWhatIsWrongWithItsOptions() throws Exception {
    server = "127.0.0.1:1";
    assertThat(caviar("retest", "last", "--seeds", "1").err())
        .contains("--seeds must be 2 to 1,000, is 1");
    assertThat(caviar("retest", "last", "--fresh", "-1").err())
        .contains("--fresh must be 0 to 1,000, is -1");
    assertThat(caviar("retest", "last", "--verdict", "--no-wait").exitCode())
        .isEqualTo(ExitCode.USAGE);
  }
}
