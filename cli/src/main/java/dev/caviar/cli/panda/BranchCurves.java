package dev.caviar.cli.panda;

import dev.caviar.cli.Answers;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.GetPandaCurveRequest;
import dev.caviar.proto.v1.GetPandaCurveResponse;
import dev.caviar.proto.v1.PandaBranch;
import dev.caviar.proto.v1.PandaState;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Each branch's own points, of a coordinator that tells the curve to a branch's end. */
final class BranchCurves {
  private BranchCurves() {}

  /** All points of all branches. */
  static Map<Integer, List<CurvePoint>> fetch(PandaClient pandas, PandaState panda)
      throws Exception {
    Map<Integer, List<CurvePoint>> curves = new TreeMap<>();
    for (PandaBranch branch : panda.getBranchesList()) {
      GetPandaCurveResponse curve =
          Answers.await(
              pandas.curve(
                  GetPandaCurveRequest.newBuilder()
                      .setPandaId(panda.getPandaId())
                      .setBranch(branch.getBranch())
                      .build()));
      curves.put(branch.getBranch(), own(curve));
    }
    return curves;
  }

  private static List<CurvePoint> own(GetPandaCurveResponse curve) {
    int last = curve.getStretchesCount() - 1;
    return last < 0 ? List.of() : curve.getStretches(last).getPointsList();
  }
}
