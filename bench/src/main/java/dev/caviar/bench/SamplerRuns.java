package dev.caviar.bench;

import dev.caviar.coordinator.search.GaussianProcessSampler;
import dev.caviar.coordinator.search.HaltonSampler;
import dev.caviar.coordinator.search.History;
import dev.caviar.coordinator.search.History.Status;
import dev.caviar.coordinator.search.History.TrialRecord;
import dev.caviar.coordinator.search.Proposal;
import dev.caviar.coordinator.search.RandomSampler;
import dev.caviar.coordinator.search.Sampler;
import dev.caviar.coordinator.search.SobolSampler;
import dev.caviar.coordinator.search.TpeSampler;
import dev.caviar.coordinator.space.Dimension;
import dev.caviar.coordinator.space.Domain;
import dev.caviar.coordinator.space.ParameterValue;
import dev.caviar.coordinator.space.Point;
import dev.caviar.coordinator.space.Scale;
import dev.caviar.coordinator.space.SearchSpace;
import dev.caviar.coordinator.space.SweepDefinition.Search;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What samplers find on test functions, for {@code samplers.sh}: {@code SamplerRuns SEEDS TRIALS
 * PROCESS_TRIALS}. Prints one JSON object a line: the best values by seed, of the Gaussian process
 * beside TPE with fewer trials; and what a question costs after 1,000 and 10,000 trials of 8
 * parameters, of the Gaussian process after 100 and 250.
 */
public final class SamplerRuns {
  private static final List<String> SAMPLERS = List.of("random", "sobol", "halton", "tpe");
  private static final List<String> FEW_TRIALS = List.of("random", "tpe", "gaussian_process");

  private SamplerRuns() {}

  private record Function(
      String name, List<Domain.RealRange> box, ToDoubleFunction<double[]> value) {
    SearchSpace space() {
      return new SearchSpace(
          IntStream.range(0, box.size())
              .mapToObj(i -> new Dimension("x" + i, "x" + i, -1, box.get(i), null, null, null))
              .toList(),
          Map.of());
    }

    TrialRecord trial(int trial, Point point) {
      double[] x =
          point.values().values().stream()
              .mapToDouble(v -> ((ParameterValue.Real) v).value())
              .toArray();
      return new TrialRecord(trial, point, Status.COMPLETED, value.applyAsDouble(x));
    }
  }

  /**
   * Runs all samplers on all functions.
   *
   * @param args how many seeds, how many trials a run has, and how many with a Gaussian process
   */
  public static void main(String[] args) {
    int seeds = Integer.parseInt(args[0]);
    int trials = Integer.parseInt(args[1]);
    int few = Integer.parseInt(args[2]);
    List<Function> functions = new ArrayList<>();
    functions.add(
        new Function("Branin", List.of(range(-5, 10), range(0, 15)), SamplerRuns::branin));
    for (int dimensions : new int[] {2, 5, 10}) {
      List<Domain.RealRange> box = Collections.nCopies(dimensions, range(-5, 10));
      functions.add(new Function("sphere", box, SamplerRuns::sphere));
      functions.add(new Function("Rosenbrock", box, SamplerRuns::rosenbrock));
    }
    for (Function function : functions) {
      SAMPLERS.forEach(sampler -> print(function, sampler, seeds, trials));
      FEW_TRIALS.forEach(sampler -> print(function, sampler, seeds, few));
    }
    Function eight =
        new Function("sphere", Collections.nCopies(8, range(-5, 10)), SamplerRuns::sphere);
    for (int history : new int[] {1_000, 10_000}) {
      SAMPLERS.forEach(sampler -> printAsk(eight, sampler, history, 200));
    }
    for (int history : new int[] {100, 250}) {
      printAsk(eight, "gaussian_process", history, 20);
    }
  }

  private static void print(Function function, String sampler, int seeds, int trials) {
    String bests =
        IntStream.range(0, seeds)
            .mapToObj(seed -> Double.toString(best(function, sampler, seed, trials)))
            .collect(Collectors.joining(", "));
    System.out.printf(
        "{\"function\": \"%s\", \"dimensions\": %d, \"sampler\": \"%s\", \"trials\": %d,"
            + " \"bests\": [%s]}%n",
        function.name(), function.box().size(), sampler, trials, bests);
  }

  private static void printAsk(Function function, String sampler, int history, int asks) {
    System.out.printf(
        "{\"history\": %d, \"sampler\": \"%s\", \"ask_ms\": %s}%n",
        history, sampler, medianAsk(function, sampler, history, asks));
  }

  private static Domain.RealRange range(double min, double max) {
    return new Domain.RealRange(Scale.LINEAR, min, max);
  }

  private static Sampler sampler(String name, SearchSpace space, long seed, int trials) {
    return switch (name) {
      case "random" -> new RandomSampler(space, new Search.Random(trials, seed));
      case "sobol" -> new SobolSampler(space, new Search.Sobol(trials, seed));
      case "halton" -> new HaltonSampler(space, new Search.Halton(trials, seed));
      case "tpe" -> new TpeSampler(space, new Search.Tpe(trials, seed, 10, 24));
      case "gaussian_process" ->
          new GaussianProcessSampler(space, new Search.GaussianProcess(trials, seed, 10));
      default -> throw new IllegalArgumentException(name);
    };
  }

  private static Point ask(Sampler sampler, List<TrialRecord> trials) {
    History history = new History(Collections.unmodifiableList(trials), true);
    return ((Proposal.Sampled) sampler.propose(trials.size(), history)).point();
  }

  private static double best(Function function, String name, long seed, int count) {
    Sampler sampler = sampler(name, function.space(), seed, count);
    List<TrialRecord> trials = new ArrayList<>();
    double best = Double.POSITIVE_INFINITY;
    for (int trial = 0; trial < count; trial++) {
      TrialRecord ended = function.trial(trial, ask(sampler, trials));
      trials.add(ended);
      Double objective = ended.objective();
      best = objective == null ? best : Math.min(best, objective);
    }
    return best;
  }

  /** After random trials, as samplers.py has them for Optuna; each question adds its trial. */
  private static double medianAsk(Function function, String name, int history, int asks) {
    SearchSpace space = function.space();
    List<TrialRecord> trials = new ArrayList<>();
    Sampler random = sampler("random", space, 1, history);
    for (int trial = 0; trial < history; trial++) {
      trials.add(function.trial(trial, ask(random, trials)));
    }
    Sampler sampler = sampler(name, space, 1, history + 2 * asks);
    double[] times = new double[2 * asks];
    for (int i = 0; i < times.length; i++) {
      long start = System.nanoTime();
      Point point = ask(sampler, trials);
      times[i] = (System.nanoTime() - start) / 1e6;
      trials.add(function.trial(trials.size(), point));
    }
    // The first half warms up.
    double[] measured = Arrays.copyOfRange(times, asks, 2 * asks);
    Arrays.sort(measured);
    return measured[asks / 2];
  }

  private static double sphere(double[] x) {
    return Arrays.stream(x).map(v -> v * v).sum();
  }

  private static double rosenbrock(double[] x) {
    double sum = 0;
    for (int i = 0; i + 1 < x.length; i++) {
      double bend = x[i + 1] - x[i] * x[i];
      sum += 100 * bend * bend + (1 - x[i]) * (1 - x[i]);
    }
    return sum;
  }

  private static double branin(double[] x) {
    double bend = x[1] - 5.1 / (4 * Math.PI * Math.PI) * x[0] * x[0] + 5 / Math.PI * x[0] - 6;
    return bend * bend + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x[0]) + 10;
  }
}
