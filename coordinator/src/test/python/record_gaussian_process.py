"""Records a Gaussian process by scikit-learn and log EI by mpmath, for GaussianProcessTest and
LogExpectedImprovementTest.

    pip install scikit-learn==1.9.1 mpmath==1.3.0
    python record_gaussian_process.py

Writes ../resources/dev/caviar/coordinator/search/

    gaussian-process.json   vectors of 4 features, the last two of the same dimension, and outcomes;
                            the kernel's parameters; the logarithm of the marginal likelihood and its
                            derivatives by the logarithms of length scales, signal and noise; mean and
                            deviation at other vectors
    log-h.json              log(phi(u) + u Phi(u)), to 50 digits before rounding, by u
"""

import json
import pathlib
import platform

import mpmath
import numpy as np
import sklearn
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

RESOURCES = pathlib.Path(__file__).parents[1] / "resources/dev/caviar/coordinator/search"


def process():
    rng = np.random.default_rng(20261124)
    points = rng.random((25, 4))
    outcomes = np.sin(4 * points[:, 0]) + points[:, 1] * points[:, 2] + 0.1 * rng.normal(size=25)
    scales, signal, noise = np.array([0.4, 1.3, 0.8]), 1.7, 0.02
    repeated = scales[[0, 1, 2, 2]]
    kernel = ConstantKernel(signal) * Matern(repeated, nu=2.5) + WhiteKernel(noise)
    fitted = GaussianProcessRegressor(kernel, optimizer=None, alpha=0).fit(points, outcomes)
    value, gradient = fitted.log_marginal_likelihood(fitted.kernel_.theta, eval_gradient=True)
    others = np.vstack([rng.random((10, 4)), points[:2]])
    # Without the noise of what would be seen there.
    latent = GaussianProcessRegressor(kernel.k1, optimizer=None, alpha=noise).fit(points, outcomes)
    means, deviations = latent.predict(others, return_std=True)
    return {
        "versions": {
            "scikit-learn": sklearn.__version__,
            "numpy": np.__version__,
            "python": platform.python_version(),
        },
        "points": points.tolist(),
        "dimensions": [0, 1, 2, 2],
        "outcomes": outcomes.tolist(),
        "length_scales": scales.tolist(),
        "signal": signal,
        "noise": noise,
        "log_likelihood": value,
        # theta is (signal, four scales, noise).
        "gradient": [
            gradient[1],
            gradient[2],
            gradient[3] + gradient[4],
            gradient[0],
            gradient[5],
        ],
        "others": others.tolist(),
        "means": means.tolist(),
        "deviations": deviations.tolist(),
    }


def log_h():
    mpmath.mp.dps = 50
    values = []
    for u in [
        *(-(10.0**k) for k in range(8, 1, -1)),
        *np.arange(-60, -10, 6.5),
        *np.arange(-10, 10.01, 0.25),
        50.0,
    ]:
        # phi(u) + u Phi(u) cancels to 1/u^2 of itself: far more digits than are lost.
        with mpmath.workdps(80):
            x = mpmath.mpf(float(u))
            tail = mpmath.erfc(-x / mpmath.sqrt(2)) / 2
            h = mpmath.npdf(x) + x * tail
            values.append([float(u), float(mpmath.log(h))])
    return {"versions": {"mpmath": mpmath.__version__}, "values": values}


def main():
    RESOURCES.mkdir(parents=True, exist_ok=True)
    for name, recording in (("gaussian-process", process()), ("log-h", log_h())):
        with open(RESOURCES / f"{name}.json", "w", encoding="utf-8") as out:
            json.dump(recording, out, indent=1)
            out.write("\n")


if __name__ == "__main__":
    main()
