package dev.caviar.coordinator.store;

import dev.caviar.coordinator.CoordinatorEvent;
import dev.caviar.coordinator.search.Stage;
import dev.caviar.coordinator.space.Domain;
import dev.caviar.coordinator.space.ParameterValue;
import dev.caviar.coordinator.space.Point;
import dev.caviar.coordinator.space.Scale;
import dev.caviar.coordinator.sweep.SweepEvent;
import dev.caviar.proto.v1.CoordinatorJournalEvent;
import dev.caviar.proto.v1.PandaJournalEvent;
import dev.caviar.proto.v1.Parameter;
import dev.caviar.proto.v1.StoredDimension;
import dev.caviar.proto.v1.StoredDomain;
import dev.caviar.proto.v1.StoredPoint;
import dev.caviar.proto.v1.StoredSide;
import dev.caviar.proto.v1.StoredStage;
import dev.caviar.proto.v1.SweepJournalEvent;
import dev.caviar.proto.v1.SweepState;
import dev.caviar.proto.v1.TrialState;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Events, stages and points in the words of journal.proto, and back. What came from a message
 * equals what went into it.
 *
 * <p>The way back throws {@link UnknownRecordException} where a message holds what this Caviar does
 * not know, rather than guess: a journal is read by later versions than wrote it, never by earlier.
 */
public final class JournalMessages {
  private JournalMessages() {}

  /** A stored message that this Caviar cannot have written. */
  public static final class UnknownRecordException extends IllegalArgumentException {
    UnknownRecordException(String what) {
      super(
          what
              + " that this version of Caviar does not know: a newer one wrote it, or the store is"
              + " damaged. Start the version that wrote it, or a newer one");
    }
  }

  /** The event as it is journalled. */
  public static SweepJournalEvent message(SweepEvent event) {
    SweepJournalEvent.Builder message = SweepJournalEvent.newBuilder();
    switch (event) {
      case SweepEvent.Several e ->
          message
              .getSeveralBuilder()
              .addAllEvents(e.events().stream().map(JournalMessages::message).toList());
      case SweepEvent.StageBegan e -> message.getStageBeganBuilder().setStage(message(e.stage()));
      case SweepEvent.TrialSampled e ->
          message
              .getTrialSampledBuilder()
              .setTrial(e.trial())
              .setPoint(message(e.point()))
              .setSeed(e.seed())
              .setStage(e.stage())
              .setEnqueued(e.enqueued());
      case SweepEvent.TrialLeased e ->
          message
              .getTrialLeasedBuilder()
              .setTrial(e.trial())
              .setAttempt(e.attempt())
              .setWorkerId(e.workerId())
              .setAtMillis(e.atMillis());
      case SweepEvent.TrialReturned e ->
          message
              .getTrialReturnedBuilder()
              .setTrial(e.trial())
              .setAttempt(e.attempt())
              .setReason(e.reason())
              .setLost(e.lost())
              .setAtMillis(e.atMillis())
              .setFromStart(e.fromStart());
      case SweepEvent.TrialOver e -> {
        SweepJournalEvent.TrialOver.Builder over =
            message
                .getTrialOverBuilder()
                .setTrial(e.trial())
                .setAttempt(e.attempt())
                .setState(e.state())
                .setReason(e.reason())
                .setSteps(e.steps())
                .setEpochs(e.epochs())
                .setElapsedMicros(e.elapsedMicros())
                .addAllOtherObjectives(e.otherObjectives())
                .setViolation(e.violation())
                .setAtMillis(e.atMillis());
        if (e.objective() != null) {
          over.setObjective(e.objective());
        }
      }
      case SweepEvent.TrialCheckpointed e ->
          message
              .getTrialCheckpointedBuilder()
              .setTrial(e.trial())
              .setAttempt(e.attempt())
              .setCheckpoint(e.checkpoint())
              .setStep(e.step())
              .setEpoch(e.epoch());
      case SweepEvent.RungReached e -> message.setRungReached(rungReached(e));
      case SweepEvent.TrialPromoted e ->
          message
              .getTrialPromotedBuilder()
              .setTrial(e.trial())
              .setEpoch(e.epoch())
              .setReason(e.reason());
      case SweepEvent.TrialHeld e ->
          message
              .getTrialHeldBuilder()
              .setTrial(e.trial())
              .setEpoch(e.epoch())
              .setReason(e.reason())
              .setAtMillis(e.atMillis());
      case SweepEvent.TrialRevived e ->
          message.getTrialRevivedBuilder().setTrial(e.trial()).setReason(e.reason());
      case SweepEvent.TrialExploited e ->
          message
              .getTrialExploitedBuilder()
              .setTrial(e.trial())
              .setEpoch(e.epoch())
              .setDonor(e.donor())
              .setPoint(message(e.point()))
              .setReason(e.reason())
              .setAtMillis(e.atMillis());
      case SweepEvent.TrialsAdded e -> message.getTrialsAddedBuilder().setTrials(e.trials());
      case SweepEvent.PointsEnqueued e ->
          message
              .getPointsEnqueuedBuilder()
              .setRequestId(e.requestId())
              .addAllPoints(e.points().stream().map(JournalMessages::message).toList());
      case SweepEvent.SpaceChanged e -> message.setSpaceChanged(spaceChanged(e));
      case SweepEvent.TrialPaused e -> message.getTrialPausedBuilder().setTrial(e.trial());
      case SweepEvent.TrialResumed e -> message.getTrialResumedBuilder().setTrial(e.trial());
      case SweepEvent.ModelStored e -> message.setModelStored(modelStored(e));
      case SweepEvent.SweepPaused e -> message.getSweepPausedBuilder().setReason(e.reason());
      case SweepEvent.SweepResumed e -> message.getSweepResumedBuilder();
      case SweepEvent.EndRequested e -> message.setEndRequested(endRequested(e));
      case SweepEvent.SweepOver e -> message.getSweepOverBuilder().setState(e.state());
    }
    return message.build();
  }

  /** The event that was journalled. */
  public static SweepEvent event(SweepJournalEvent message) {
    return switch (message.getEventCase()) {
      case SEVERAL ->
          new SweepEvent.Several(
              message.getSeveral().getEventsList().stream().map(JournalMessages::event).toList());
      case STAGE_BEGAN -> new SweepEvent.StageBegan(stage(message.getStageBegan().getStage()));
      case TRIAL_SAMPLED -> {
        SweepJournalEvent.TrialSampled m = message.getTrialSampled();
        yield new SweepEvent.TrialSampled(
            m.getTrial(), point(m.getPoint()), m.getSeed(), m.getStage(), m.getEnqueued());
      }
      case TRIAL_LEASED -> {
        SweepJournalEvent.TrialLeased m = message.getTrialLeased();
        yield new SweepEvent.TrialLeased(
            m.getTrial(), m.getAttempt(), m.getWorkerId(), m.getAtMillis());
      }
      case TRIAL_RETURNED -> {
        SweepJournalEvent.TrialReturned m = message.getTrialReturned();
        yield new SweepEvent.TrialReturned(
            m.getTrial(),
            m.getAttempt(),
            m.getReason(),
            m.getLost(),
            m.getAtMillis(),
            m.getFromStart());
      }
      case TRIAL_OVER -> {
        SweepJournalEvent.TrialOver m = message.getTrialOver();
        yield new SweepEvent.TrialOver(
            m.getTrial(),
            m.getAttempt(),
            known(m.getState()),
            m.getReason(),
            m.getSteps(),
            m.getEpochs(),
            m.getElapsedMicros(),
            m.hasObjective() ? m.getObjective() : null,
            m.getOtherObjectivesList(),
            m.getViolation(),
            m.getAtMillis());
      }
      case TRIAL_CHECKPOINTED -> {
        SweepJournalEvent.TrialCheckpointed m = message.getTrialCheckpointed();
        yield new SweepEvent.TrialCheckpointed(
            m.getTrial(), m.getAttempt(), m.getCheckpoint(), m.getStep(), m.getEpoch());
      }
      case RUNG_REACHED -> {
        SweepJournalEvent.RungReached m = message.getRungReached();
        yield new SweepEvent.RungReached(m.getTrial(), m.getEpoch(), m.getValue());
      }
      case TRIAL_PROMOTED -> {
        SweepJournalEvent.TrialPromoted m = message.getTrialPromoted();
        yield new SweepEvent.TrialPromoted(m.getTrial(), m.getEpoch(), m.getReason());
      }
      case TRIAL_HELD -> {
        SweepJournalEvent.TrialHeld m = message.getTrialHeld();
        yield new SweepEvent.TrialHeld(m.getTrial(), m.getEpoch(), m.getReason(), m.getAtMillis());
      }
      case TRIAL_REVIVED -> {
        SweepJournalEvent.TrialRevived m = message.getTrialRevived();
        yield new SweepEvent.TrialRevived(m.getTrial(), m.getReason());
      }
      case TRIAL_EXPLOITED -> {
        SweepJournalEvent.TrialExploited m = message.getTrialExploited();
        yield new SweepEvent.TrialExploited(
            m.getTrial(),
            m.getEpoch(),
            m.getDonor(),
            point(m.getPoint()),
            m.getReason(),
            m.getAtMillis());
      }
      case TRIALS_ADDED -> new SweepEvent.TrialsAdded(message.getTrialsAdded().getTrials());
      case POINTS_ENQUEUED -> {
        SweepJournalEvent.PointsEnqueued m = message.getPointsEnqueued();
        yield new SweepEvent.PointsEnqueued(
            m.getRequestId(), m.getPointsList().stream().map(JournalMessages::point).toList());
      }
      case SPACE_CHANGED -> spaceChanged(message.getSpaceChanged());
      case TRIAL_PAUSED -> new SweepEvent.TrialPaused(message.getTrialPaused().getTrial());
      case TRIAL_RESUMED -> new SweepEvent.TrialResumed(message.getTrialResumed().getTrial());
      case MODEL_STORED -> modelStored(message.getModelStored());
      case SWEEP_PAUSED -> new SweepEvent.SweepPaused(message.getSweepPaused().getReason());
      case SWEEP_RESUMED -> new SweepEvent.SweepResumed();
      case END_REQUESTED -> endRequested(message.getEndRequested());
      case SWEEP_OVER -> new SweepEvent.SweepOver(known(message.getSweepOver().getState()));
      case EVENT_NOT_SET -> throw new UnknownRecordException("an event of a sweep");
    };
  }

  /** The event as it is journalled, and as a snapshot of its sweep holds it. */
  public static SweepJournalEvent.RungReached rungReached(SweepEvent.RungReached event) {
    return SweepJournalEvent.RungReached.newBuilder()
        .setTrial(event.trial())
        .setEpoch(event.epoch())
        .setValue(event.value())
        .build();
  }

  /** The event as it is journalled, and as a snapshot of its sweep holds it. */
  public static SweepJournalEvent.SpaceChanged spaceChanged(SweepEvent.SpaceChanged event) {
    SweepJournalEvent.SpaceChanged.Builder message =
        SweepJournalEvent.SpaceChanged.newBuilder()
            .setFirstTrial(event.firstTrial())
            .setReason(event.reason());
    event
        .domains()
        .forEach(
            (name, domain) ->
                message.addDimensions(
                    StoredDimension.newBuilder().setName(name).setDomain(message(domain))));
    return message.build();
  }

  /** The event that was journalled, or that a snapshot holds. */
  public static SweepEvent.SpaceChanged spaceChanged(SweepJournalEvent.SpaceChanged message) {
    Map<String, Domain> domains = new LinkedHashMap<>();
    message.getDimensionsList().forEach(d -> domains.put(d.getName(), domain(d.getDomain())));
    return new SweepEvent.SpaceChanged(message.getFirstTrial(), domains, message.getReason());
  }

  /** The event as it is journalled, and as a snapshot of its sweep holds it. */
  public static SweepJournalEvent.ModelStored modelStored(SweepEvent.ModelStored event) {
    SweepJournalEvent.ModelStored.Builder message =
        SweepJournalEvent.ModelStored.newBuilder()
            .setTrial(event.trial())
            .setModel(event.model())
            .setCaviarVersion(event.caviarVersion())
            .setDataSha256(event.dataSha256());
    if (event.test() != null) {
      message.setTest(event.test());
    }
    if (event.report() != null) {
      message.setReport(event.report());
    }
    return message.build();
  }

  /** The event that was journalled, or that a snapshot holds. */
  public static SweepEvent.ModelStored modelStored(SweepJournalEvent.ModelStored message) {
    return new SweepEvent.ModelStored(
        message.getTrial(),
        message.getModel(),
        message.hasTest() ? message.getTest() : null,
        message.getCaviarVersion(),
        message.getDataSha256(),
        message.hasReport() ? message.getReport() : null);
  }

  /** The event as it is journalled, and as a snapshot of its sweep holds it. */
  public static SweepJournalEvent.EndRequested endRequested(SweepEvent.EndRequested event) {
    return SweepJournalEvent.EndRequested.newBuilder()
        .setCancelRunning(event.cancelRunning())
        .setReason(event.reason())
        .build();
  }

  /** The event that was journalled, or that a snapshot holds. */
  public static SweepEvent.EndRequested endRequested(SweepJournalEvent.EndRequested message) {
    return new SweepEvent.EndRequested(message.getCancelRunning(), message.getReason());
  }

  /** The event as it is journalled. */
  public static CoordinatorJournalEvent message(CoordinatorEvent event) {
    CoordinatorJournalEvent.Builder message = CoordinatorJournalEvent.newBuilder();
    switch (event) {
      case CoordinatorEvent.SweepSubmitted e -> message.setSweepSubmitted(submitted(e));
      case CoordinatorEvent.SweepEnded e -> message.setSweepEnded(ended(e));
      case CoordinatorEvent.SweepReopened e ->
          message.getSweepReopenedBuilder().setSweepId(e.sweepId());
      case CoordinatorEvent.PandaStarted e -> message.setPandaStarted(e.begun());
      case CoordinatorEvent.PandaAdopted e -> message.setPandaAdopted(e.begun());
    }
    return message.build();
  }

  /** The event that was journalled. */
  public static CoordinatorEvent event(CoordinatorJournalEvent message) {
    return switch (message.getEventCase()) {
      case SWEEP_SUBMITTED -> submitted(message.getSweepSubmitted());
      case SWEEP_ENDED -> ended(message.getSweepEnded());
      case SWEEP_REOPENED ->
          new CoordinatorEvent.SweepReopened(message.getSweepReopened().getSweepId());
      case PANDA_STARTED -> new CoordinatorEvent.PandaStarted(message.getPandaStarted());
      case PANDA_ADOPTED -> new CoordinatorEvent.PandaAdopted(message.getPandaAdopted());
      case EVENT_NOT_SET -> throw new UnknownRecordException("an event of the coordinator");
    };
  }

  /** The event of a panda that was journalled: it is kept as it is. */
  static PandaJournalEvent known(PandaJournalEvent message) {
    if (message.getEventCase() == PandaJournalEvent.EventCase.EVENT_NOT_SET) {
      throw new UnknownRecordException("an event of a panda");
    }
    return message;
  }

  /** The event as it is journalled, and as a snapshot of the coordinator holds it. */
  public static CoordinatorJournalEvent.SweepSubmitted submitted(
      CoordinatorEvent.SweepSubmitted event) {
    CoordinatorJournalEvent.SweepSubmitted.Builder message =
        CoordinatorJournalEvent.SweepSubmitted.newBuilder()
            .setSweepId(event.sweepId())
            .setSweepFile(event.sweepFile())
            .setBaseDirectory(event.baseDirectory())
            .setSubmittedAtMillis(event.submittedAtMillis())
            .addAllEarlier(event.earlier())
            .addAllPoints(event.points())
            .setRetestOf(event.retestOf())
            .setOwner(event.owner());
    if (event.start() != null) {
      message.setStart(event.start());
    }
    return message.build();
  }

  /** The event that was journalled, or that a snapshot holds. */
  public static CoordinatorEvent.SweepSubmitted submitted(
      CoordinatorJournalEvent.SweepSubmitted message) {
    return new CoordinatorEvent.SweepSubmitted(
        message.getSweepId(),
        message.getSweepFile(),
        message.getBaseDirectory(),
        message.getSubmittedAtMillis(),
        message.getEarlierList(),
        message.getPointsList(),
        message.getRetestOf(),
        message.getOwner(),
        message.hasStart() ? message.getStart() : null);
  }

  /** The event as it is journalled, and as a snapshot of the coordinator holds it. */
  public static CoordinatorJournalEvent.SweepEnded ended(CoordinatorEvent.SweepEnded event) {
    return CoordinatorJournalEvent.SweepEnded.newBuilder()
        .setSweepId(event.sweepId())
        .setSummary(event.summary())
        .build();
  }

  /** The event that was journalled, or that a snapshot holds. */
  public static CoordinatorEvent.SweepEnded ended(CoordinatorJournalEvent.SweepEnded message) {
    return new CoordinatorEvent.SweepEnded(message.getSweepId(), message.getSummary());
  }

  /** The stage as it is stored. */
  public static StoredStage message(Stage stage) {
    StoredStage.Builder message =
        StoredStage.newBuilder()
            .setNumber(stage.number())
            .setFirstTrial(stage.firstTrial())
            .setTrials(stage.trials())
            .addAllDrawnFrom(stage.drawnFrom());
    for (Stage.Side side : stage.sides()) {
      message.addSides(
          StoredSide.newBuilder()
              .setDimension(side.dimension())
              .setDomain(message(side.domain()))
              .setHitLowerEdge(side.hitLowerEdge())
              .setHitUpperEdge(side.hitUpperEdge())
              .setWidened(side.widened()));
    }
    return message.build();
  }

  /** The stage that was stored. */
  public static Stage stage(StoredStage message) {
    return new Stage(
        message.getNumber(),
        message.getFirstTrial(),
        message.getTrials(),
        message.getDrawnFromList(),
        message.getSidesList().stream()
            .map(
                side ->
                    new Stage.Side(
                        side.getDimension(),
                        domain(side.getDomain()),
                        side.getHitLowerEdge(),
                        side.getHitUpperEdge(),
                        side.getWidened()))
            .toList());
  }

  private static StoredDomain message(Domain domain) {
    StoredDomain.Builder message = StoredDomain.newBuilder();
    switch (domain) {
      case Domain.RealRange(Scale scale, double min, double max) ->
          message.getRealRangeBuilder().setScale(message(scale)).setMin(min).setMax(max);
      case Domain.WholeRange(Scale scale, long min, long max) ->
          message.getWholeRangeBuilder().setScale(message(scale)).setMin(min).setMax(max);
      case Domain.Choices choices ->
          message
              .getChoicesBuilder()
              .addAllValues(choices.values().stream().map(ParameterValue::message).toList());
    }
    return message.build();
  }

  private static Domain domain(StoredDomain message) {
    return switch (message.getDomainCase()) {
      case REAL_RANGE -> {
        StoredDomain.RealRange range = message.getRealRange();
        yield new Domain.RealRange(scale(range.getScale()), range.getMin(), range.getMax());
      }
      case WHOLE_RANGE -> {
        StoredDomain.WholeRange range = message.getWholeRange();
        yield new Domain.WholeRange(scale(range.getScale()), range.getMin(), range.getMax());
      }
      case CHOICES ->
          new Domain.Choices(
              message.getChoices().getValuesList().stream().map(JournalMessages::value).toList());
      case DOMAIN_NOT_SET -> throw new UnknownRecordException("a kind of domain");
    };
  }

  private static StoredDomain.Scale message(Scale scale) {
    return switch (scale) {
      case LINEAR -> StoredDomain.Scale.LINEAR;
      case LOG -> StoredDomain.Scale.LOG;
      case ONE_MINUS_LOG -> StoredDomain.Scale.ONE_MINUS_LOG;
    };
  }

  private static Scale scale(StoredDomain.Scale message) {
    return switch (message) {
      case LINEAR -> Scale.LINEAR;
      case LOG -> Scale.LOG;
      case ONE_MINUS_LOG -> Scale.ONE_MINUS_LOG;
      case SCALE_UNSPECIFIED, UNRECOGNIZED -> throw new UnknownRecordException("a scale");
    };
  }

  /** The point as it is stored. */
  public static StoredPoint message(Point point) {
    StoredPoint.Builder message = StoredPoint.newBuilder();
    point
        .values()
        .forEach(
            (name, value) ->
                message.addValues(Parameter.newBuilder().setName(name).setValue(value.message())));
    return message.build();
  }

  /** The point that was stored. */
  public static Point point(StoredPoint message) {
    Map<String, ParameterValue> values = new LinkedHashMap<>();
    for (Parameter parameter : message.getValuesList()) {
      values.put(parameter.getName(), value(parameter.getValue()));
    }
    return new Point(Collections.unmodifiableMap(values));
  }

  private static ParameterValue value(dev.caviar.proto.v1.ParameterValue message) {
    return switch (message.getKindCase()) {
      case REAL -> new ParameterValue.Real(message.getReal());
      case INTEGER -> new ParameterValue.Whole(message.getInteger());
      case TEXT -> new ParameterValue.Text(message.getText());
      case FLAG -> new ParameterValue.Flag(message.getFlag());
      case PER_LAYER, KIND_NOT_SET -> throw new UnknownRecordException("a kind of value");
    };
  }

  /** The state as stored, if this Caviar knows it. */
  public static TrialState known(TrialState state) {
    if (state == TrialState.UNRECOGNIZED || state == TrialState.TRIAL_STATE_UNSPECIFIED) {
      throw new UnknownRecordException("a state of a trial");
    }
    return state;
  }

  /** The state as stored, if this Caviar knows it. */
  public static SweepState known(SweepState state) {
    if (state == SweepState.UNRECOGNIZED || state == SweepState.SWEEP_STATE_UNSPECIFIED) {
      throw new UnknownRecordException("a state of a sweep");
    }
    return state;
  }
}
