package dev.caviar.bench;

import dev.caviar.worker.backend.Backend;
import dev.caviar.worker.backend.CpuBackend;
import dev.caviar.worker.backend.Nd4jBackend;
import dev.caviar.worker.network.OptimizerSettings;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullUnmarked;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One training step of a batch-norm classifier with ReLU and Adam, its mini-batch gathered from the
 * data by index. {@code bench/training_step.py} does the same work with PyTorch, {@code
 * bench/training-step.sh} runs both in turn.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 10, time = 1)
@Fork(1)
@NullUnmarked // JMH fills the fields before it runs a benchmark.
public class TrainingStepBenchmark {
  @Param({"cpu", "nd4j"})
  public String backend;

  /** Units of all layers, the inputs first. */
  @Param({"784-256-128-10", "64-50-50-10"})
  public String shape;

  @Param({"64", "256"})
  public int batchSize;

  private final OptimizerSettings adam = OptimizerSettings.adam(1e-3f);
  private TrainingLoop loop;

  @Setup
  public void start() {
    Backend arithmetic = backend.equals("cpu") ? new CpuBackend() : new Nd4jBackend();
    System.out.println("backend: " + arithmetic.description());
    loop = TrainingLoop.start(arithmetic, shape, batchSize);
  }

  @TearDown
  public void stop() {
    loop.close();
  }

  @Benchmark
  public double step() {
    return loop.step(adam);
  }
}
