package dev.caviar.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A panda on a {@link Cluster}, babysat by commands as anybody would give them. */
final class BabysatPanda {
  private static final Duration SOON = Duration.ofMinutes(3);

  private final Cluster cluster;
  private final String id;

  private BabysatPanda(Cluster cluster, String id) {
    this.cluster = cluster;
    this.id = id;
  }

  static BabysatPanda start(Cluster cluster) {
    return new BabysatPanda(
        cluster, cluster.caviar("panda", "start", Cluster.PANDA).getStdout().strip());
  }

  /** Gives {@code caviar panda} a command for it, and answers what it printed. */
  String command(String command, String... arguments) {
    List<String> all = new ArrayList<>(List.of("panda", command, id));
    all.addAll(Arrays.asList(arguments));
    return cluster.caviar(all.toArray(String[]::new)).getStdout();
  }

  /** What the coordinator says of it; to ask it so is sooner done than by a command. */
  private JsonNode state() {
    return cluster.get("/v1/pandas/" + id);
  }

  private static boolean is(JsonNode state, String phase) {
    return state.path("phase").asText().equals(phase);
  }

  String worker() {
    return state().path("worker_id").asText();
  }

  /** Lets it train so many epochs more. */
  BabysatPanda train(int epochs) {
    JsonNode before = state();
    Waiting.until(
        "the panda has trained %d epochs more".formatted(epochs),
        SOON,
        () -> {
          JsonNode now = state();
          return is(now, "PANDA_TRAINING")
              && (now.path("branch").asInt() > before.path("branch").asInt()
                  || now.path("epoch").asInt() >= before.path("epoch").asInt() + epochs);
        });
    return this;
  }

  /** Waits until another worker than this one trains it. */
  void awaitOtherWorker(String lost) {
    Waiting.until(
        "another worker than " + lost + " trains the panda",
        SOON,
        () -> !List.of("", lost).contains(worker()));
  }

  /**
   * Ends it, and trains it again from its seed and its ledger, which must come to the same digests:
   * to the bit, whatever died meanwhile.
   */
  void endsAsItsLedgerSays() {
    command("end", "--why", "enough");
    Waiting.until(
        "the panda has ended and its last entry is made",
        SOON,
        () -> {
          JsonNode now = state();
          JsonNode ledger = now.path("ledger");
          return is(now, "PANDA_ENDED") && ledger.path(ledger.size() - 1).hasNonNull("step");
        });
    JsonNode ledger = state().path("ledger");
    assertThat(ledger)
        .as("each was made: " + ledger.toPrettyString())
        .allMatch(entry -> entry.hasNonNull("step"));
    assertThat(cluster.caviarThatTrains("panda", "replay", id).getStdout())
        .contains("the same")
        .doesNotContain("differs");
  }
}
