package dev.caviar.coordinator.sweep;

import akka.actor.typed.javadsl.TimerScheduler;
import akka.pattern.StatusReply;
import dev.caviar.coordinator.store.CurveStore;
import dev.caviar.proto.v1.SweepUpdate;
import dev.caviar.proto.v1.TrialPoints;
import dev.caviar.proto.v1.TrialStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Answers those who watch a sweep with what its feed has after what they have seen. Who has seen
 * all waits until there is more. Belongs to one actor.
 */
final class SweepWatchers {
  /** Entries, and points from the store, in one answer. */
  static final int UPDATES_AT_ONCE = 1_000;

  private static final int POINTS_AT_ONCE = 20_000;

  private final String sweepId;
  private final SweepFeed feed;
  private final CurveStore curves;
  private final IntFunction<TrialStatus> status;
  private final IntFunction<SweepFeed.@Nullable StoredCurve> curve;
  private final WaitingWatches<SweepActor.Watch, SweepActor.Command> waiting;

  /**
   * @param status of a packed trial
   * @param curve of a packed trial, at any cursor; null if it has none
   * @param timers of the actor, which gives up a watch when it is told of its timeout
   */
  SweepWatchers(
      String sweepId,
      SweepFeed feed,
      CurveStore curves,
      IntFunction<TrialStatus> status,
      IntFunction<SweepFeed.@Nullable StoredCurve> curve,
      TimerScheduler<SweepActor.Command> timers) {
    this.sweepId = sweepId;
    this.feed = feed;
    this.curves = curves;
    this.status = status;
    this.curve = curve;
    this.waiting = new WaitingWatches<>(timers, SweepActor.WatchTimeout::new);
  }

  /**
   * Now, or when there is something to say.
   *
   * @param settled whether nothing will come into the feed any more
   */
  void answer(SweepActor.Watch watch, boolean settled) {
    waiting.answer(watch, one -> answerNow(one, settled));
  }

  /** Says that there is nothing, to one who has waited long enough. */
  void giveUp(SweepActor.Watch watch) {
    if (waiting.giveUp(watch)) {
      watch.replyTo().tell(StatusReply.success(new SweepActor.Updates(List.of(), false, true)));
    }
  }

  /**
   * The feed has more, for those who wait.
   *
   * @param settled whether nothing will come into the feed any more
   */
  void publish(boolean settled) {
    waiting.publish(watch -> answerNow(watch, settled));
  }

  private boolean answerNow(SweepActor.Watch watch, boolean settled) {
    List<CompletionStage<SweepUpdate>> read = new ArrayList<>();
    long points = 0;
    long reached = watch.afterCursor();
    for (SweepFeed.Entry entry : feed.after(watch.afterCursor(), UPDATES_AT_ONCE)) {
      SweepFeed.StoredCurve stored = stored(entry);
      points += stored == null ? 0 : stored.epochs();
      if (points > POINTS_AT_ONCE && !read.isEmpty()) {
        break;
      }
      reached = SweepFeed.cursor(entry);
      if (stored != null) {
        read.add(read(stored));
      } else if (!(entry instanceof SweepFeed.PackedCurve)) { // Else it has no points.
        read.add(CompletableFuture.completedFuture(update(entry)));
      }
    }
    boolean caughtUp = reached >= feed.cursor();
    boolean last = settled && caughtUp;
    if (read.isEmpty() && !last) {
      return false;
    }
    all(read)
        .whenComplete(
            (updates, failure) ->
                watch
                    .replyTo()
                    .tell(
                        failure == null
                            ? StatusReply.success(new SweepActor.Updates(updates, last, caughtUp))
                            : StatusReply.error("the curve store cannot be read: " + failure)));
    return true;
  }

  /** What is to be read for it from the store; null: nothing. */
  private SweepFeed.@Nullable StoredCurve stored(SweepFeed.Entry entry) {
    if (entry instanceof SweepFeed.PackedCurve(long cursor, int trial)) {
      SweepFeed.StoredCurve stored = curve.apply(trial);
      return stored == null
          ? null
          : new SweepFeed.StoredCurve(cursor, trial, stored.attempt(), stored.epochs());
    }
    return entry instanceof SweepFeed.StoredCurve stored ? stored : null;
  }

  private SweepUpdate update(SweepFeed.Entry entry) {
    return switch (entry) {
      case SweepFeed.Update update -> update.update();
      case SweepFeed.PackedStatus(long cursor, int trial) ->
          SweepUpdate.newBuilder().setCursor(cursor).setTrial(status.apply(trial)).build();
      case SweepFeed.StoredCurve _, SweepFeed.PackedCurve _ ->
          throw new IllegalArgumentException("points are read from the store");
    };
  }

  private CompletionStage<SweepUpdate> read(SweepFeed.StoredCurve stored) {
    return curves
        .read(sweepId, stored.trial(), 1, stored.epochs())
        .thenApply(
            points ->
                SweepUpdate.newBuilder()
                    .setCursor(stored.cursor())
                    .setPoints(
                        TrialPoints.newBuilder()
                            .setTrial(stored.trial())
                            .setAttempt(stored.attempt())
                            .addAllPoints(points))
                    .build());
  }

  private static CompletionStage<List<SweepUpdate>> all(List<CompletionStage<SweepUpdate>> read) {
    CompletionStage<List<SweepUpdate>> all = CompletableFuture.completedFuture(new ArrayList<>());
    for (CompletionStage<SweepUpdate> next : read) {
      all =
          all.thenCombine(
              next,
              (updates, update) -> {
                updates.add(update);
                return updates;
              });
    }
    return all;
  }
}
