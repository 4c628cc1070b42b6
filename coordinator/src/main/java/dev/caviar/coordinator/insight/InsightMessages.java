package dev.caviar.coordinator.insight;

import dev.caviar.coordinator.importance.Curve;
import dev.caviar.coordinator.importance.Effect;
import dev.caviar.coordinator.importance.Surface;
import dev.caviar.coordinator.search.Zoom;
import dev.caviar.coordinator.space.Dimension;
import dev.caviar.coordinator.space.Domain;
import dev.caviar.coordinator.space.ParameterValue;
import dev.caviar.coordinator.space.SearchSpace;
import dev.caviar.proto.v1.ExplainedStage;
import dev.caviar.proto.v1.GetMarginalResponse;
import dev.caviar.proto.v1.GetSpaceResponse;
import dev.caviar.proto.v1.GetZoomResponse;
import dev.caviar.proto.v1.ImportanceEffect;
import dev.caviar.proto.v1.SearchStage;
import dev.caviar.proto.v1.SpaceDimension;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Spaces, importance and explained stages in the words of insight.proto. */
public final class InsightMessages {
  private InsightMessages() {}

  /** The dimensions of a space. */
  public static GetSpaceResponse message(SearchSpace space) {
    GetSpaceResponse.Builder message = GetSpaceResponse.newBuilder();
    space.dimensions().forEach(dimension -> message.addDimensions(message(dimension)));
    return message.build();
  }

  private static SpaceDimension message(Dimension dimension) {
    SpaceDimension.Builder message =
        SpaceDimension.newBuilder()
            .setName(dimension.name())
            .setParameter(dimension.parameter())
            .setLayer(dimension.layer())
            .setConditional(dimension.condition() != null);
    switch (dimension.domain()) {
      case Domain.RealRange(var scale, double min, double max) ->
          message.setScale(scale.name().toLowerCase(Locale.ROOT)).setMin(min).setMax(max);
      case Domain.WholeRange(var scale, long min, long max) ->
          message
              .setScale(scale.name().toLowerCase(Locale.ROOT))
              .setMin((double) min)
              .setMax((double) max)
              .setWhole(true);
      case Domain.Choices(var values) ->
          values.forEach(value -> message.addChoices(value.message()));
    }
    return message.build();
  }

  /** Effects in the same order. */
  public static List<ImportanceEffect> messages(List<Effect> effects) {
    return effects.stream().map(InsightMessages::message).toList();
  }

  private static ImportanceEffect message(Effect effect) {
    ImportanceEffect.Builder message =
        ImportanceEffect.newBuilder()
            .addAllDimensions(effect.dimensions())
            .setShare(effect.share());
    Double deviation = effect.deviation();
    if (deviation != null) {
      message.setDeviation(deviation);
    }
    return message.build();
  }

  /**
   * What is to be expected over one dimension.
   *
   * @param trials that it was computed from
   */
  public static GetMarginalResponse message(Curve curve, int trials) {
    GetMarginalResponse.Builder message = GetMarginalResponse.newBuilder().setTrials(trials);
    for (Curve.Value point : curve.points()) {
      message
          .addValues(point.value().message())
          .addMeans(point.mean())
          .addDeviations(point.deviation());
    }
    return message.build();
  }

  /**
   * What is to be expected over two dimensions.
   *
   * @param trials that it was computed from
   */
  public static GetMarginalResponse message(Surface surface, int trials) {
    GetMarginalResponse.Builder message = GetMarginalResponse.newBuilder().setTrials(trials);
    surface.values().stream().map(ParameterValue::message).forEach(message::addValues);
    surface.secondValues().stream().map(ParameterValue::message).forEach(message::addSecondValues);
    for (double[] row : surface.means()) {
      Arrays.stream(row).forEach(message::addMeans);
    }
    for (double[] row : surface.deviations()) {
      Arrays.stream(row).forEach(message::addDeviations);
    }
    return message.build();
  }

  /**
   * Stages with their explanations.
   *
   * @param stages as the sweep has them, one for each of those explained
   */
  public static GetZoomResponse message(List<SearchStage> stages, List<Zoom> zooms) {
    GetZoomResponse.Builder message = GetZoomResponse.newBuilder();
    for (int i = 0; i < zooms.size(); i++) {
      message.addStages(message(stages.get(i), zooms.get(i)));
    }
    return message.build();
  }

  private static ExplainedStage message(SearchStage stage, Zoom zoom) {
    ExplainedStage.Builder message =
        ExplainedStage.newBuilder()
            .setStage(stage)
            .setBefore(zoom.before())
            .setCompleted(zoom.completed())
            .addAllInside(zoom.inside());
    Double worst = zoom.worstKept();
    if (worst != null) {
      message.setWorstKept(worst);
    }
    for (Zoom.Side side : zoom.sides()) {
      message
          .addSidesBuilder()
          .setDimension(side.side().dimension())
          .setOfBefore(side.ofBefore())
          .setOfRange(side.ofRange());
    }
    return message.build();
  }
}
