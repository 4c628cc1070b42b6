package dev.caviar.bench;

import dev.caviar.coordinator.store.Stores;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.TrialPoints;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Points of 200 trials taken in by the embedded store and committed, from reports of so many points
 * each that come faster than they can be stored.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
@NullUnmarked // JMH fills the fields before it runs a benchmark.
public class CurveStoreBenchmark {
  private static final int TRIALS = 200;
  private static final int POINTS = 20_000;

  @Param({"1", "10"})
  public int pointsPerReport;

  private Path folder;
  private Stores stores;
  private int epoch;

  @Setup
  public void start() throws IOException {
    folder = Files.createTempDirectory("caviar-curves");
    stores = Stores.embedded(folder);
    epoch = 1;
  }

  @TearDown
  public void stop() throws IOException {
    stores.close();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  @Benchmark
  @OperationsPerInvocation(POINTS)
  public void append() {
    List<CompletableFuture<?>> answers = new ArrayList<>();
    for (int sent = 0; sent < POINTS; sent += TRIALS * pointsPerReport) {
      for (int trial = 0; trial < TRIALS; trial++) {
        TrialPoints.Builder report = TrialPoints.newBuilder().setTrial(trial);
        for (int i = 0; i < pointsPerReport; i++) {
          report.addPoints(point(epoch + i));
        }
        answers.add(
            stores
                .curves()
                .append("digits-20261101-101010", List.of(report.build()))
                .toCompletableFuture());
      }
      epoch += pointsPerReport;
    }
    answers.forEach(CompletableFuture::join);
  }

  private static CurvePoint point(int epoch) {
    return CurvePoint.newBuilder()
        .setEpoch(epoch)
        .setStep(46L * epoch)
        .setTrainLoss(1.0 / epoch)
        .setDevLoss(1.1 / epoch)
        .setDevError(0.3 / epoch)
        .setLearningRate(0.001)
        .setElapsedMicros(12_345L * epoch)
        .build();
  }
}
