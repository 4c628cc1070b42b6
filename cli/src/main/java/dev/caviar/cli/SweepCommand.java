package dev.caviar.cli;

import dev.caviar.proto.v1.GetSweepRequest;
import dev.caviar.proto.v1.GetSweepResponse;
import dev.caviar.proto.v1.TrialStatus;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Parameters;

/** A command about one sweep of a coordinator elsewhere. */
abstract class SweepCommand extends ClusterCommand {
  private static final int TRIALS_AT_ONCE = 5_000;

  @SuppressWarnings("NullAway.Init")
  @Parameters(paramLabel = "SWEEP", description = SweepReference.DESCRIPTION)
  private String sweep;

  /** The id of the sweep that is meant. */
  final String sweepId(SweepClient client) throws Exception {
    return SweepReference.resolve(client, sweep).getStatus().getSweepId();
  }

  /** All there is to know of it but curves. */
  final GetSweepResponse get(SweepClient client) throws Exception {
    return get(client, sweepId(client));
  }

  /** The same without trials but the best one and those of the front. */
  final GetSweepResponse getLeading(SweepClient client) throws Exception {
    return Answers.await(
        client.get(
            GetSweepRequest.newBuilder().setSweepId(sweepId(client)).setLeading(true).build()));
  }

  /** Part by part, as one answer has no room for very many trials. */
  static GetSweepResponse get(SweepClient client, String id) throws Exception {
    List<TrialStatus> trials = new ArrayList<>();
    while (true) {
      GetSweepResponse part =
          Answers.await(
              client.get(
                  GetSweepRequest.newBuilder()
                      .setSweepId(id)
                      .setFirstTrial(trials.size())
                      .setMostTrials(TRIALS_AT_ONCE)
                      .build()));
      trials.addAll(part.getTrialsList());
      if (part.getTrialsCount() == 0 || trials.size() >= part.getSampledTrials()) {
        return part.toBuilder().clearTrials().addAllTrials(trials).build();
      }
    }
  }
}
