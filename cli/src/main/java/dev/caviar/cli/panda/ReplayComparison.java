package dev.caviar.cli.panda;

import dev.caviar.proto.v1.CurvePoint;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What was recorded of a panda beside what it came to when it was trained again. Numbers are the
 * same if all their bits are; how long anything took plays no part.
 *
 * @param branches in the order of their numbers
 * @param recorded the digest of what was recorded
 * @param replayed the digest of the same of what was trained again; the same if all is
 */
record ReplayComparison(List<Branch> branches, String recorded, String replayed) {
  /** What is compared of a point besides its place. */
  private static final List<Measure> MEASURES =
      List.of(
          new Measure("train_loss", CurvePoint::getTrainLoss),
          new Measure("dev_loss", CurvePoint::getDevLoss),
          new Measure("dev_error", CurvePoint::getDevError),
          new Measure("learning_rate", CurvePoint::getLearningRate));

  private record Measure(String name, ToDoubleFunction<CurvePoint> of) {}

  /**
   * One branch.
   *
   * @param points how many were compared
   * @param checkpoints likewise
   * @param difference where it first differs; null where it is the same
   */
  record Branch(int branch, int points, int checkpoints, @Nullable String difference) {}

  /**
   * What is compared of a branch: its points, and the digests of its checkpoints by their numbers.
   */
  record Side(List<CurvePoint> points, Map<Integer, String> digests) {}

  /** Compares all branches that are recorded. */
  static ReplayComparison of(Map<Integer, Side> recorded, Map<Integer, Side> replayed) {
    List<Branch> branches = new ArrayList<>();
    recorded.forEach(
        (branch, side) ->
            branches.add(
                compare(
                    branch, side, replayed.getOrDefault(branch, new Side(List.of(), Map.of())))));
    return new ReplayComparison(List.copyOf(branches), digest(recorded), digest(replayed));
  }

  boolean same() {
    return branches.stream().allMatch(branch -> branch.difference() == null);
  }

  private static Branch compare(int branch, Side recorded, Side replayed) {
    return new Branch(
        branch,
        recorded.points().size(),
        recorded.digests().size(),
        difference(recorded, replayed));
  }

  private static @Nullable String difference(Side recorded, Side replayed) {
    Map<Integer, CurvePoint> again =
        replayed.points().stream()
            .collect(
                Collectors.toMap(CurvePoint::getEpoch, Function.identity(), (one, other) -> other));
    for (CurvePoint point : recorded.points()) {
      CurvePoint other = again.remove(point.getEpoch());
      if (other == null) {
        return "epoch %d was not reached again".formatted(point.getEpoch());
      }
      String difference = difference(point, other);
      if (difference != null) {
        return "epoch %d: %s".formatted(point.getEpoch(), difference);
      }
    }
    if (!again.isEmpty()) {
      return "epoch %d is not recorded"
          .formatted(again.keySet().stream().mapToInt(Integer::intValue).min().orElseThrow());
    }
    for (Map.Entry<Integer, String> digest : recorded.digests().entrySet()) {
      if (!digest.getValue().equals(replayed.digests().get(digest.getKey()))) {
        return "checkpoint %d".formatted(digest.getKey());
      }
    }
    return null;
  }

  private static @Nullable String difference(CurvePoint recorded, CurvePoint replayed) {
    if (recorded.getStep() != replayed.getStep()) {
      return "step %d, now %d".formatted(recorded.getStep(), replayed.getStep());
    }
    for (Measure measure : MEASURES) {
      double before = measure.of().applyAsDouble(recorded);
      double after = measure.of().applyAsDouble(replayed);
      if (Double.doubleToLongBits(before) != Double.doubleToLongBits(after)) {
        return "%s %s, now %s".formatted(measure.name(), before, after);
      }
    }
    return null;
  }

  private static String digest(Map<Integer, Side> sides) {
    MessageDigest sha256;
    try {
      sha256 = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java has SHA-256", e);
    }
    sides.forEach(
        (branch, side) -> {
          sha256.update(ByteBuffer.allocate(Integer.BYTES).putInt(branch).flip());
          for (CurvePoint point : side.points()) {
            ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES + 5 * Long.BYTES);
            bytes.putInt(point.getEpoch()).putLong(point.getStep());
            MEASURES.forEach(measure -> bytes.putDouble(measure.of().applyAsDouble(point)));
            sha256.update(bytes.flip());
          }
          side.digests()
              .values()
              .forEach(digest -> sha256.update(digest.getBytes(StandardCharsets.US_ASCII)));
        });
    return HexFormat.of().formatHex(sha256.digest());
  }
}
