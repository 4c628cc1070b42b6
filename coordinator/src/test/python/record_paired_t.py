"""Writes paired-t.json: quantiles of Student's t, paired tests and Holm's intervals by SciPy.

    python record_paired_t.py > ../resources/dev/caviar/coordinator/retest/paired-t.json

Recorded with SciPy 1.17.1.
"""

import json

import numpy
import scipy
from scipy import stats


def paired(losses, others, confidence):
    test = stats.ttest_rel(losses, others)
    interval = test.confidence_interval(confidence)
    return {
        "losses": list(losses),
        "others": list(others),
        "confidence": confidence,
        "p": float(test.pvalue),
        "low": float(interval.low),
        "high": float(interval.high),
    }


def holm(best, challengers):
    """Holm's step-down: the j-th surest at 0.05 / (m - j), until the first that is not told apart."""
    tests = [stats.ttest_rel(losses, best) for losses in challengers]
    found = [None] * len(tests)
    left = len(tests)
    for i in numpy.argsort([test.pvalue for test in tests], kind="stable"):
        risk = 0.05 / left
        interval = tests[i].confidence_interval(1 - risk)
        found[i] = [float(interval.low), float(interval.high)]
        if tests[i].pvalue < risk:
            left -= 1
    return {"best": list(best), "challengers": [list(c) for c in challengers], "intervals": found}


random = numpy.random.default_rng(20261126)
quantiles = [
    {"pairs": n, "probability": p, "t": float(stats.t.ppf(p, n - 1))}
    for n in (2, 3, 5, 10, 31, 1000)
    for p in (0.8, 0.95, 0.975, 0.99, 0.995, 0.9995)
]
tests = []
for n in (2, 3, 5, 12, 100):
    luck = random.normal(0, 0.02, n)
    others = 0.1 + luck + random.normal(0, 0.005, n)
    tests.append(paired(0.105 + luck + random.normal(0, 0.005, n), others, 0.95))
    tests.append(paired(0.1 + luck + random.normal(0, 0.005, n), others, 0.99))
holms = []
for shifts in ((0.05, 0.02, 0.012, 0.001), (-0.02, 0.0, 0.03), (0.0, 0.0, 0.0, 0.0, 0.0), (0.04,)):
    luck = random.normal(0, 0.02, 6)
    best = 0.1 + luck + random.normal(0, 0.005, 6)
    holms.append(holm(best, [0.1 + s + luck + random.normal(0, 0.005, 6) for s in shifts]))
print(
    json.dumps(
        {"scipy": scipy.__version__, "quantiles": quantiles, "paired": tests, "holm": holms},
        indent=1,
    )
)
