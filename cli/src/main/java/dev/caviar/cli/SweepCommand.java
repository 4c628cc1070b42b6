package dev.caviar.cli;

import dev.caviar.proto.v1.GetSweepRequest;
import dev.caviar.proto.v1.GetSweepResponse;
import picocli.CommandLine.Parameters;

/** A command about one sweep of a coordinator elsewhere. */
abstract class SweepCommand extends ClusterCommand {
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

  static GetSweepResponse get(SweepClient client, String id) throws Exception {
    return Answers.await(client.get(GetSweepRequest.newBuilder().setSweepId(id).build()));
  }
}
