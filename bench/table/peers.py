"""Runs Optuna's samplers and pruners over the table as TableRuns runs Caviar's, in the same form.

Usage: peers.py TABLE CAVIAR_JSON_LINES OUTPUT SEEDS TRIALS [METHODS]
"""

import json
import math
import multiprocessing
import sys
import warnings

import curves
import optuna

METHODS = {
    "random": ("random", None),
    "tpe": ("tpe", None),
    "gaussian_process": ("gaussian_process", None),
    "asha": ("random", "asha"),
    "hyperband": ("random", "hyperband"),
    "median": ("random", "median"),
    "tpe_asha": ("tpe", "asha"),
    "tpe_hyperband": ("tpe", "hyperband"),
}


def sampler(name, seed):
    samplers = optuna.samplers
    if name == "random":
        return samplers.RandomSampler(seed=seed)
    if name == "tpe":
        return samplers.TPESampler(seed=seed, multivariate=True)
    return samplers.GPSampler(seed=seed)


def pruner(name, epochs):
    pruners = optuna.pruners
    if name == "asha":
        return pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=3)
    if name == "hyperband":
        return pruners.HyperbandPruner(min_resource=1, max_resource=epochs, reduction_factor=3)
    if name == "median":
        return pruners.MedianPruner(n_startup_trials=5)
    return pruners.NopPruner()


def suggest(trial):
    """The space of table.yaml, in the order of the grid; of the momentum what is missing to 1."""
    return {
        "learning_rate": trial.suggest_float("learning_rate", 1e-3, 10, log=True),
        "momentum": trial.suggest_float("one_minus_momentum", 0.005, 0.5, log=True),
        "batch_size": trial.suggest_categorical("batch_size", [16, 32, 64, 128]),
        "hidden_units": trial.suggest_int("hidden_units", 8, 64, log=True),
        "hidden_layers": trial.suggest_int("hidden_layers", 1, 3),
    }


def nearest(values, axes):
    """The setting that CurveGrid takes a point for."""
    setting = 0
    for name, axis in axes.items():
        x = values[name]
        if name == "momentum":
            distances = [abs(math.log(1 - a) - math.log(x)) for a in axis]
        elif name in ("learning_rate", "hidden_units"):
            distances = [abs(math.log(a) - math.log(x)) for a in axis]
        else:
            distances = [abs(a - x) for a in axis]
        setting = setting * len(axis) + distances.index(min(distances))
    return setting


class Sweep:
    def __init__(self, method, seed, errors, grid, trials):
        name, stopping = METHODS[method]
        self.errors = errors
        self.axes = grid["axes"]
        self.epochs = grid["epochs"]
        self.workers = grid["workers"] if stopping else 1
        self.budget = trials * self.epochs
        self.stopping = stopping
        self.study = optuna.create_study(
            sampler=sampler(name, seed), pruner=pruner(stopping, self.epochs)
        )
        self.best = math.inf
        self.improvements = []

    def run(self):
        spent = begun = 0
        busy = []
        while spent < self.budget:
            while len(busy) < self.workers:
                trial = self.study.ask()
                busy.append([trial, nearest(suggest(trial), self.axes), 0])
                begun += 1
            for job in busy[:]:
                if spent == self.budget:
                    break
                job[2] += 1
                spent += 1
                self.epoch(job, spent, busy)
        return begun, self.improvements

    def epoch(self, job, spent, busy):
        trial, setting, epoch = job
        error = float(self.errors[setting, epoch - 1])
        if self.stopping:
            trial.report(error, epoch)
        if epoch == self.epochs:
            self.study.tell(trial, error)
            busy.remove(job)
            if error < self.best:
                self.best = error
                self.improvements.append([spent, error])
        elif self.stopping and trial.should_prune():
            self.study.tell(trial, state=optuna.trial.TrialState.PRUNED)
            busy.remove(job)


def run(work):
    method, seed, errors, grid, trials = work
    warnings.filterwarnings("ignore")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    begun, best = Sweep(method, seed, errors, grid, trials).run()
    return {"method": method, "seed": seed, "trials": begun, "best": best}


def main():
    table, caviar, output, seeds, trials = sys.argv[1:6]
    errors = curves.read(table)[0].mean(axis=1)
    with open(caviar, encoding="utf-8") as lines:
        grid = json.loads(lines.readline())
    if abs(errors[:, -1].min() - grid["lowest"]) > 1e-9:
        sys.exit(f"the lowest error is {errors[:, -1].min()}, but Caviar says {grid['lowest']}")
    methods = sys.argv[6].split(",") if len(sys.argv) > 6 else METHODS
    work = [
        (method, seed, errors, grid, int(trials)) for method in methods for seed in range(int(seeds))
    ]
    with multiprocessing.Pool() as pool, open(output, "w", encoding="utf-8") as out:
        for i, line in enumerate(pool.imap(run, work)):
            print(json.dumps(line), file=out, flush=True)
            if (i + 1) % int(seeds) == 0:
                print(f"{line['method']}: done", file=sys.stderr)


if __name__ == "__main__":
    main()
