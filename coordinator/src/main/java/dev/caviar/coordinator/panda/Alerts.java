package dev.caviar.coordinator.panda;

import dev.caviar.coordinator.space.Hyperparameter;
import dev.caviar.coordinator.space.SweepDefinition.Objective;
import dev.caviar.proto.v1.AlertKind;
import dev.caviar.proto.v1.BatchNormStatistics;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.Intervention;
import dev.caviar.proto.v1.InterventionKind;
import dev.caviar.proto.v1.LayerStatistics;
import dev.caviar.proto.v1.PandaAlert;
import dev.caviar.proto.v1.Parameter;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What somebody who watches a panda would see in its curve and its layers, and what they would do.
 * Pure functions of the last points, and of what was done last.
 */
final class Alerts {
  /** Epochs without a better network that are a plateau. */
  static final int PLATEAU_EPOCHS = 20;

  /** Epochs after an intervention in which what is off is put down to it. */
  static final int UNSETTLED_EPOCHS = 10;

  /** Of a dev loss above the smallest there was, with a train loss that fell on: overfitting. */
  static final double OVERFITTING = 1.2;

  /** Of a train loss above the smallest of the last epochs: it diverges. */
  static final double DIVERGENCE = 2;

  /** Standard deviations between what training and prediction subtract. */
  static final double MEAN_GAP = 0.5;

  /** ln of the ratio of what training and prediction divide by: twice, or half. */
  static final double VARIANCE_GAP = Math.log(2);

  /** The fraction of a layer's units that may be dead, or have a γ near 0. */
  static final double BAD_UNITS = 0.2;

  /** The variance of fewer examples is off by more than a third, one time out of three. */
  static final long SMALL_BATCH = 16;

  private final String id;
  private final Objective objective;
  private final List<CurvePoint> points;
  private final List<Parameter> parameters;
  private final @Nullable Intervention lastChange;
  private final List<PandaAlert> alerts = new ArrayList<>();

  private Alerts(
      String id,
      Objective objective,
      List<CurvePoint> points,
      List<Parameter> parameters,
      @Nullable Intervention lastChange) {
    this.id = id;
    this.objective = objective;
    this.points = points;
    this.parameters = parameters;
    this.lastChange = lastChange;
  }

  /**
   * What is to be said after a branch's last point.
   *
   * @param points the last ones on the way to where it is, oldest first; empty before the first
   *     epoch
   */
  static List<PandaAlert> of(Panda panda, List<CurvePoint> points) {
    var alerts =
        new Alerts(
            panda.id(),
            panda.definition().objective(),
            points,
            panda.parameters(),
            lastChange(panda).orElse(null));
    alerts.look();
    return List.copyOf(alerts.alerts);
  }

  /** What was last done to the branch that trains, of what can be the reason of an alert. */
  static Optional<Intervention> lastChange(Panda panda) {
    int branch = panda.branch();
    return panda.ledger().stream()
        .filter(entry -> entry.getBranch() == branch && entry.hasEpoch())
        .filter(entry -> isChange(entry.getKind()))
        .reduce((before, after) -> after);
  }

  private static boolean isChange(InterventionKind kind) {
    return switch (kind) {
      case INTERVENTION_TUNE, INTERVENTION_RECALIBRATE, INTERVENTION_ROLLBACK -> true;
      default -> false;
    };
  }

  private void look() {
    smallBatch();
    if (points.isEmpty()) {
      return;
    }
    plateau();
    if (!divergence()) {
      overfitting();
    }
    runningStatistics();
    layers(
        AlertKind.ALERT_SMALL_GAMMA,
        layer -> layer.getBatchNorm().getGammaNearZero() > BAD_UNITS * layer.getUnits(),
        "γ is near 0 in a fifth of the units of",
        "these units say nothing any more: less l2 or a lower learning rate lets them come back,"
            + " and if the error is fine a smaller layer would do");
    layers(
        AlertKind.ALERT_DEAD_UNITS,
        layer -> layer.getDeadUnits() > BAD_UNITS * layer.getUnits(),
        "a fifth of the units are dead or saturated for every example in",
        "they get no gradient: roll back to before it, and go on with a lower learning rate");
  }

  private CurvePoint last() {
    return points.getLast();
  }

  private int epochsSinceChange() {
    return lastChange == null ? Integer.MAX_VALUE : last().getEpoch() - lastChange.getEpoch();
  }

  private void plateau() {
    CurvePoint best = points.getFirst();
    for (CurvePoint point : points) {
      if (objective.isBetter(objective.metric().value(point), objective.metric().value(best))) {
        best = point;
      }
    }
    int epochs = last().getEpoch() - best.getEpoch();
    if (epochs >= PLATEAU_EPOCHS && epochsSinceChange() >= PLATEAU_EPOCHS) {
      add(
          AlertKind.ALERT_PLATEAU,
          "%s has not become better for %d epochs: %s after epoch %d"
              .formatted(
                  objective.metric().key(),
                  epochs,
                  number(objective.metric().value(best)),
                  best.getEpoch()),
          "a smaller step may find more: caviar panda set %s learning_rate=%s"
              .formatted(id, number(last().getLearningRate() / 3)),
          best.getEpoch() + PLATEAU_EPOCHS);
    }
  }

  private boolean divergence() {
    List<CurvePoint> lately = points.subList(Math.max(0, points.size() - 10), points.size());
    double smallest =
        lately.stream().mapToDouble(CurvePoint::getTrainLoss).min().orElse(Double.NaN);
    boolean rises =
        lately.size() >= 3
            && lately.get(lately.size() - 2).getTrainLoss() > smallest
            && last().getTrainLoss() > DIVERGENCE * smallest;
    if (rises) {
      add(
          AlertKind.ALERT_DIVERGENCE,
          "the train loss has risen to %s, and was %s within the last %d epochs"
              .formatted(number(last().getTrainLoss()), number(smallest), lately.size()),
          "go back and take smaller steps: caviar panda rollback %s --to best, then caviar panda set %s learning_rate=%s"
              .formatted(id, id, number(last().getLearningRate() / 10)),
          last().getEpoch());
    }
    return rises;
  }

  private void overfitting() {
    CurvePoint lowest = points.getFirst();
    for (CurvePoint point : points) {
      if (point.getDevLoss() < lowest.getDevLoss()) {
        lowest = point;
      }
    }
    if (last().getDevLoss() > OVERFITTING * lowest.getDevLoss()
        && last().getTrainLoss() < lowest.getTrainLoss()
        && last().getEpoch() - lowest.getEpoch() >= 3) {
      add(
          AlertKind.ALERT_OVERFITTING,
          "the dev loss has risen from %s after epoch %d to %s while the train loss fell from %s to %s"
              .formatted(
                  number(lowest.getDevLoss()),
                  lowest.getEpoch(),
                  number(last().getDevLoss()),
                  number(lowest.getTrainLoss()),
                  number(last().getTrainLoss())),
          "it learns the training examples by heart: more l2 or dropout, or stop at the best: caviar panda rollback %s --to best"
              .formatted(id),
          lowest.getEpoch());
    }
  }

  private void runningStatistics() {
    // One epoch alone may be chance.
    if (points.size() < 2 || !gapIn(last()) || !gapIn(points.get(points.size() - 2))) {
      return;
    }
    boolean unsettled = epochsSinceChange() <= UNSETTLED_EPOCHS;
    LayerStatistics worst =
        last().getLayersList().stream().filter(Alerts::hasGap).findFirst().orElseThrow();
    BatchNormStatistics norm = worst.getBatchNorm();
    String message =
        "the running statistics of layer %d are not those of its mini-batches: means %s standard deviations apart, variances off by a factor of %s"
            .formatted(
                last().getLayersList().indexOf(worst),
                number(norm.getMeanGap()),
                number(Math.exp(Math.abs(norm.getVarianceGap()))));
    String advice = "predictions suffer from it: caviar panda recalibrate " + id;
    if (unsettled) {
      add(
          AlertKind.ALERT_STALE_STATISTICS,
          message + ", since it was changed %d epochs ago".formatted(epochsSinceChange()),
          advice + ", or wait until they have followed",
          last().getEpoch());
    } else {
      add(AlertKind.ALERT_RUNNING_STATISTICS, message, advice, last().getEpoch());
    }
  }

  private static boolean gapIn(CurvePoint point) {
    return point.getLayersList().stream().anyMatch(Alerts::hasGap);
  }

  private static boolean hasGap(LayerStatistics layer) {
    return layer.hasBatchNorm()
        && (layer.getBatchNorm().getMeanGap() > MEAN_GAP
            || Math.abs(layer.getBatchNorm().getVarianceGap()) > VARIANCE_GAP);
  }

  private void layers(
      AlertKind kind, Predicate<LayerStatistics> bad, String message, String advice) {
    List<Integer> layers = new ArrayList<>();
    for (int i = 0; i < last().getLayersCount(); i++) {
      if (bad.test(last().getLayers(i))) {
        layers.add(i);
      }
    }
    if (!layers.isEmpty()) {
      add(
          kind,
          "%s hidden layer%s %s"
              .formatted(
                  message,
                  layers.size() == 1 ? "" : "s",
                  String.join(", ", layers.stream().map(String::valueOf).toList())),
          advice,
          last().getEpoch());
    }
  }

  private void smallBatch() {
    long batch =
        parameter(Hyperparameter.BATCH_SIZE).map(p -> p.getValue().getInteger()).orElse(0L);
    boolean norm =
        parameter(Hyperparameter.BATCH_NORM).map(p -> p.getValue().getFlag()).orElse(false);
    if (norm && batch > 1 && batch < SMALL_BATCH) {
      add(
          AlertKind.ALERT_SMALL_BATCH,
          "mini-batches of %d examples have a variance that is off by %.0f %% from one to the next"
              .formatted(batch, 100 * Math.sqrt(2.0 / (batch - 1))),
          "batch norm divides by it: caviar panda set %s batch_size=%d"
              .formatted(id, 2 * SMALL_BATCH),
          points.isEmpty() ? 0 : points.getFirst().getEpoch());
    }
  }

  private Optional<Parameter> parameter(Hyperparameter hyperparameter) {
    return parameters.stream()
        .filter(parameter -> parameter.getName().equals(hyperparameter.key()))
        .findFirst();
  }

  private void add(AlertKind kind, String message, String advice, int epoch) {
    alerts.add(
        PandaAlert.newBuilder()
            .setKind(kind)
            .setMessage(message)
            .setAdvice(advice)
            .setEpoch(epoch)
            .build());
  }

  /** Three digits that count. */
  private static String number(double x) {
    return x != 0 && (Math.abs(x) < 1e-3 || Math.abs(x) >= 1e4)
        ? String.format(Locale.ROOT, "%.2e", x)
        : new BigDecimal(x).round(new MathContext(3)).stripTrailingZeros().toPlainString();
  }
}
