"""Times trials that train nothing with the peers that are installed, and prints a line for each.

Usage: empty_trials.py FOLDER CAVIAR_MS
Optuna with its storage in memory and in SQLite, and Ray Tune, each with the sweep of EmptySweep: one
learning rate on a log scale, drawn at random, and one report. CAVIAR_MS is what a durable trial took.
"""

import contextlib
import os
import statistics
import sys
import time

ROUNDS = 3


def rounds(name, caviar, count, run):
    run(max(1, count // 10))  # To warm up.
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        run(count)
        times.append(1e3 * (time.perf_counter() - start) / count)
    median = statistics.median(times)
    print(
        f"{name}: {median:.3f} ms a trial, median of {', '.join(f'{t:.3f}' for t in times)}; "
        f"Caviar's durable trial {caviar / median:.3f}x of it",
        flush=True,
    )


def optuna_trials(folder, caviar):
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)

    def objective(trial):
        value = trial.suggest_float("learning_rate", 1e-4, 1.0, log=True)
        trial.report(value, 1)
        return value

    def run(storage, count):
        study = optuna.create_study(storage=storage, sampler=optuna.samplers.RandomSampler(seed=1))
        study.optimize(objective, n_trials=count)

    rounds(
        f"Optuna {optuna.__version__}, in memory", caviar, 10_000, lambda count: run(None, count)
    )
    database = "sqlite:///" + os.path.join(folder, "optuna.db")
    rounds(
        f"Optuna {optuna.__version__}, SQLite", caviar, 500, lambda count: run(database, count)
    )


def ray_trials(folder, caviar):
    import ray
    from ray import tune

    def trainable(config):
        tune.report({"loss": config["learning_rate"]})

    def run(count):
        with open(os.devnull, "w") as nothing, contextlib.redirect_stdout(nothing):
            tuner = tune.Tuner(
                trainable,
                param_space={"learning_rate": tune.loguniform(1e-4, 1.0)},
                tune_config=tune.TuneConfig(num_samples=count, reuse_actors=True),
                run_config=tune.RunConfig(storage_path=folder, verbose=0),
            )
            tuner.fit()

    ray.init(num_cpus=8, include_dashboard=False, log_to_driver=False, logging_level="error")
    rounds(f"Ray Tune {ray.__version__}", caviar, 300, run)
    ray.shutdown()


def main():
    folder, caviar = sys.argv[1], float(sys.argv[2])
    for run in (optuna_trials, ray_trials):
        try:
            run(folder, caviar)
        except ImportError as missing:
            print(f"{missing.name} is not installed, and left out")


if __name__ == "__main__":
    main()
