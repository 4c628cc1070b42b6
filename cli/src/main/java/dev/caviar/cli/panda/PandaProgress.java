package dev.caviar.cli.panda;

import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.GetPandaCurveResponse;
import dev.caviar.proto.v1.Intervention;
import dev.caviar.proto.v1.PandaState;
import dev.caviar.proto.v1.PandaUpdate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A panda as far as its updates tell of it. Not thread-safe: whoever shares it holds its monitor.
 */
final class PandaProgress {
  private PandaState state = PandaState.getDefaultInstance();
  private final Map<Integer, ThinnedCurve> branches = new HashMap<>();

  /** Takes what is new. */
  void apply(PandaUpdate update) {
    if (update.hasState()) {
      state = update.getState();
    }
    if (update.getPointsCount() > 0) {
      curve(update.getBranch()).add(update.getPointsList());
    }
  }

  /** Takes the curve that led to a branch's end, of branches that no update told of. */
  void apply(int branch, GetPandaCurveResponse curve) {
    List<Lineage.Stretch> stretches = Lineage.of(state, branch).stretches();
    int known = Math.min(stretches.size(), curve.getStretchesCount());
    for (int i = 0; i < known; i++) {
      curve(stretches.get(i).branch().getBranch()).add(curve.getStretches(i).getPointsList());
    }
  }

  private ThinnedCurve curve(int branch) {
    return branches.computeIfAbsent(branch, number -> new ThinnedCurve());
  }

  /** The last state that was told; all defaults before the first. */
  PandaState state() {
    return state;
  }

  /** Whether anything is known yet. */
  boolean isKnown() {
    return !state.getPandaId().isEmpty();
  }

  /** Whether the branches before the present one have points that no update tells of. */
  boolean lacksEarlier() {
    return state.getBranchesCount() > 0
        && Lineage.of(state, state.getBranch()).stretches().stream()
            .filter(stretch -> stretch.branch().getBranch() != state.getBranch())
            .filter(stretch -> stretch.end().step() > stretch.branch().getFromStep())
            .anyMatch(stretch -> curve(stretch.branch().getBranch()).isEmpty());
  }

  /** The curve that led to where it is. */
  List<CurvePoint> points() {
    if (state.getBranchesCount() == 0) {
      return curve(state.getBranch()).points();
    }
    Map<Integer, List<CurvePoint>> own =
        branches.entrySet().stream()
            .collect(Collectors.toMap(Map.Entry::getKey, entry -> entry.getValue().points()));
    return Lineage.of(state, state.getBranch()).points(own);
  }

  /** The entries of the ledger that count on the way to where it is. */
  List<Intervention> entries() {
    return state.getBranchesCount() == 0
        ? List.of()
        : Lineage.of(state, state.getBranch()).entries(state);
  }
}
