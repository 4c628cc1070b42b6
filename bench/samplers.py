"""Runs Optuna's samplers as SamplerRuns runs Caviar's, and prints tables of both.

The functions are those of cma.bbobbenchmarks, an implementation of BBOB apart from SamplerRuns'; that
both have the same values is looked at first.

Usage: samplers.py CAVIAR_JSON_LINES SEEDS
"""

import importlib.util
import json
import platform
import statistics
import sys
import time
import warnings

import numpy
import optuna
import scipy
from cma import bbobbenchmarks
from scipy.stats import wilcoxon

ASKS = 20
LEARNING = ["tpe", "cma_es", "gaussian_process"]
# Each of Caviar's samplers with that of Optuna which does the same.
PEERS = {"tpe": "TPE"}
if importlib.util.find_spec("cmaes"):
    PEERS["cma_es"] = "CMA-ES"
if importlib.util.find_spec("torch"):
    PEERS["gaussian_process"] = "Gaussian process"


def bbob(number, instance):
    function, lowest = bbobbenchmarks.instantiate(number, instance)
    return lambda x: float(function(numpy.array(x)) - lowest)


def check(values):
    for line in values:
        expected = bbob(line["value_of"], line["instance"])(line["x"])
        if abs(line["value"] - expected) > 1e-7 * max(1, abs(expected)):
            sys.exit(f"{line} is {expected} by cma.bbobbenchmarks")


def sampler(name, seed):
    if name == "TPE":
        return optuna.samplers.TPESampler(seed=seed, multivariate=True)
    if name == "CMA-ES":
        return optuna.samplers.CmaEsSampler(seed=seed)
    return optuna.samplers.GPSampler(seed=seed)


def suggest(trial, dimensions):
    return [trial.suggest_float(f"x{i}", -5, 5) for i in range(dimensions)]


def best(name, number, dimensions, seed, trials):
    function = bbob(number, seed + 1)
    run = optuna.create_study(sampler=sampler(name, seed))
    run.optimize(lambda trial: function(suggest(trial, dimensions)), n_trials=trials)
    return run.best_value


def p_value(a, b):
    return wilcoxon(a, b).pvalue if any(x != y for x, y in zip(a, b)) else 1


def median_ask(name, history):
    """Milliseconds from ask to the eighth parameter, each question adding its trial."""
    function = bbob(1, 1)
    distributions = {f"x{i}": optuna.distributions.FloatDistribution(-5, 5) for i in range(8)}
    first = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))
    first.optimize(lambda trial: function(suggest(trial, 8)), n_trials=history)
    run = optuna.create_study(sampler=sampler(name, 1))
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
        x = suggest(trial, 8)
        times.append((time.perf_counter() - start) * 1e3)
        run.tell(trial, function(x))
    return statistics.median(times)


def main():
    warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with open(sys.argv[1], encoding="utf-8") as lines:
        caviar = [json.loads(line) for line in lines]
    seeds = int(sys.argv[2])
    values = [line for line in caviar if "value_of" in line]
    check(values)
    print(f"{len(values)} values of the functions are those of cma.bbobbenchmarks.\n")
    runs = {}
    for line in caviar:
        if "bests" in line:
            key = (line["function"], line["dimensions"], line["trials"])
            runs.setdefault(key, {})[line["sampler"]] = line["bests"]

    print(f"Median over {seeds} seeds, each on an instance of its own, of how far the best trial is from")
    print("the lowest value; the p are of two-sided Wilcoxon tests paired by seed, against Optuna's")
    print("sampler of that name and against random.\n")
    own = list(dict.fromkeys(line["sampler"] for line in caviar if "bests" in line))
    peers_of = {name: peer for name, peer in PEERS.items() if name in own}
    learning = [name for name in own if name in LEARNING and "random" in own]
    columns = [*own]
    for name, peer in peers_of.items():
        columns += [f"Optuna's {peer}", f"p of {name}"]
    columns += [f"p of {name} against random" for name in learning]
    print("| BBOB | dimensions | trials |", " | ".join(columns), "|")
    print("|" + "---:|" * (len(columns) + 3))
    for (number, dimensions, trials), bests in runs.items():
        cells = [f"{statistics.median(bests[name]):.4g}" for name in own]
        for name, peer in peers_of.items():
            peers = [best(peer, number, dimensions, seed, trials) for seed in range(seeds)]
            cells += [f"{statistics.median(peers):.4g}", f"{p_value(bests[name], peers):.2f}"]
        cells += [f"{p_value(bests[name], bests['random']):.2g}" for name in learning]
        print(f"| f{number} | {dimensions} | {trials} |", " | ".join(cells), "|", flush=True)

    print("\nMedian ms to ask for a point of 8 parameters:\n")
    print("| sampler | trials before | Caviar | Optuna |")
    print("|---|---:|---:|---:|")
    for line in caviar:
        if "history" in line:
            name, history = line["sampler"], line["history"]
            # Optuna's CMA-ES would have to be told trials that it did not draw.
            asked = name in peers_of and name != "cma_es"
            peer = f"{median_ask(peers_of[name], history):.1f}" if asked else ""
            print(f"| {name} | {history} | {line['ask_ms']:.4f} | {peer} |", flush=True)
    print(f"\nOptuna {optuna.__version__}, SciPy {scipy.__version__}, Python {platform.python_version()}.")


if __name__ == "__main__":
    main()
