package dev.caviar.bench;

import dev.caviar.worker.backend.Backend;
import dev.caviar.worker.backend.CpuBackend;
import dev.caviar.worker.backend.Nd4jBackend;
import dev.caviar.worker.backend.StepProducts;
import dev.caviar.worker.backend.Trainer;
import dev.caviar.worker.network.Activation;
import dev.caviar.worker.network.NetworkConfig;
import dev.caviar.worker.network.Optimizer;
import dev.caviar.worker.network.OptimizerSettings;
import java.util.Locale;
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
 * One training step of a batch-norm classifier, its mini-batch gathered from the data by index; its
 * matrix products alone; and an evaluation. {@code bench/training_step.py} does the same work with
 * PyTorch, {@code bench/training-step.sh} runs both in turn.
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

  @Param("adam")
  public String optimizer;

  @Param("relu")
  public String activation;

  private OptimizerSettings settings;
  private TrainingLoop loop;
  private StepProducts products;

  @Setup
  public void start() {
    Backend arithmetic = backend.equals("cpu") ? new CpuBackend() : new Nd4jBackend();
    System.out.println("backend: " + arithmetic.description());
    NetworkConfig config =
        TrainingLoop.classifier(shape, Activation.valueOf(activation.toUpperCase(Locale.ROOT)));
    Optimizer named = Optimizer.valueOf(optimizer.toUpperCase(Locale.ROOT));
    settings = new OptimizerSettings(named, 1e-3f, 0.9f, 0.9f, 0.999f, 1e-8f, 0f);
    loop = TrainingLoop.start(arithmetic, config, batchSize);
    products = new StepProducts(new CpuBackend(), config, batchSize);
  }

  @TearDown
  public void stop() {
    loop.close();
  }

  @Benchmark
  public double step() {
    return loop.step(settings);
  }

  /** By the cpu backend's, whichever backend is measured. */
  @Benchmark
  public void products() {
    products.multiply();
  }

  /** Loss and error of 10,000 examples. */
  @Benchmark
  public Trainer.Evaluation evaluate() {
    return loop.evaluate();
  }
}
