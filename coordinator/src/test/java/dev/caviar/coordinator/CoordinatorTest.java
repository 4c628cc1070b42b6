package dev.caviar.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import akka.pattern.StatusReply;
import com.typesafe.config.ConfigFactory;
import dev.caviar.coordinator.store.Stores;
import dev.caviar.proto.v1.EarlierTrial;
import dev.caviar.proto.v1.EnqueuedPoint;
import dev.caviar.proto.v1.GetSweepResponse;
import dev.caviar.proto.v1.GetTrialLogRequest;
import dev.caviar.proto.v1.GetTrialLogResponse;
import dev.caviar.proto.v1.ListSweepsResponse;
import dev.caviar.proto.v1.Parameter;
import dev.caviar.proto.v1.ParameterValue;
import dev.caviar.proto.v1.StartPandaRequest;
import dev.caviar.proto.v1.StartPandaResponse;
import dev.caviar.proto.v1.SubmitSweepRequest;
import dev.caviar.proto.v1.SubmitSweepResponse;
import dev.caviar.proto.v1.SweepState;
import dev.caviar.proto.v1.SweepSummary;
import dev.caviar.proto.v1.TrialLogLine;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@NullUnmarked
class CoordinatorTest {
  private static final String SWEEP =
      """
      name: small
      data: {builtin: digits, dev: 0.2}
      parameters:
        learning_rate: {scale: log, min: 1.0e-3, max: 0.1}
      fixed: {epochs: 2, hidden_units: [5]}
      search: {sampler: random, trials: 3, seed: 3}
      """;

  private final Stores stores = Stores.memory();
  private final ActorTestKit akka =
      ActorTestKit.create(stores.persistence().withFallback(ConfigFactory.load()));
  private ActorRef<Coordinator.Command> coordinator;

  @BeforeEach
  void start() {
    coordinator = akka.spawn(Coordinator.create(stores.curves(), stores.logs(), stores.blobs()));
  }

  @AfterEach
  void end() {
    akka.shutdownTestKit();
    stores.close();
  }

  private String submit() {
    TestProbe<SubmitSweepResponse> submitted = akka.createTestProbe();
    coordinator.tell(
        new Coordinator.Submit(
            SubmitSweepRequest.newBuilder().setSweepFile(SWEEP).setBaseDirectory("/").build(),
            submitted.getRef()));
    return submitted.receiveMessage().getSweepId();
  }

  @Test
  void aSweepIsListedAsSoonAsItsIdIsKnown() {
    for (int n = 1; n <= 20; n++) {
      String id = submit();
      TestProbe<ListSweepsResponse> listed = akka.createTestProbe();
      coordinator.tell(new Coordinator.ListSweeps(listed.getRef()));
      ListSweepsResponse list = listed.receiveMessage();
      assertThat(list.getSweepsList()).hasSize(n);
      SweepSummary newest = list.getSweeps(0);
      assertThat(newest.getStatus().getSweepId()).isEqualTo(id);
      assertThat(newest.getStatus().getState()).isEqualTo(SweepState.SWEEP_RUNNING);
      assertThat(newest.getStatus().getTrials()).isEqualTo(3);
      assertThat(newest.getSubmittedAtMillis()).isPositive();
    }
  }

  private StatusReply<GetTrialLogResponse> log(String id, int trial) {
    TestProbe<StatusReply<GetTrialLogResponse>> told = akka.createTestProbe();
    coordinator.tell(
        new Coordinator.GetTrialLog(
            GetTrialLogRequest.newBuilder().setSweepId(id).setTrial(trial).build(), told.getRef()));
    return told.receiveMessage();
  }

  @Test
  void aTrialsLogIsWhatIsStoredOfIt() {
    String id = submit();
    TrialLogLine line = TrialLogLine.newBuilder().setNumber(1).setText("begins").build();
    stores.logs().append(id, 1, List.of(line));
    assertThat(log(id, 1).getValue().getLinesList()).containsExactly(line);

    assertThat(log(id, 99).getError())
        .isInstanceOf(RequestException.class)
        .hasMessageContaining("99");
    assertThat(log("nope", 1).getError())
        .isInstanceOf(RequestException.class)
        .hasMessageContaining("there is no sweep nope; the newest are [" + id + "]");
  }

  @Test
  void aPandasLogIsThatOfItsBranches() {
    TestProbe<StartPandaResponse> started = akka.createTestProbe();
    coordinator.tell(
        new Coordinator.StartPanda(
            StartPandaRequest.newBuilder()
                .setPandaFile(
                    """
                    name: one
                    data: {builtin: digits, dev: 0.2}
                    parameters: {learning_rate: 0.01, hidden_units: [5]}
                    """)
                .setBaseDirectory("/")
                .build(),
            started.getRef()));
    StartPandaResponse answer = started.receiveMessage();
    assertThat(answer.getProblemsList()).isEmpty();
    String id = answer.getPandaId();
    assertThat(log(id, 0).getValue().getLinesList()).isEmpty();
    TrialLogLine line = TrialLogLine.newBuilder().setNumber(1).setText("begins").build();
    stores.logs().append(id, 0, List.of(line));
    assertThat(log(id, 0).getValue().getLinesList()).containsExactly(line);

    assertThat(log(id, 1).getError())
        .isInstanceOf(RequestException.class)
        .hasMessage("there is no branch 1 of panda %s; the last is 0".formatted(id));
  }

  private SubmitSweepResponse submit(String sweepFile, EarlierTrial earlier) {
    TestProbe<SubmitSweepResponse> submitted = akka.createTestProbe();
    coordinator.tell(
        new Coordinator.Submit(
            SubmitSweepRequest.newBuilder()
                .setSweepFile(sweepFile)
                .setBaseDirectory("/")
                .addEarlier(earlier)
                .build(),
            submitted.getRef()));
    return submitted.receiveMessage();
  }

  @Test
  void aSweepKnowsWithWhichEarlierTrialsItBegan() {
    String learns = SWEEP.replace("random, trials: 3", "tpe, startup_trials: 1, trials: 3");
    EarlierTrial earlier =
        EarlierTrial.newBuilder()
            .setSweepId("earlier")
            .setTrial(7)
            .addParameters(
                Parameter.newBuilder()
                    .setName("learning_rate")
                    .setValue(ParameterValue.newBuilder().setReal(0.05)))
            .setObjective(0.1)
            .build();
    assertThat(submit(SWEEP, earlier).getProblems(0).getMessage())
        .isEqualTo(
            "warm start: only the samplers tpe and gaussian_process learn from earlier sweeps");
    assertThat(
            submit(learns, earlier.toBuilder().clearParameters().build())
                .getProblems(0)
                .getMessage())
        .contains("trial 7 of earlier does not fit this sweep: it has no learning_rate");
    String id = submit(learns, earlier).getSweepId();

    akka.stop(coordinator);
    start();
    TestProbe<StatusReply<GetSweepResponse>> told = akka.createTestProbe();
    coordinator.tell(new Coordinator.GetSweep(id, told.getRef()));
    assertThat(told.receiveMessage().getValue().getEarlierList()).containsExactly(earlier);
  }

  private SubmitSweepResponse submit(SubmitSweepRequest.Builder request) {
    TestProbe<SubmitSweepResponse> submitted = akka.createTestProbe();
    coordinator.tell(new Coordinator.Submit(request.build(), submitted.getRef()));
    return submitted.receiveMessage();
  }

  private static EnqueuedPoint point(double learningRate) {
    return EnqueuedPoint.newBuilder()
        .addParameters(
            Parameter.newBuilder()
                .setName("learning_rate")
                .setValue(ParameterValue.newBuilder().setReal(learningRate)))
        .build();
  }

  @Test
  void aSweepKnowsWhatItTestsAgain() {
    String old =
        submit(SubmitSweepRequest.newBuilder().setSweepFile(SWEEP).setBaseDirectory("/data"))
            .getSweepId();
    SubmitSweepRequest.Builder retest =
        SubmitSweepRequest.newBuilder().setSweepFile(SWEEP).setRetestOf(old).addPoints(point(0.01));
    String id = submit(retest).getSweepId();
    akka.stop(coordinator);
    start();
    TestProbe<ListSweepsResponse> listed = akka.createTestProbe();
    coordinator.tell(new Coordinator.ListSweeps(listed.getRef()));
    assertThat(listed.receiveMessage().getSweepsList())
        .extracting(sweep -> sweep.getStatus().getSweepId(), SweepSummary::getRetestOf)
        .containsExactly(tuple(id, old), tuple(old, ""));

    assertThat(submit(retest.clone().setRetestOf("lost-1")).getProblems(0).getMessage())
        .startsWith("retest: there is no sweep lost-1; the newest are ");
    assertThat(submit(retest.clone().addPoints(point(7))).getProblems(0).getMessage())
        .isEqualTo("points: 2 of 2: learning_rate must be from 0.001 to 0.1, is 7.0");
    for (int more = 0; more < 3; more++) {
      retest.addPoints(point(0.01));
    }
    assertThat(submit(retest).getProblems(0).getMessage())
        .isEqualTo("points: 4 points are too many for 3 trials");
    assertThat(
            submit(
                    SubmitSweepRequest.newBuilder()
                        .setSweepFile(SWEEP.replace("random", "grid"))
                        .setBaseDirectory("/")
                        .addPoints(point(0.01)))
                .getProblems(0)
                .getMessage())
        .contains("a grid's points are known beforehand");
  }

  @Test
  void answersAllWhoAskedWhileItBeganOrWrote() {
    TestProbe<ListSweepsResponse> listed = akka.createTestProbe();
    TestProbe<SubmitSweepResponse> submitted = akka.createTestProbe();
    SubmitSweepRequest request =
        SubmitSweepRequest.newBuilder().setSweepFile(SWEEP).setBaseDirectory("/").build();
    for (int n = 0; n < 20_000; n++) {
      if (n % 5_000 == 0) {
        coordinator.tell(new Coordinator.Submit(request, submitted.getRef()));
      }
      coordinator.tell(new Coordinator.ListSweeps(listed.getRef()));
    }
    assertThat(listed.receiveSeveralMessages(20_000, Duration.ofSeconds(60)).getLast())
        .satisfies(list -> assertThat(list.getSweepsCount()).isEqualTo(4));
  }
}
