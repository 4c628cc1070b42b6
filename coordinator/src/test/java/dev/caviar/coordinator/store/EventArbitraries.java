package dev.caviar.coordinator.store;

import dev.caviar.coordinator.CoordinatorEvent;
import dev.caviar.coordinator.search.Stage;
import dev.caviar.coordinator.space.Domain;
import dev.caviar.coordinator.space.ParameterValue;
import dev.caviar.coordinator.space.Point;
import dev.caviar.coordinator.space.Scale;
import dev.caviar.coordinator.sweep.SweepEvent;
import dev.caviar.proto.v1.BlobRef;
import dev.caviar.proto.v1.CoordinatorJournalEvent;
import dev.caviar.proto.v1.EarlierTrial;
import dev.caviar.proto.v1.EnqueuedPoint;
import dev.caviar.proto.v1.Evaluation;
import dev.caviar.proto.v1.PandaOrigin;
import dev.caviar.proto.v1.Parameter;
import dev.caviar.proto.v1.StoredStart;
import dev.caviar.proto.v1.SweepStart;
import dev.caviar.proto.v1.SweepState;
import dev.caviar.proto.v1.SweepStatus;
import dev.caviar.proto.v1.SweepSummary;
import dev.caviar.proto.v1.TrialState;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;

/** Every event there is, by its class, with any contents it can have. */
final class EventArbitraries {
  private EventArbitraries() {}

  static Map<Class<? extends SweepEvent>, Arbitrary<? extends SweepEvent>> sweepEvents() {
    Map<Class<? extends SweepEvent>, Arbitrary<? extends SweepEvent>> all =
        new HashMap<>(singleEvents());
    List<Arbitrary<SweepEvent>> single =
        singleEvents().values().stream()
            .<Arbitrary<SweepEvent>>map(event -> event.map(SweepEvent.class::cast))
            .toList();
    all.put(
        SweepEvent.Several.class,
        Arbitraries.of(single)
            .flatMap(event -> event)
            .list()
            .ofMaxSize(5)
            .map(SweepEvent.Several::new));
    return all;
  }

  private static Map<Class<? extends SweepEvent>, Arbitrary<? extends SweepEvent>> singleEvents() {
    return Map.ofEntries(
        Map.entry(SweepEvent.StageBegan.class, stages().map(SweepEvent.StageBegan::new)),
        Map.entry(
            SweepEvent.TrialSampled.class,
            Combinators.combine(counts(), points(), Arbitraries.longs(), counts(), flags())
                .as(SweepEvent.TrialSampled::new)),
        Map.entry(
            SweepEvent.TrialLeased.class,
            Combinators.combine(counts(), counts(), texts(), Arbitraries.longs())
                .as(SweepEvent.TrialLeased::new)),
        Map.entry(
            SweepEvent.TrialReturned.class,
            Combinators.combine(counts(), counts(), texts(), flags(), Arbitraries.longs(), flags())
                .as(SweepEvent.TrialReturned::new)),
        Map.entry(
            SweepEvent.TrialOver.class,
            Combinators.combine(
                    endings(),
                    Arbitraries.doubles().list().ofMaxSize(3),
                    Arbitraries.doubles(),
                    Arbitraries.longs())
                .as(
                    (over, others, violation, atMillis) ->
                        new SweepEvent.TrialOver(
                            over.trial(),
                            over.attempt(),
                            over.state(),
                            over.reason(),
                            over.steps(),
                            over.epochs(),
                            over.elapsedMicros(),
                            over.objective(),
                            others,
                            violation,
                            atMillis))),
        Map.entry(
            SweepEvent.TrialCheckpointed.class,
            Combinators.combine(counts(), counts(), blobs(), Arbitraries.longs(), counts())
                .as(SweepEvent.TrialCheckpointed::new)),
        Map.entry(
            SweepEvent.RungReached.class,
            Combinators.combine(counts(), counts(), Arbitraries.doubles())
                .as(SweepEvent.RungReached::new)),
        Map.entry(
            SweepEvent.TrialPromoted.class,
            Combinators.combine(counts(), counts(), texts()).as(SweepEvent.TrialPromoted::new)),
        Map.entry(
            SweepEvent.TrialHeld.class,
            Combinators.combine(counts(), counts(), texts(), Arbitraries.longs())
                .as(SweepEvent.TrialHeld::new)),
        Map.entry(
            SweepEvent.TrialRevived.class,
            Combinators.combine(counts(), texts()).as(SweepEvent.TrialRevived::new)),
        Map.entry(
            SweepEvent.TrialExploited.class,
            Combinators.combine(
                    counts(), counts(), counts(), points(), texts(), Arbitraries.longs())
                .as(SweepEvent.TrialExploited::new)),
        Map.entry(SweepEvent.TrialsAdded.class, counts().map(SweepEvent.TrialsAdded::new)),
        Map.entry(
            SweepEvent.PointsEnqueued.class,
            Combinators.combine(texts(), points().list().ofMaxSize(3))
                .as(SweepEvent.PointsEnqueued::new)),
        Map.entry(
            SweepEvent.SpaceChanged.class,
            Combinators.combine(
                    counts(), Arbitraries.maps(texts(), domains()).ofMaxSize(3), texts())
                .as(SweepEvent.SpaceChanged::new)),
        Map.entry(SweepEvent.TrialPaused.class, counts().map(SweepEvent.TrialPaused::new)),
        Map.entry(SweepEvent.TrialResumed.class, counts().map(SweepEvent.TrialResumed::new)),
        Map.entry(
            SweepEvent.ModelStored.class,
            Combinators.combine(
                    counts(),
                    blobs(),
                    evaluations().injectNull(0.3),
                    texts(),
                    texts(),
                    blobs().injectNull(0.3))
                .as(SweepEvent.ModelStored::new)),
        Map.entry(SweepEvent.SweepPaused.class, texts().map(SweepEvent.SweepPaused::new)),
        Map.entry(SweepEvent.SweepResumed.class, Arbitraries.create(SweepEvent.SweepResumed::new)),
        Map.entry(
            SweepEvent.EndRequested.class,
            Combinators.combine(flags(), texts()).as(SweepEvent.EndRequested::new)),
        Map.entry(SweepEvent.SweepOver.class, sweepStates().map(SweepEvent.SweepOver::new)));
  }

  private static Arbitrary<StoredStart> starts() {
    return Combinators.combine(texts(), counts(), blobs(), Arbitraries.longs())
        .as(
            (panda, number, checkpoint, step) ->
                StoredStart.newBuilder()
                    .setOf(SweepStart.newBuilder().setPandaId(panda).setCheckpoint(number))
                    .setCheckpoint(checkpoint)
                    .setStep(step)
                    .build());
  }

  static Map<Class<? extends CoordinatorEvent>, Arbitrary<? extends CoordinatorEvent>>
      coordinatorEvents() {
    return Map.of(
        CoordinatorEvent.SweepSubmitted.class,
        Combinators.combine(
                texts(),
                texts(),
                texts(),
                Arbitraries.longs(),
                earlier().list().ofMaxSize(3),
                Combinators.combine(
                        texts().map(EventArbitraries::enqueued).list().ofMaxSize(3), texts())
                    .as(Tuple::of),
                texts(),
                starts().injectNull(0.5))
            .as(
                (id, file, base, at, earlier, retest, owner, start) ->
                    new CoordinatorEvent.SweepSubmitted(
                        id, file, base, at, earlier, retest.get1(), retest.get2(), owner, start)),
        CoordinatorEvent.SweepEnded.class,
        Combinators.combine(texts(), sweepStates(), counts(), Arbitraries.doubles())
            .as(
                (id, state, count, objective) ->
                    new CoordinatorEvent.SweepEnded(
                        id,
                        SweepSummary.newBuilder()
                            .setStatus(SweepStatus.newBuilder().setSweepId(id).setState(state))
                            .putTrialsByState("COMPLETED", count)
                            .setBestObjective(objective)
                            .build())),
        CoordinatorEvent.SweepReopened.class,
        texts().map(CoordinatorEvent.SweepReopened::new),
        CoordinatorEvent.PandaStarted.class,
        Combinators.combine(texts(), texts(), texts(), Arbitraries.longs(), texts())
            .as(
                (id, file, directory, at, who) ->
                    new CoordinatorEvent.PandaStarted(
                        CoordinatorJournalEvent.PandaStarted.newBuilder()
                            .setPandaId(id)
                            .setPandaFile(file)
                            .setBaseDirectory(directory)
                            .setStartedAtMillis(at)
                            .setWho(who)
                            .build())),
        CoordinatorEvent.PandaAdopted.class,
        Combinators.combine(texts(), counts(), Arbitraries.longs(), texts(), blobs())
            .as(
                (id, trial, seed, metric, checkpoint) ->
                    new CoordinatorEvent.PandaAdopted(
                        CoordinatorJournalEvent.PandaAdopted.newBuilder()
                            .setPandaId(id)
                            .setOrigin(PandaOrigin.newBuilder().setTrial(trial))
                            .setSeed(seed)
                            .setMetric(metric)
                            .setCheckpoint(checkpoint)
                            .build())));
  }

  private static Arbitrary<SweepEvent.TrialOver> endings() {
    return Combinators.combine(
            counts(),
            counts(),
            Arbitraries.of(TrialState.class)
                .filter(
                    state ->
                        state != TrialState.UNRECOGNIZED
                            && state != TrialState.TRIAL_STATE_UNSPECIFIED),
            texts(),
            Arbitraries.longs(),
            counts(),
            Arbitraries.longs(),
            Arbitraries.doubles().injectNull(0.3))
        .as(SweepEvent.TrialOver::new);
  }

  private static Arbitrary<Stage> stages() {
    return Combinators.combine(
            counts(), counts(), counts(), counts().list().ofMaxSize(5), sides().list().ofMaxSize(5))
        .as(Stage::new);
  }

  private static Arbitrary<Stage.Side> sides() {
    return Combinators.combine(texts(), domains(), flags(), flags(), flags()).as(Stage.Side::new);
  }

  private static Arbitrary<Domain> domains() {
    Arbitrary<Scale> scales = Arbitraries.of(Scale.class);
    return Arbitraries.oneOf(
        Combinators.combine(scales, Arbitraries.doubles(), Arbitraries.doubles())
            .as(Domain.RealRange::new),
        Combinators.combine(scales, Arbitraries.longs(), Arbitraries.longs())
            .as(Domain.WholeRange::new),
        values().list().ofMaxSize(4).map(Domain.Choices::new));
  }

  private static Arbitrary<Point> points() {
    return Arbitraries.maps(texts(), values()).ofMaxSize(6).map(Point::new);
  }

  private static Arbitrary<ParameterValue> values() {
    return Arbitraries.oneOf(
        Arbitraries.doubles().map(ParameterValue.Real::new),
        Arbitraries.longs().map(ParameterValue.Whole::new),
        texts().map(ParameterValue.Text::new),
        flags().map(ParameterValue.Flag::new));
  }

  private static Arbitrary<BlobRef> blobs() {
    return Combinators.combine(texts(), Arbitraries.longs())
        .as((hash, size) -> BlobRef.newBuilder().setSha256(hash).setSize(size).build());
  }

  private static Arbitrary<EarlierTrial> earlier() {
    return Combinators.combine(texts(), counts(), Arbitraries.doubles())
        .as(
            (sweep, trial, objective) ->
                EarlierTrial.newBuilder()
                    .setSweepId(sweep)
                    .setTrial(trial)
                    .setObjective(objective)
                    .build());
  }

  private static EnqueuedPoint enqueued(String name) {
    return EnqueuedPoint.newBuilder().addParameters(Parameter.newBuilder().setName(name)).build();
  }

  private static Arbitrary<Evaluation> evaluations() {
    return Arbitraries.doubles().map(x -> Evaluation.newBuilder().setLoss(x).setError(x).build());
  }

  private static Arbitrary<SweepState> sweepStates() {
    return Arbitraries.of(SweepState.class)
        .filter(
            state ->
                state != SweepState.UNRECOGNIZED && state != SweepState.SWEEP_STATE_UNSPECIFIED);
  }

  private static Arbitrary<Integer> counts() {
    return Arbitraries.integers();
  }

  private static Arbitrary<Boolean> flags() {
    return Arbitraries.of(true, false);
  }

  private static Arbitrary<String> texts() {
    // No halves of surrogate pairs: such a text is none in UTF-8.
    return Arbitraries.strings().withCharRange('\n', '\u3000').ofMaxLength(12);
  }
}
