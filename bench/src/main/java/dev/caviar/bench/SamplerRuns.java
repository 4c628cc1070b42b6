package dev.caviar.bench;

import dev.caviar.coordinator.search.CmaEsSampler;
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
 * What samplers find on functions of the BBOB suite, for {@code samplers.sh}: {@code SamplerRuns
 * SEEDS [SAMPLERS [TRIALS]]}, the samplers with commas between. Seed s searches instance s + 1 of
 * each function. Prints one JSON object a line: values of the functions, for the other side to
 * compare, the best values by seed, and what a question costs after 1,000 and 10,000 trials of 8
 * parameters, to a Gaussian process after 100 and 250.
 */
public final class SamplerRuns {
  private static final List<String> SAMPLERS =
      List.of("random", "sobol", "halton", "tpe", "cma_es");
  private static final List<Integer> DIMENSIONS = List.of(2, 5, 10);

  private SamplerRuns() {}

  /** A function on −5 to 5 in each dimension. */
  private record Function(int dimensions, ToDoubleFunction<double[]> value) {
    static Function bbob(int number, int dimensions, int instance) {
      return new Function(dimensions, Bbob.function(number, dimensions, instance));
    }

    SearchSpace space() {
      Domain range = new Domain.RealRange(Scale.LINEAR, -5, 5);
      return new SearchSpace(
          IntStream.range(0, dimensions)
              .mapToObj(i -> new Dimension("x" + i, "x" + i, -1, range, null, null, null))
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

  /** How many trials a search has. */
  private static int budget(int dimensions) {
    return dimensions < 10 ? 100 : 200;
  }

  /**
   * Runs all samplers on all functions.
   *
   * @param args how many seeds; maybe which samplers, without gaussian_process if not said, since
   *     that takes long; and maybe how many trials a search has
   */
  public static void main(String[] args) {
    int seeds = Integer.parseInt(args[0]);
    List<String> samplers = args.length > 1 ? List.of(args[1].split(",", -1)) : SAMPLERS;
    int given = args.length > 2 ? Integer.parseInt(args[2]) : 0;
    for (int dimensions : DIMENSIONS) {
      for (int number : Bbob.FUNCTIONS) {
        printValues(number, dimensions);
        int trials = given > 0 ? given : budget(dimensions);
        for (String sampler : samplers) {
          String bests =
              IntStream.range(0, seeds)
                  .parallel()
                  .mapToObj(
                      seed ->
                          Double.toString(
                              best(
                                  Function.bbob(number, dimensions, seed + 1),
                                  sampler,
                                  seed,
                                  trials)))
                  .collect(Collectors.joining(", "));
          System.out.printf(
              "{\"function\": %d, \"dimensions\": %d, \"trials\": %d, \"sampler\": \"%s\","
                  + " \"bests\": [%s]}%n",
              number, dimensions, trials, sampler, bests);
        }
      }
    }
    Function eight = Function.bbob(1, 8, 1);
    for (String sampler : samplers) {
      boolean process = sampler.equals("gaussian_process");
      for (int history : process ? new int[] {100, 250} : new int[] {1_000, 10_000}) {
        System.out.printf(
            "{\"history\": %d, \"sampler\": \"%s\", \"ask_ms\": %s}%n",
            history, sampler, medianAsk(eight, sampler, history, process ? 20 : 200));
      }
    }
  }

  /** Values within and beyond the box, of some instances. */
  private static void printValues(int number, int dimensions) {
    for (int instance : new int[] {1, 7, 30}) {
      ToDoubleFunction<double[]> function = Bbob.function(number, dimensions, instance);
      for (int point = 0; point < 5; point++) {
        double[] x = BbobRandom.uniform(dimensions, 1 + point);
        double side = point == 4 ? 14 : 10;
        for (int i = 0; i < dimensions; i++) {
          x[i] = side * (x[i] - 0.5);
        }
        System.out.printf(
            "{\"value_of\": %d, \"instance\": %d, \"x\": %s, \"value\": %s}%n",
            number, instance, Arrays.toString(x), function.applyAsDouble(x));
      }
    }
  }

  private static Sampler sampler(String name, SearchSpace space, long seed, int trials) {
    return switch (name) {
      case "random" -> new RandomSampler(space, new Search.Random(trials, seed));
      case "sobol" -> new SobolSampler(space, new Search.Sobol(trials, seed));
      case "halton" -> new HaltonSampler(space, new Search.Halton(trials, seed));
      case "cma_es" -> new CmaEsSampler(space, new Search.CmaEs(trials, seed, 0, 1.0 / 6));
      case "tpe" -> new TpeSampler(space, new Search.Tpe(trials, seed, 10, 24));
      case "gaussian_process" ->
          new GaussianProcessSampler(space, new Search.GaussianProcess(trials, seed, 10));
      default -> throw new IllegalArgumentException("no sampler " + name);
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
}
