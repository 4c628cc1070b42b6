package dev.caviar.coordinator.sweep;

import dev.caviar.coordinator.search.Stage;
import dev.caviar.coordinator.space.Dimension;
import dev.caviar.coordinator.space.Domain;
import dev.caviar.coordinator.space.SearchSpace;
import dev.caviar.proto.v1.SearchStage;
import dev.caviar.proto.v1.SpaceChange;
import dev.caviar.proto.v1.StageRange;
import java.util.List;

/** A coarse-to-fine stage in the words of sweep.proto, and back; and a change of the space. */
public final class StageMessages {
  private StageMessages() {}

  /**
   * @param repeats trials at each point: samplers count points, and messages trials
   */
  static SearchStage message(Stage stage, int repeats) {
    SearchStage.Builder message =
        SearchStage.newBuilder()
            .setNumber(stage.number())
            .setFirstTrial(stage.firstTrial() * repeats)
            .setTrials(stage.trials() * repeats)
            .addAllDrawnFrom(stage.drawnFrom().stream().map(point -> point * repeats).toList());
    for (Stage.Side side : stage.sides()) {
      message.addRanges(
          range(side.dimension(), side.domain())
              .setHitLowerEdge(side.hitLowerEdge())
              .setHitUpperEdge(side.hitUpperEdge())
              .setWidened(side.widened()));
    }
    return message.build();
  }

  static SpaceChange message(SweepEvent.SpaceChanged change) {
    SpaceChange.Builder message =
        SpaceChange.newBuilder().setFirstTrial(change.firstTrial()).setReason(change.reason());
    change.domains().forEach((name, domain) -> message.addRanges(range(name, domain)));
    return message.build();
  }

  private static StageRange.Builder range(String dimension, Domain domain) {
    StageRange.Builder range = StageRange.newBuilder().setParameter(dimension);
    switch (domain) {
      case Domain.RealRange(var scale, double min, double max) -> range.setMin(min).setMax(max);
      case Domain.WholeRange(var scale, long min, long max) ->
          range.setMin((double) min).setMax((double) max);
      case Domain.Choices(var values) ->
          values.forEach(value -> range.addChoices(SweepMessages.readable(value)));
    }
    return range;
  }

  /**
   * The stage as its coordinator drew it, in numbers of trials.
   *
   * @param space that of the sweep
   * @throws IllegalArgumentException if the message leaves out a dimension of the space
   */
  public static Stage stage(SearchSpace space, SearchStage message) {
    return new Stage(
        message.getNumber(),
        message.getFirstTrial(),
        message.getTrials(),
        message.getDrawnFromList(),
        space.dimensions().stream().map(dimension -> side(dimension, message)).toList());
  }

  private static Stage.Side side(Dimension dimension, SearchStage message) {
    StageRange range =
        message.getRangesList().stream()
            .filter(r -> r.getParameter().equals(dimension.name()))
            .findFirst()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "stage %d says nothing of %s"
                            .formatted(message.getNumber(), dimension.name())));
    return new Stage.Side(
        dimension.name(),
        domain(dimension, range),
        range.getHitLowerEdge(),
        range.getHitUpperEdge(),
        range.getWidened());
  }

  private static Domain domain(Dimension dimension, StageRange range) {
    List<String> choices = range.getChoicesList();
    return switch (dimension.domain()) {
      case Domain.RealRange r -> new Domain.RealRange(r.scale(), range.getMin(), range.getMax());
      case Domain.WholeRange w ->
          new Domain.WholeRange(w.scale(), (long) range.getMin(), (long) range.getMax());
      case Domain.Choices c ->
          new Domain.Choices(
              c.values().stream()
                  .filter(value -> choices.contains(SweepMessages.readable(value)))
                  .toList());
    };
  }
}
