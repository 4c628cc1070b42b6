package dev.caviar.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A panda on a {@link Cluster}, babysat by commands as anybody would give them. */
final class BabysatPanda {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration SOON = Duration.ofMinutes(3);

  private final Cluster cluster;
  private final String id;

  private BabysatPanda(Cluster cluster, String id) {
    this.cluster = cluster;
    this.id = id;
  }

  static BabysatPanda start(Cluster cluster) {
    return new BabysatPanda(
        cluster,
        json(cluster.caviar("panda", "start", Cluster.PANDA, "--output", "json").getStdout())
            .path("panda")
            .asText());
  }

  /** Gives {@code caviar panda} a command for it, and answers what it printed. */
  String command(String command, String... arguments) {
    List<String> all = new ArrayList<>(List.of("panda", command, id));
    all.addAll(Arrays.asList(arguments));
    return cluster.caviar(all.toArray(String[]::new)).getStdout();
  }

  /** What {@code caviar panda show} says of it. */
  JsonNode show() {
    return json(command("show", "--output", "json"));
  }

  String worker() {
    return show().path("worker").asText();
  }

  /** Lets it train so many epochs more. */
  BabysatPanda train(int epochs) {
    JsonNode now = show();
    Waiting.until(
        "the panda has trained %d epochs more".formatted(epochs),
        SOON,
        () -> {
          JsonNode panda = show();
          return panda.path("phase").asText().equals("training")
              && (panda.path("branch").asInt() > now.path("branch").asInt()
                  || panda.path("epoch").asInt() >= now.path("epoch").asInt() + epochs);
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
          JsonNode panda = show();
          JsonNode ledger = panda.path("ledger");
          return panda.path("phase").asText().equals("ended")
              && ledger.path(ledger.size() - 1).hasNonNull("step");
        });
    JsonNode ledger = show().path("ledger");
    assertThat(ledger)
        .as("each was made: " + ledger.toPrettyString())
        .allMatch(entry -> entry.hasNonNull("step"));
    assertThat(command("replay")).contains("the same").doesNotContain("differs");
  }

  private static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (IOException e) {
      throw new UncheckedIOException("no JSON: " + text, e);
    }
  }
}
