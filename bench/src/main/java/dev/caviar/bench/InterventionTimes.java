package dev.caviar.bench;

import com.linecorp.armeria.client.grpc.GrpcClients;
import dev.caviar.proto.v1.GetPandaRequest;
import dev.caviar.proto.v1.InterveneResponse;
import dev.caviar.proto.v1.ListWorkersRequest;
import dev.caviar.proto.v1.PandaPhase;
import dev.caviar.proto.v1.PandaServiceGrpc.PandaServiceBlockingStub;
import dev.caviar.proto.v1.Parameter;
import dev.caviar.proto.v1.ParameterValue;
import dev.caviar.proto.v1.StartPandaRequest;
import dev.caviar.proto.v1.SubmitSweepRequest;
import dev.caviar.proto.v1.SweepServiceGrpc.SweepServiceBlockingStub;
import dev.caviar.proto.v1.TunePandaRequest;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.Callable;

/**
 * How long it takes from asking for another learning rate until the panda's worker trains with it,
 * that is journalled, and who asked has the answer, while the other slot of the worker trains a
 * sweep's trials. The coordinator and a worker of two slots are there already; the first argument
 * is the coordinator's address, the second how often to ask.
 */
final class InterventionTimes {
  private static final String PANDA =
      """
      name: asked
      data: {builtin: digits, dev: 0.2}
      parameters: {learning_rate: 0.01, hidden_layers: 2, hidden_units: 64, batch_size: 64}
      """;

  private static final String SWEEP =
      """
      name: beside
      data: {builtin: digits, dev: 0.2}
      parameters: {learning_rate: {scale: log, min: 1.0e-4, max: 0.1}}
      fixed: {hidden_layers: 2, hidden_units: 64, epochs: 200}
      search: {sampler: random, trials: 100000, seed: 1}
      """;

  private InterventionTimes() {}

  public static void main(String[] args) throws Exception {
    String address = "gproto+http://" + args[0] + "/";
    int count = Integer.parseInt(args[1]);
    var pandas =
        GrpcClients.builder(address)
            .responseTimeout(Duration.ofSeconds(20))
            .build(PandaServiceBlockingStub.class);
    var sweeps =
        GrpcClients.builder(address)
            .responseTimeout(Duration.ofSeconds(20))
            .build(SweepServiceBlockingStub.class);
    until(() -> sweeps.listWorkers(ListWorkersRequest.getDefaultInstance()).getWorkersCount() > 0);
    String id =
        pandas.startPanda(StartPandaRequest.newBuilder().setPandaFile(PANDA).build()).getPandaId();
    if (sweeps
            .submitSweep(SubmitSweepRequest.newBuilder().setSweepFile(SWEEP).build())
            .getProblemsCount()
        > 0) {
      throw new IllegalStateException("the sweep file has problems");
    }
    var get = GetPandaRequest.newBuilder().setPandaId(id).build();
    until(
        () -> {
          var panda = pandas.getPanda(get);
          return panda.getPhase() == PandaPhase.PANDA_TRAINING && panda.getEpoch() > 20;
        });
    double[] millis = new double[count];
    for (int i = 0; i < count; i++) {
      // No two in step with slices, epochs or checkpoints.
      Thread.sleep(50 + (i * 37L) % 200);
      TunePandaRequest tune =
          TunePandaRequest.newBuilder()
              .setPandaId(id)
              .addParameters(
                  Parameter.newBuilder()
                      .setName("learning_rate")
                      .setValue(ParameterValue.newBuilder().setReal(i % 2 == 0 ? 0.005 : 0.01)))
              .build();
      long start = System.nanoTime();
      InterveneResponse made = pandas.tunePanda(tune);
      millis[i] = (System.nanoTime() - start) / 1e6;
      if (!made.getIntervention().hasStep()) {
        throw new IllegalStateException("not made: " + made);
      }
    }
    Arrays.sort(millis);
    System.out.printf(
        "%d interventions: median %.1f ms, 95th percentile %.1f ms, most %.1f ms%n",
        count, millis[count / 2], millis[(int) Math.ceil(0.95 * count) - 1], millis[count - 1]);
    System.exit(0);
  }

  private static void until(Callable<Boolean> condition) throws InterruptedException {
    boolean met = false;
    for (int i = 0; i < 600 && !met; i++) {
      try {
        met = condition.call();
      } catch (InterruptedException e) {
        throw e;
      } catch (Exception e) {
        met = false; // Not there yet.
      }
      Thread.sleep(100);
    }
    if (!met) {
      throw new IllegalStateException("not within a minute");
    }
  }
}
