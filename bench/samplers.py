"""Runs Optuna's multivariate TPE and its Gaussian process as SamplerRuns runs Caviar's samplers, and
prints tables of both.

Usage: samplers.py CAVIAR_JSON_LINES SEEDS TRIALS PROCESS_TRIALS PROCESS_SEEDS
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
import torch
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


def tpe(seed):
    return optuna.samplers.TPESampler(seed=seed, multivariate=True)


def gaussian_process(seed):
    return optuna.samplers.GPSampler(seed=seed)


def suggest(trial, sides):
    return [trial.suggest_float(f"x{i}", low, high) for i, (low, high) in enumerate(sides)]


def best(sampler, name, dimensions, seed, trials):
    sides = box(name, dimensions)
    run = optuna.create_study(sampler=sampler(seed))
    run.optimize(lambda trial: FUNCTIONS[name](suggest(trial, sides)), n_trials=trials)
    return run.best_value


def median_ask(sampler, history):
    """Milliseconds from ask to the eighth parameter, each question adding its trial."""
    sides = box("sphere", 8)
    distributions = {
        f"x{i}": optuna.distributions.FloatDistribution(low, high)
        for i, (low, high) in enumerate(sides)
    }
    first = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))
    first.optimize(lambda trial: sphere(suggest(trial, sides)), n_trials=history)
    run = optuna.create_study(sampler=sampler(1))
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
    seeds, trials, few, process_seeds = map(int, sys.argv[2:6])
    torch.set_num_threads(1)
    runs = {}
    for line in caviar:
        if "bests" in line:
            key = (line["function"], line["dimensions"])
            runs.setdefault(key, {})[line["sampler"], line["trials"]] = line["bests"]

    print(f"Median of the best of {trials} trials over {seeds} seeds, and the p of a two-sided")
    print("paired Wilcoxon test of Caviar's TPE against Optuna's.\n")
    print("| function | dimensions | random | Sobol | Halton | TPE | Optuna's TPE | p |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    for (name, dimensions), bests in runs.items():
        optunas = [best(tpe, name, dimensions, seed, trials) for seed in range(seeds)]
        cells = [
            f"{statistics.median(values):.4g}"
            for values in (*(bests[s, trials] for s in ("random", "sobol", "halton", "tpe")), optunas)
        ]
        p = wilcoxon(bests["tpe", trials], optunas).pvalue
        print(f"| {name} | {dimensions} | {' | '.join(cells)} | {p:.2f} |", flush=True)

    print(f"\nMedian of the best of {few} trials over {process_seeds} seeds, and the p of the same")
    print("test of Caviar's Gaussian process against Optuna's.\n")
    print("| function | dimensions | random | TPE | Gaussian process | Optuna's | p |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for (name, dimensions), bests in runs.items():
        optunas = [
            best(gaussian_process, name, dimensions, seed, few) for seed in range(process_seeds)
        ]
        own = [bests[s, few][:process_seeds] for s in ("random", "tpe", "gaussian_process")]
        cells = [f"{statistics.median(values):.4g}" for values in (*own, optunas)]
        p = wilcoxon(own[-1], optunas).pvalue
        print(f"| {name} | {dimensions} | {' | '.join(cells)} | {p:.3f} |", flush=True)

    print("\nMedian ms to ask for a point of 8 parameters:\n")
    print("| trials before | random | Sobol | Halton | TPE | Optuna's TPE |")
    print("|---:|---:|---:|---:|---:|---:|")
    for history in (1_000, 10_000):
        asks = {
            line["sampler"]: line["ask_ms"] for line in caviar if line.get("history") == history
        }
        cells = [f"{asks[s]:.4f}" for s in ("random", "sobol", "halton", "tpe")]
        print(f"| {history} | {' | '.join(cells)} | {median_ask(tpe, history):.1f} |", flush=True)
    print("\n| trials before | Gaussian process | Optuna's |")
    print("|---:|---:|---:|")
    for line in caviar:
        if line["sampler"] == "gaussian_process" and "history" in line:
            optunas = median_ask(gaussian_process, line["history"])
            print(f"| {line['history']} | {line['ask_ms']:.1f} | {optunas:.0f} |", flush=True)
    versions = f"Optuna {optuna.__version__}, SciPy {scipy.__version__}, PyTorch {torch.__version__}"
    print(f"\n{versions}, Python {platform.python_version()}.")


if __name__ == "__main__":
    main()
