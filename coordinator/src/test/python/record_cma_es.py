"""Records CMA-ES updates of cma.purecma, Hansen's own short implementation, for EvolutionStateTest.

Usage: pip install cma numpy && python record_cma_es.py > ../resources/dev/caviar/coordinator/search/cma-es.txt

With RecombinationWeights, negative ones too, purecma has the tutorial's equations and constants but
for two things: its sigma follows the square of its path, so that here it is set by eq. (44) from
purecma's path, and the limit at which it stalls the path of C is another, so that only generations
are recorded in which both limits say the same.

Last come the medians of 9 runs, of how many points it takes purecma with its own settings to 1e-8
from the middle of -5 to 10 in 5 dimensions, with a sixth of that as sigma.

Each case: a line "case n lambda generations mean... sigma"; then for each generation a line for each
of its points, the best first, and one with the mean, sigma and the rows of C after it.
"""

import math
import random
import statistics

from cma import ff
from cma.more_algorithms import purecma
from cma.recombination_weights import RecombinationWeights


def case(n, population, generations, seed):
    random.seed(seed)
    mean = [random.random() for _ in range(n)]
    es = purecma.CMAES(list(mean), 0.3, popsize=population)
    p = es.params = purecma.CMAESParameters(n, population, RecombinationWeights)
    damping = 1 + 2 * max(0, math.sqrt((p.mueff - 1) / (n + 1)) - 1) + p.cs
    p.lazy_gap_evals = 0
    print("case", n, population, generations, *map(repr, mean), repr(es.sigma))
    for generation in range(generations):
        points = [list(x) for x in es.ask()]
        ranked = sorted(points, key=ff.elli)
        sigma = es.sigma
        es.tell(ranked, list(range(population)))
        norm = math.sqrt(sum(x * x for x in es.ps))
        expected = math.sqrt(1 - (1 - p.cs) ** (2 * (generation + 1)))
        tutorial = norm / expected < (1.4 + 2 / (n + 1)) * p.chiN
        pure = norm**2 / n / expected**2 < 2 + 4 / (n + 1)
        assert tutorial == pure, (n, generation)
        es.sigma = sigma * math.exp(p.cs / damping * (norm / p.chiN - 1))
        for x in ranked:
            print(*map(repr, x))
        es.C.update_eigensystem(es.counteval, 0)
        print(*map(repr, es.xmean), repr(es.sigma), *(repr(es.C[i][j]) for i in range(n) for j in range(n)))


def sphere(x):
    return sum(v * v for v in x)


def ellipsoid(x):
    return sum(1e6 ** (i / (len(x) - 1)) * v * v for i, v in enumerate(x))


def rosenbrock(x):
    return sum(100 * (b - a * a) ** 2 + (1 - a) ** 2 for a, b in zip(x, x[1:]))


def points_to(target, function, seed, most=8000):
    random.seed(seed)
    es = purecma.CMAES([2.5] * 5, 2.5)
    points = 0
    while points < most:
        asked = es.ask()
        values = [function(x) for x in asked]
        for value in values:
            if value < target:
                return points
            points += 1
        es.tell(asked, values)
    return most


case(3, 7, 5, 1)
case(2, 6, 8, 2)
case(5, 8, 8, 3)
case(4, 20, 6, 4)
for function in (sphere, ellipsoid, rosenbrock):
    print("median", function.__name__, statistics.median(points_to(1e-8, function, s) for s in range(9)))
