package dev.caviar.coordinator.retest;

import dev.caviar.coordinator.space.SweepDefinition;
import dev.caviar.coordinator.space.SweepDefinition.Change;
import dev.caviar.coordinator.space.SweepDefinition.Retest;
import dev.caviar.proto.v1.DataSource;
import dev.caviar.proto.v1.SweepSummary;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BinaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Why the best of a sweep should be tested again. */
public final class Staleness {
  private static final int SHOWN_DIGITS = 12;

  private Staleness() {}

  /**
   * What of a sweep's file says when its best is stale.
   *
   * @param retest null where the file says nothing of that
   * @param data where its examples come from, however they are divided
   */
  public record Terms(@Nullable Retest retest, DataSource data) {
    /** Those of a sweep. */
    public static Terms of(SweepDefinition definition) {
      return new Terms(
          definition.retest(),
          definition.data().toBuilder()
              .clearDevFraction()
              .clearTestFraction()
              .clearNormalize()
              .clearSplitSeed()
              .build());
    }
  }

  /**
   * The reasons of all sweeps that have any, by their ids.
   *
   * @param sweeps all there are
   * @param terms by the sweeps' ids; those that are not there are never stale
   * @param code the Caviar that asks
   */
  public static Map<String, List<String>> of(
      List<SweepSummary> sweeps, Map<String, Terms> terms, String code, Instant now) {
    Map<String, List<SweepSummary>> retests =
        sweeps.stream()
            .filter(sweep -> !sweep.getRetestOf().isEmpty() && isTested(sweep))
            .collect(Collectors.groupingBy(SweepSummary::getRetestOf));
    Map<DataSource, SweepSummary> newest = new HashMap<>();
    for (SweepSummary sweep : sweeps) {
      Terms of = terms.get(sweep.getStatus().getSweepId());
      if (of != null && !sweep.getBestDataSha256().isEmpty()) {
        newest.merge(
            of.data(), sweep, BinaryOperator.maxBy(Comparator.comparingLong(Staleness::end)));
      }
    }
    Map<String, List<String>> reasons = new HashMap<>();
    for (SweepSummary sweep : sweeps) {
      String id = sweep.getStatus().getSweepId();
      Terms of = terms.get(id);
      Retest retest = of == null ? null : of.retest();
      if (of != null && retest != null && isTested(sweep)) {
        SweepSummary last = newest.get(of.data());
        List<String> found =
            reasons(
                retest,
                sweep,
                retests.getOrDefault(id, List.of()),
                last == null ? "" : last.getBestDataSha256(),
                code,
                now);
        if (!found.isEmpty()) {
          reasons.put(id, found);
        }
      }
    }
    return reasons;
  }

  private static boolean isTested(SweepSummary sweep) {
    return sweep.getEndedAtMillis() > 0 && sweep.getStatus().hasBestTrial();
  }

  /** One that runs has loaded its data later than any that is over. */
  private static long end(SweepSummary sweep) {
    return sweep.getEndedAtMillis() == 0 ? Long.MAX_VALUE : sweep.getEndedAtMillis();
  }

  /**
   * The reasons, a sentence each; none if it is as good as new.
   *
   * @param retest what the sweep's file says of when it is to be tested again
   * @param sweep the sweep, which is over and has a best trial
   * @param retests those of it that are over
   * @param data the SHA-256 that its data had when they were loaded last, by whatever sweep; empty:
   *     not known
   * @param code the Caviar that asks
   */
  static List<String> reasons(
      Retest retest,
      SweepSummary sweep,
      Collection<SweepSummary> retests,
      String data,
      String code,
      Instant now) {
    SweepSummary last =
        Stream.concat(Stream.of(sweep), retests.stream())
            .max(Comparator.comparingLong(SweepSummary::getEndedAtMillis))
            .orElse(sweep);
    String tested = retests.contains(last) ? "tested again" : "found";
    List<String> reasons = new ArrayList<>();
    Duration age = Duration.between(Instant.ofEpochMilli(last.getEndedAtMillis()), now);
    Duration every = retest.every();
    if (every != null && age.compareTo(every) > 0) {
      reasons.add("%s %s ago, every %s".formatted(tested, span(age), span(every)));
    }
    String oldData = last.getBestDataSha256();
    if (retest.onChange().contains(Change.DATA) && differs(oldData, data)) {
      reasons.add(
          "its data are %s now, %s when it was %s"
              .formatted(shortened(data), shortened(oldData), tested));
    }
    String oldCode = last.getBestCaviarVersion();
    if (retest.onChange().contains(Change.CODE) && differs(oldCode, code)) {
      reasons.add("this is Caviar %s, it was %s by %s".formatted(code, tested, oldCode));
    }
    return reasons;
  }

  /** What is not known differs from nothing. */
  private static boolean differs(String before, String now) {
    return !before.isEmpty() && !now.isEmpty() && !before.equals(now);
  }

  private static String shortened(String sha256) {
    return sha256.substring(0, Math.min(SHOWN_DIGITS, sha256.length()));
  }

  /** In the largest unit of which there is one: 31d, 5h, 20m, 3s. */
  private static String span(Duration time) {
    return time.toDays() > 0
        ? time.toDays() + "d"
        : time.toHours() > 0
            ? time.toHours() + "h"
            : time.toMinutes() > 0 ? time.toMinutes() + "m" : time.toSeconds() + "s";
  }
}
