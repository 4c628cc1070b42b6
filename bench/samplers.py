"""Runs Optuna's multivariate TPE as SamplerRuns runs Caviar's samplers, and prints a table of both.

Usage: samplers.py CAVIAR_JSON_LINES SEEDS TRIALS
"""

import json
import math
import platform
import statistics
import sys
import time
import warnings

import optuna
import scipy
from scipy.stats import wilcoxon

ASKS = 20


def sphere(x):
    return sum(v * v for v in x)


def rosenbrock(x):
    return sum(100 * (b - a * a) ** 2 + (1 - a) ** 2 for a, b in zip(x, x[1:]))


def branin(x):
    bend = x[1] - 5.1 / (4 * math.pi**2) * x[0] ** 2 + 5 / math.pi * x[0] - 6
    return bend**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x[0]) + 10


FUNCTIONS = {"Branin": branin, "sphere": sphere, "Rosenbrock": rosenbrock}


def box(name, dimensions):
    return [(-5, 10), (0, 15)] if name == "Branin" else [(-5, 10)] * dimensions


def study(seed):
    return optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed, multivariate=True))


def suggest(trial, sides):
    return [trial.suggest_float(f"x{i}", low, high) for i, (low, high) in enumerate(sides)]


def best(name, dimensions, seed, trials):
    sides = box(name, dimensions)
    run = study(seed)
    run.optimize(lambda trial: FUNCTIONS[name](suggest(trial, sides)), n_trials=trials)
    return run.best_value


def median_ask(history):
    """Milliseconds from ask to the eighth parameter, each question adding its trial."""
    sides = box("sphere", 8)
    distributions = {
        f"x{i}": optuna.distributions.FloatDistribution(low, high)
        for i, (low, high) in enumerate(sides)
    }
    first = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))
    first.optimize(lambda trial: sphere(suggest(trial, sides)), n_trials=history)
    run = study(1)
    run.add_trials(
        [
            optuna.trial.create_trial(
                params=trial.params, distributions=distributions, value=trial.value
            )
            for trial in first.trials
        ]
    )
    times = []
    for _ in range(ASKS):
        start = time.perf_counter()
        trial = run.ask()
        x = suggest(trial, sides)
        times.append((time.perf_counter() - start) * 1e3)
        run.tell(trial, sphere(x))
    return statistics.median(times)


def main():
    warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with open(sys.argv[1], encoding="utf-8") as lines:
        caviar = [json.loads(line) for line in lines]
    seeds, trials = int(sys.argv[2]), int(sys.argv[3])
    runs = {}
    for line in caviar:
        if "bests" in line:
            key = (line["function"], line["dimensions"])
            runs.setdefault(key, {})[line["sampler"]] = line["bests"]

    print(f"Median of the best of {trials} trials over {seeds} seeds, and the p of a two-sided")
    print("paired Wilcoxon test of Caviar's TPE against Optuna's.\n")
    print("| function | dimensions | random | Sobol | Halton | TPE | Optuna's TPE | p |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    for (name, dimensions), bests in runs.items():
        optunas = [best(name, dimensions, seed, trials) for seed in range(seeds)]
        cells = [
            f"{statistics.median(values):.4g}"
            for values in (*(bests[s] for s in ("random", "sobol", "halton", "tpe")), optunas)
        ]
        p = wilcoxon(bests["tpe"], optunas).pvalue
        print(f"| {name} | {dimensions} | {' | '.join(cells)} | {p:.2f} |", flush=True)

    print("\nMedian ms to ask for a point of 8 parameters:\n")
    print("| trials before | random | Sobol | Halton | TPE | Optuna's TPE |")
    print("|---:|---:|---:|---:|---:|---:|")
    for history in (1_000, 10_000):
        asks = {
            line["sampler"]: line["ask_ms"] for line in caviar if line.get("history") == history
        }
        cells = [f"{asks[s]:.4f}" for s in ("random", "sobol", "halton", "tpe")]
        print(f"| {history} | {' | '.join(cells)} | {median_ask(history):.1f} |", flush=True)
    print(f"\nOptuna {optuna.__version__}, SciPy {scipy.__version__}, Python {platform.python_version()}.")


if __name__ == "__main__":
    main()
