"""Records what Optuna makes of fixed trials, for OptunaRecordingTest.

    pip install optuna==5.0.0 scikit-learn==1.9.1
    python record_optuna.py

Writes ../resources/dev/caviar/coordinator/importance/optuna-*.json, each with

    versions        what it was recorded with
    parameters      name, kind (real, log, whole, choice), and low and high or choices
    trials          values by name, those not in use left out, and the objective
    fanova          for each parameter the mean over 64 trees of its share of a tree's variance
    tree            the first tree of a forest as its nodes, and the variance of the whole and of
                    each parameter's and each pair's marginal
    ped_anova       for each parameter its share, of the best quarter against all

Optuna's fANOVA integrates over values as they are, also on a log scale, and over the whole square of
a choice's indicator columns. So that the numbers are comparable, it is given numbers as places on
their scale, 0 to 1, and is recorded only where all parameters are numbers that are always in use.
"""

import json
import math
import pathlib
import platform

import numpy as np
import optuna
import sklearn
from optuna.importance import FanovaImportanceEvaluator, PedAnovaImportanceEvaluator
from optuna.importance._fanova._fanova import _Fanova

RESOURCES = pathlib.Path(__file__).parents[1] / "resources/dev/caviar/coordinator/importance"
VERSIONS = {
    "optuna": optuna.__version__,
    "scikit-learn": sklearn.__version__,
    "numpy": np.__version__,
    "python": platform.python_version(),
}
optuna.logging.set_verbosity(optuna.logging.ERROR)


def sample(parameter, rng):
    kind = parameter["kind"]
    if kind == "choice":
        return parameter["choices"][rng.integers(len(parameter["choices"]))]
    low, high = parameter["low"], parameter["high"]
    if kind == "whole":
        return int(rng.integers(low, high + 1))
    u = rng.random()
    return low * (high / low) ** u if kind == "log" else low + u * (high - low)


def unit(parameter, value):
    low, high = parameter["low"], parameter["high"]
    if parameter["kind"] == "log":
        return math.log(value / low) / math.log(high / low)
    return (value - low) / (high - low)


def distribution(parameter):
    kind = parameter["kind"]
    if kind == "choice":
        return optuna.distributions.CategoricalDistribution(parameter["choices"])
    if kind == "whole":
        return optuna.distributions.IntDistribution(parameter["low"], parameter["high"])
    return optuna.distributions.FloatDistribution(
        parameter["low"], parameter["high"], log=kind == "log"
    )


def study(trials, distributions, values):
    made = optuna.create_study(direction="minimize")
    for trial in trials:
        point = values(trial)
        made.add_trial(
            optuna.trial.create_trial(
                params=point,
                distributions={name: distributions[name] for name in point},
                value=trial["objective"],
            )
        )
    return made


def shares(importances):
    return {name: float(share) for name, share in importances.items()}


def tree(parameters, trials):
    """One tree, and what Optuna's own decomposition makes of it."""
    x = np.array([[unit(p, t["values"][p["name"]]) for p in parameters] for t in trials])
    y = np.array([t["objective"] for t in trials])
    bounds = np.array([[0.0, 1.0]] * len(parameters))
    fanova = _Fanova(n_trees=1, max_depth=64, min_samples_split=2, min_samples_leaf=1, seed=1)
    fanova.fit(x, y, bounds, [np.array([i]) for i in range(len(parameters))])
    decomposed = fanova._trees[0]
    nodes = fanova._forest.estimators_[0].tree_
    d = len(parameters)
    return {
        "feature": nodes.feature.tolist(),
        "threshold": nodes.threshold.tolist(),
        "left": nodes.children_left.tolist(),
        "right": nodes.children_right.tolist(),
        "value": nodes.value.reshape(-1).tolist(),
        "variance": float(decomposed.variance),
        "marginal": [float(decomposed.get_marginal_variance(np.array([i]))) for i in range(d)],
        "pairs": [
            [i, j, float(decomposed.get_marginal_variance(np.array([i, j])))]
            for i in range(d)
            for j in range(i + 1, d)
        ],
    }


def record(name, parameters, n, seed, objective, used=lambda values: values):
    rng = np.random.default_rng(seed)
    trials = []
    for _ in range(n):
        values = used({p["name"]: sample(p, rng) for p in parameters})
        trials.append({"values": values, "objective": float(objective(values))})
    recording = {"versions": VERSIONS, "parameters": parameters, "trials": trials}
    if all(p["kind"] in ("real", "log") for p in parameters):
        evenly = {p["name"]: optuna.distributions.FloatDistribution(0, 1) for p in parameters}
        by_name = {p["name"]: p for p in parameters}
        places = lambda t: {k: unit(by_name[k], v) for k, v in t["values"].items()}
        recording["fanova"] = shares(
            FanovaImportanceEvaluator(n_trees=64, seed=1).evaluate(study(trials, evenly, places))
        )
        recording["tree"] = tree(parameters, trials[:60])
    distributions = {p["name"]: distribution(p) for p in parameters}
    divergences = PedAnovaImportanceEvaluator(target_quantile=0.25).evaluate(
        study(trials, distributions, lambda t: t["values"])
    )
    total = sum(divergences.values())
    recording["ped_anova"] = shares({k: v / total for k, v in divergences.items()})
    path = RESOURCES / f"optuna-{name}.json"
    path.write_text(json.dumps(recording) + "\n")
    print(path.name, recording.get("fanova"), recording["ped_anova"])


def numbers(values):
    rate = math.log10(values["learning_rate"] / 0.01)
    return 0.1 * rate**2 + 0.05 * values["dropout"] + 0.2 * rate * (values["l2"] > 1e-4)


def mixed(values):
    rate = math.log10(values["learning_rate"] / 0.01)
    error = 0.1 * rate**2 + 0.002 * abs(values["units"] - 64) + 0.01 * (values["layers"] == 1)
    error += {"relu": 0.0, "tanh": 0.02, "sigmoid": 0.2}[values["activation"]]
    return error + (0.3 * (values["momentum"] - 0.9) if "momentum" in values else 0.05)


def used(values):
    if values["optimizer"] != "momentum":
        del values["momentum"]
    return values


record(
    "numbers",
    [
        {"name": "learning_rate", "kind": "log", "low": 1e-4, "high": 1.0},
        {"name": "dropout", "kind": "real", "low": 0.0, "high": 0.5},
        {"name": "l2", "kind": "log", "low": 1e-6, "high": 1e-2},
        {"name": "epsilon", "kind": "log", "low": 1e-9, "high": 1e-7},
    ],
    200,
    7,
    numbers,
)
record(
    "mixed",
    [
        {"name": "learning_rate", "kind": "log", "low": 1e-4, "high": 1.0},
        {"name": "optimizer", "kind": "choice", "choices": ["momentum", "adam"]},
        {"name": "momentum", "kind": "real", "low": 0.5, "high": 0.99},
        {"name": "units", "kind": "whole", "low": 10, "high": 100},
        {"name": "layers", "kind": "whole", "low": 1, "high": 3},
        {"name": "activation", "kind": "choice", "choices": ["relu", "tanh", "sigmoid"]},
    ],
    150,
    11,
    mixed,
    used,
)
