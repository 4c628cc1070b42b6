package dev.caviar.coordinator.panda;

import dev.caviar.coordinator.RequestException;
import dev.caviar.coordinator.RequestException.Code;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.PandaBranch;
import dev.caviar.proto.v1.PandaCheckpoint;
import dev.caviar.proto.v1.RollBackPandaRequest;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a panda goes back to: the state of a branch after so many mini-batches.
 *
 * @param branch that it lies on
 * @param epoch whole epochs trained until then
 * @param entry the last entry of the ledger that counts there of those made after just as many
 *     mini-batches; 0: none of them
 * @param checkpoint that it goes on from, at that step or before it; 0: from the start
 */
record RollbackTarget(int branch, long step, int epoch, long entry, int checkpoint) {

  /** Whether the curve has to be looked at to find it. */
  static boolean needsCurve(RollBackPandaRequest request) {
    return request.hasStep() || request.hasEpoch();
  }

  /**
   * What was asked for.
   *
   * @param way the curve on the way to the present branch's end: its points by branch, the first
   *     branch first; may be empty unless {@link #needsCurve}
   * @throws RequestException if there is no such place
   */
  static RollbackTarget of(
      Panda panda, RollBackPandaRequest request, List<List<CurvePoint>> way, long nowMillis) {
    return switch (request.getToCase()) {
      case BEST -> at(panda.best(), "no epoch has ended yet, so there is no best; try step:0");
      case CHECKPOINT ->
          at(
              panda.checkpoint(request.getCheckpoint()),
              "checkpoint %d is not kept, or never was; kept are %s"
                  .formatted(request.getCheckpoint(), numbers(panda)));
      case NAME ->
          at(
              panda.checkpoints().stream()
                  .filter(checkpoint -> checkpoint.getName().equals(request.getName()))
                  .max(Comparator.comparingInt(PandaCheckpoint::getNumber))
                  .orElse(null),
              "no checkpoint has the name %s; names are %s"
                  .formatted(request.getName(), names(panda)));
      case AGO_MILLIS -> ago(panda, request.getAgoMillis(), nowMillis);
      case BRANCH -> end(panda, request.getBranch());
      case STEP -> step(panda, request.getStep(), way);
      case EPOCH -> epoch(panda, request.getEpoch(), way);
      case TO_NOT_SET ->
          throw new RequestException(
              Code.INVALID_ARGUMENT,
              "say where to: best, a checkpoint, a time, a step or an epoch");
    };
  }

  private static RollbackTarget at(@Nullable PandaCheckpoint checkpoint, String orElse) {
    if (checkpoint == null) {
      throw new RequestException(Code.NOT_FOUND, orElse);
    }
    return new RollbackTarget(
        checkpoint.getBranch(),
        checkpoint.getStep(),
        checkpoint.getEpoch(),
        checkpoint.getLastEntry(),
        checkpoint.getNumber());
  }

  private static RollbackTarget ago(Panda panda, long agoMillis, long nowMillis) {
    if (agoMillis < 0) {
      throw new RequestException(Code.INVALID_ARGUMENT, "that would be in the future");
    }
    return at(
        panda.checkpointsOnTheWay(panda.branch()).stream()
            .filter(checkpoint -> checkpoint.getTakenAtMillis() <= nowMillis - agoMillis)
            .max(Comparator.comparingLong(PandaCheckpoint::getTakenAtMillis))
            .orElse(null),
        "no checkpoint on the way to where it is is that old; it began %s ago"
            .formatted(text(Duration.ofMillis(nowMillis - panda.startedAtMillis()))));
  }

  private static RollbackTarget end(Panda panda, int branch) {
    if (branch < 0 || branch > panda.branch()) {
      throw new RequestException(
          Code.NOT_FOUND,
          "there is no branch %d; they are 0 to %d".formatted(branch, panda.branch()));
    }
    return at(
        panda.checkpointsOnTheWay(branch).stream()
            .filter(checkpoint -> checkpoint.getBranch() == branch)
            .reduce((before, after) -> after)
            .orElse(null),
        "branch %d was left before its first checkpoint".formatted(branch));
  }

  private static RollbackTarget step(Panda panda, long step, List<List<CurvePoint>> way) {
    List<PandaBranch> branches = panda.way(panda.branch());
    long trained = trained(panda, way);
    if (step < 0 || step > trained) {
      throw new RequestException(
          Code.INVALID_ARGUMENT,
          "step %d is not on the way to where it is; that is known up to step %d"
              .formatted(step, trained));
    }
    int at = branches.size() - 1;
    while (at > 0 && branches.get(at).getFromStep() > step) {
      at--;
    }
    PandaBranch branch = branches.get(at);
    if (step < branch.getFromStep()) {
      throw new RequestException(
          Code.INVALID_ARGUMENT,
          "it began at step %d, with a sweep's trial".formatted(branch.getFromStep()));
    }
    int epoch = 0;
    for (List<CurvePoint> points : way) {
      for (CurvePoint point : points) {
        epoch = point.getStep() <= step ? Math.max(epoch, point.getEpoch()) : epoch;
      }
    }
    long entry = step == branch.getFromStep() ? branch.getFromEntry() : 0;
    int number = branch.getBranch();
    PandaCheckpoint checkpoint =
        panda.checkpointsOnTheWay(number).stream()
            .filter(
                each ->
                    each.getStep() < step
                        || (each.getStep() == step && each.getLastEntry() <= entry))
            .reduce((before, after) -> after)
            .orElse(null);
    return new RollbackTarget(
        number,
        step,
        Math.max(epoch, branch.getFromEpoch()),
        entry,
        checkpoint == null ? 0 : checkpoint.getNumber());
  }

  private static long trained(Panda panda, List<List<CurvePoint>> way) {
    long step = panda.branch(panda.branch()).getStep();
    step = Math.max(step, panda.branch(panda.branch()).getFromStep());
    for (List<CurvePoint> points : way) {
      step = points.isEmpty() ? step : Math.max(step, points.getLast().getStep());
    }
    return step;
  }

  private static RollbackTarget epoch(Panda panda, int epoch, List<List<CurvePoint>> way) {
    if (epoch == 0) {
      return step(panda, 0, way);
    }
    CurvePoint point =
        way.stream()
            .flatMap(List::stream)
            .filter(each -> each.getEpoch() == epoch)
            .reduce((before, after) -> after)
            .orElseThrow(
                () ->
                    new RequestException(
                        Code.INVALID_ARGUMENT,
                        "epoch %d is not on the way to where it is".formatted(epoch)));
    return step(panda, point.getStep(), way);
  }

  private static String numbers(Panda panda) {
    List<String> numbers =
        panda.checkpoints().stream()
            .map(checkpoint -> Integer.toString(checkpoint.getNumber()))
            .toList();
    return numbers.isEmpty()
        ? "none yet"
        : String.join(", ", numbers.subList(Math.max(0, numbers.size() - 10), numbers.size()));
  }

  private static String names(Panda panda) {
    List<String> names =
        panda.checkpoints().stream()
            .map(PandaCheckpoint::getName)
            .filter(name -> !name.isEmpty())
            .distinct()
            .toList();
    return names.isEmpty() ? "none" : String.join(", ", names);
  }

  private static String text(Duration span) {
    return span.toDays() > 0
        ? "%d days and %d hours".formatted(span.toDays(), span.toHoursPart())
        : "%d hours, %d minutes and %d seconds"
            .formatted(span.toHours(), span.toMinutesPart(), span.toSecondsPart());
  }
}
