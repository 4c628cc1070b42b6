package dev.caviar.coordinator.api;

import akka.actor.typed.ActorRef;
import akka.japi.function.Function;
import akka.pattern.StatusReply;
import dev.caviar.coordinator.Coordinator;
import dev.caviar.coordinator.RequestException;
import dev.caviar.coordinator.importance.Fanova;
import dev.caviar.coordinator.importance.Observation;
import dev.caviar.coordinator.importance.PedAnova;
import dev.caviar.coordinator.insight.InsightMessages;
import dev.caviar.coordinator.insight.SweepInsight;
import dev.caviar.coordinator.space.SweepDefinition;
import dev.caviar.coordinator.space.SweepFile;
import dev.caviar.coordinator.space.SweepFileException;
import dev.caviar.coordinator.store.JournalLag;
import dev.caviar.proto.v1.GetCoordinatorRequest;
import dev.caviar.proto.v1.GetCoordinatorResponse;
import dev.caviar.proto.v1.GetImportanceRequest;
import dev.caviar.proto.v1.GetImportanceResponse;
import dev.caviar.proto.v1.GetMarginalRequest;
import dev.caviar.proto.v1.GetMarginalResponse;
import dev.caviar.proto.v1.GetSpaceRequest;
import dev.caviar.proto.v1.GetSpaceResponse;
import dev.caviar.proto.v1.GetSweepRequest;
import dev.caviar.proto.v1.GetSweepResponse;
import dev.caviar.proto.v1.GetTrialLogRequest;
import dev.caviar.proto.v1.GetTrialLogResponse;
import dev.caviar.proto.v1.GetTrialRequest;
import dev.caviar.proto.v1.GetTrialResponse;
import dev.caviar.proto.v1.GetZoomRequest;
import dev.caviar.proto.v1.GetZoomResponse;
import dev.caviar.proto.v1.InsightServiceGrpc.InsightServiceImplBase;
import dev.caviar.proto.v1.ListAttemptsRequest;
import dev.caviar.proto.v1.ListAttemptsResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * InsightService of insight.proto. Whatever takes long is computed by one thread of its own, one
 * after the other, so that those who look take little from those who train; the last forests are
 * kept, so that what is asked of one again and again is grown once.
 */
final class InsightEndpoint extends InsightServiceImplBase implements AutoCloseable {
  private static final int FORESTS_KEPT = 4;
  private static final double DEFAULT_BEST = 0.25;
  private static final int TRIALS_EXPLAINED = 20_000;

  /** What a forest was grown from; trials that completed stay so unless one is revived. */
  private record ForestKey(String sweepId, List<Observation> observations, long seed) {}

  private static final class Forests extends LinkedHashMap<ForestKey, Fanova> {
    Forests() {
      super(FORESTS_KEPT, 0.75F, true);
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<ForestKey, Fanova> eldest) {
      return size() > FORESTS_KEPT;
    }
  }

  private final Questions questions;
  private final String version;
  // Used by the one thread only.
  private final Forests forests = new Forests();
  private final ExecutorService thinking =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().name("caviar-insight").daemon().factory());

  InsightEndpoint(Questions questions, String version) {
    this.questions = questions;
    this.version = version;
  }

  @Override
  public void close() {
    thinking.shutdownNow();
  }

  @Override
  public void getSpace(GetSpaceRequest request, StreamObserver<GetSpaceResponse> observer) {
    Questions.answer(
        observer,
        sweep(GetSweepRequest.newBuilder().setSweepId(request.getSweepId()).setLeading(true))
            .thenApply(sweep -> InsightMessages.message(definition(sweep).space())));
  }

  @Override
  public void getImportance(
      GetImportanceRequest request, StreamObserver<GetImportanceResponse> observer) {
    Questions.answer(
        observer,
        newest(request.getSweepId()).thenApplyAsync(sweep -> importance(request, sweep), thinking));
  }

  private GetImportanceResponse importance(GetImportanceRequest request, GetSweepResponse sweep) {
    SweepDefinition definition = definition(sweep);
    List<Observation> observations = SweepInsight.observations(definition, sweep);
    GetImportanceResponse.Builder response =
        GetImportanceResponse.newBuilder().setTrials(observations.size());
    if (definition.space().dimensions().isEmpty()) {
      return response.setNotYet("this sweep samples no parameter: all are constants").build();
    }
    try {
      return switch (request.getMethod()) {
        case "", "fanova" -> {
          Fanova fanova = fanova(request.getSweepId(), definition, observations, request.getSeed());
          yield response
              .addAllParameters(InsightMessages.messages(fanova.mainEffects()))
              .addAllInteractions(InsightMessages.messages(fanova.interactions()))
              .setOutOfBagR2(fanova.outOfBagR2())
              .build();
        }
        case "ped_anova" -> {
          double best = request.getBest() == 0 ? DEFAULT_BEST : request.getBest();
          if (!(best > 0 && best < 1)) {
            throw refused("best must be above 0 and below 1, such as 0.25, is " + best);
          }
          boolean minimize = definition.objective().minimize();
          yield response
              .addAllParameters(
                  InsightMessages.messages(
                      PedAnova.of(definition.space(), observations, minimize, best)))
              .build();
        }
        default -> throw refused("method must be fanova or ped_anova, is " + request.getMethod());
      };
    } catch (IllegalArgumentException tooLittle) {
      return response.setNotYet(String.valueOf(tooLittle.getMessage())).build();
    }
  }

  @Override
  public void getMarginal(
      GetMarginalRequest request, StreamObserver<GetMarginalResponse> observer) {
    Questions.answer(
        observer,
        newest(request.getSweepId()).thenApplyAsync(sweep -> marginal(request, sweep), thinking));
  }

  private GetMarginalResponse marginal(GetMarginalRequest request, GetSweepResponse sweep) {
    SweepDefinition definition = definition(sweep);
    requireDimension(definition, request.getDimension());
    boolean surface = !request.getSecond().isEmpty();
    if (surface) {
      requireDimension(definition, request.getSecond());
      if (request.getSecond().equals(request.getDimension())) {
        throw refused("dimension and second are both " + request.getSecond());
      }
    }
    List<Observation> observations = SweepInsight.observations(definition, sweep);
    try {
      Fanova fanova = fanova(request.getSweepId(), definition, observations, request.getSeed());
      return surface
          ? InsightMessages.message(
              fanova.surface(request.getDimension(), request.getSecond()), observations.size())
          : InsightMessages.message(fanova.curve(request.getDimension()), observations.size());
    } catch (IllegalArgumentException tooLittle) {
      return GetMarginalResponse.newBuilder()
          .setTrials(observations.size())
          .setNotYet(String.valueOf(tooLittle.getMessage()))
          .build();
    }
  }

  private static void requireDimension(SweepDefinition definition, String name) {
    if (definition.space().dimensions().stream().noneMatch(d -> d.name().equals(name))) {
      throw refused(
          "this sweep does not sample %s; it samples %s"
              .formatted(
                  name.isEmpty() ? "a dimension without a name" : name,
                  String.join(
                      ", ", definition.space().dimensions().stream().map(d -> d.name()).toList())));
    }
  }

  private Fanova fanova(
      String sweepId, SweepDefinition definition, List<Observation> observations, long seed) {
    return forests.computeIfAbsent(
        new ForestKey(sweepId, observations, seed),
        key -> Fanova.of(definition.space(), observations, seed));
  }

  @Override
  public void getZoom(GetZoomRequest request, StreamObserver<GetZoomResponse> observer) {
    Questions.answer(
        observer,
        sweep(GetSweepRequest.newBuilder().setSweepId(request.getSweepId()))
            .thenApplyAsync(
                sweep ->
                    InsightMessages.message(
                        sweep.getStagesList(), SweepInsight.zooms(definition(sweep), sweep)),
                thinking));
  }

  @Override
  public void listAttempts(
      ListAttemptsRequest request, StreamObserver<ListAttemptsResponse> observer) {
    Questions.answer(
        observer, ask("ListAttempts", replyTo -> new Coordinator.ListAttempts(request, replyTo)));
  }

  @Override
  public void getTrial(GetTrialRequest request, StreamObserver<GetTrialResponse> observer) {
    Questions.answer(
        observer, ask("GetTrial", replyTo -> new Coordinator.GetTrial(request, replyTo)));
  }

  @Override
  public void getTrialLog(
      GetTrialLogRequest request, StreamObserver<GetTrialLogResponse> observer) {
    Questions.answer(
        observer, ask("GetTrialLog", replyTo -> new Coordinator.GetTrialLog(request, replyTo)));
  }

  @Override
  public void getCoordinator(
      GetCoordinatorRequest request, StreamObserver<GetCoordinatorResponse> observer) {
    MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
    CoordinatorMetrics metrics = questions.metrics();
    JournalLag.Figures lag = metrics.journalLag().figures();
    GetCoordinatorResponse.Builder response =
        GetCoordinatorResponse.newBuilder()
            .setVersion(version)
            .setJavaVersion(Runtime.version().toString())
            .setStartedAtMillis(ManagementFactory.getRuntimeMXBean().getStartTime())
            .setNowMillis(System.currentTimeMillis())
            .setHeapUsedBytes(heap.getUsed())
            .setHeapMaxBytes(heap.getMax())
            .setProcessors(Runtime.getRuntime().availableProcessors())
            .setLoadAverage(ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage())
            .setStaleReports(metrics.staleReports())
            .setCurvePoints(metrics.curvePoints());
    response
        .getJournalBuilder()
        .setBatches(lag.batches())
        .setEvents(lag.events())
        .setLastMicros(lag.lastMicros())
        .setMeanMicros(lag.meanMicros())
        .setLongestMicros(lag.longestMicros())
        .setWaitingMicros(lag.waitingMicros());
    observer.onNext(response.build());
    observer.onCompleted();
  }

  private static StatusRuntimeException refused(String why) {
    return Status.INVALID_ARGUMENT.withDescription(why).asRuntimeException();
  }

  private static SweepDefinition definition(GetSweepResponse sweep) {
    try {
      // Where its data are does not matter here.
      return SweepFile.parse(sweep.getSweepFile(), Path.of(""));
    } catch (SweepFileException e) {
      throw new RequestException(
          RequestException.Code.FAILED_PRECONDITION,
          "the sweep file is not understood by this version of caviar: "
              + e.problems().getFirst().message());
    }
  }

  private CompletionStage<GetSweepResponse> sweep(GetSweepRequest.Builder request) {
    return ask("GetSweep", replyTo -> new Coordinator.GetSweep(request.build(), replyTo));
  }

  /** With its newest trials where there are very many: all would take long, and tell no more. */
  private CompletionStage<GetSweepResponse> newest(String id) {
    return sweep(GetSweepRequest.newBuilder().setSweepId(id).setLeading(true))
        .thenCompose(
            few -> {
              int repeats = Math.max(1, few.getSummary().getStatus().getRepeats());
              int first = Math.max(0, few.getSampledTrials() - TRIALS_EXPLAINED);
              return sweep(
                  GetSweepRequest.newBuilder()
                      .setSweepId(id)
                      // Whole points.
                      .setFirstTrial(Math.ceilDiv(first, repeats) * repeats)
                      .setMostTrials(TRIALS_EXPLAINED));
            });
  }

  private <T> CompletionStage<T> ask(
      String name, Function<ActorRef<StatusReply<T>>, Coordinator.Command> message) {
    try {
      return questions.askWithStatus(name, message);
    } catch (StatusRuntimeException standby) {
      return CompletableFuture.failedFuture(standby);
    }
  }
}
