"""Prints what Caviar's and Optuna's methods found in the table, and draws it.

Usage: report.py CAVIAR_JSON_LINES OPTUNA_JSON_LINES [FOLDER_FOR_PLOTS]
"""

import json
import math
import os
import statistics
import sys

import numpy
from scipy.stats import wilcoxon

SAMPLERS = ["random", "sobol", "halton", "tpe", "gaussian_process"]
SCHEDULES = ["median", "asha", "hyperband", "tpe_asha", "tpe_hyperband"]
NAMES = {
    "random": "random",
    "sobol": "Sobol",
    "halton": "Halton",
    "tpe": "TPE",
    "gaussian_process": "Gaussian process",
    "median": "random, median",
    "asha": "random, ASHA",
    "hyperband": "random, Hyperband",
    "tpe_asha": "TPE, ASHA",
    "tpe_hyperband": "TPE, Hyperband",
}
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 400, 60, 190, 20, 50
COLORS = ["#7a7a7a", "#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e"]


def read(path):
    """The grid, if it is there, and each method's runs by seed."""
    grid, runs = None, {}
    with open(path, encoding="utf-8") as lines:
        for line in map(json.loads, lines):
            if "lowest" in line:
                grid = line | {"lowest": round(line["lowest"], 9)}
            else:
                # The same mean of three seeds may differ by a rounding between the two sides.
                line["best"] = [[spent, round(error, 9)] for spent, error in line["best"]]
                runs.setdefault(line["method"], {})[line["seed"]] = line
    return grid, runs


def final(runs, epochs=math.inf):
    return [min(after(run, epochs), 1.0) for run in by_seed(runs)]


def last(run):
    """The best error at the end; that of no network at all if no trial was completed."""
    return run["best"][-1][1] if run["best"] else 1.0


def by_seed(runs):
    return [runs[seed] for seed in sorted(runs)]


def after(run, epochs):
    """The best error after so many epochs; infinite before the first trial is complete."""
    best = math.inf
    for spent, error in run["best"]:
        if spent > epochs:
            break
        best = error
    return best


def p_value(a, b):
    return wilcoxon(a, b).pvalue if any(x != y for x, y in zip(a, b)) else 1.0


def score(a, b):
    """In how many seeds the first is better and worse."""
    wins = sum(x < y for x, y in zip(a, b))
    losses = sum(x > y for x, y in zip(a, b))
    return f"{wins} : {losses}"


def percent(x):
    return f"{100 * x:.2f}"


def samplers(grid, caviar, optuna, trials):
    lowest = grid["lowest"]
    seeds = len(caviar["random"])
    print(f"Median regret in points of dev error over {seeds} seeds, the lowest error of any setting")
    print(f"being {percent(lowest)} %; better : worse in so many seeds; p of two-sided Wilcoxon tests by seed.\n")
    print(
        "| trials | sampler | Caviar | Optuna | better : worse | p | Caviar against random | p "
        "| Optuna against random | p |"
    )
    print("|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    for count in (trials // 2, trials):
        rows(caviar, optuna, lowest, count, count * grid["epochs"])


def rows(caviar, optuna, lowest, count, epochs):
    for name in SAMPLERS:
        if name not in caviar:
            continue
        ours = final(caviar[name], epochs)
        cells = [str(count), NAMES[name], percent(statistics.median(ours) - lowest)]
        peers = final(optuna[name], epochs) if name in optuna else None
        if peers:
            p = p_value(ours, peers)
            cells += [percent(statistics.median(peers) - lowest), score(ours, peers), f"{p:.2g}"]
        else:
            cells += ["", "", ""]
        for runs, of in ((ours, caviar), (peers, optuna)):
            if name == "random" or runs is None:
                cells += ["", ""]
            else:
                random = final(of["random"], epochs)
                cells += [score(runs, random), f"{p_value(runs, random):.2g}"]
        print("|", " | ".join(cells), "|")


def fractions(runs, random, budget):
    """For each seed, of random's epochs, those until the best is as good as random's at the end."""
    found = []
    for run, other in zip(by_seed(runs), by_seed(random)):
        goal = last(other)
        found.append(next((spent / budget for spent, e in run["best"] if e <= goal), math.inf))
    return found


def crossing(runs, random, budget):
    """The same of the medians over all seeds."""
    goal = statistics.median(final(random))
    times = sorted({spent for run in runs.values() for spent, _ in run["best"]})
    for spent in times:
        if statistics.median(after(run, spent) for run in runs.values()) <= goal:
            return spent / budget
    return math.inf


def crossing_interval(runs, random, budget):
    """Of 95 %, by a bootstrap over seeds."""
    draws = numpy.random.default_rng(1)
    seeds = sorted(runs)
    found = []
    for _ in range(1000):
        drawn = draws.choice(seeds, len(seeds))
        found.append(
            crossing(
                {i: runs[s] for i, s in enumerate(drawn)},
                {i: random[s] for i, s in enumerate(drawn)},
                budget,
            )
        )
    found.sort()
    return found[25], found[974]


def fraction(x):
    return f"{x:.2f}" if x <= 1 else "> 1"


def schedules(grid, caviar, optuna, budget):
    lowest = grid["lowest"]
    print(f"\nWith {budget} epochs each, which are random's {budget // grid['epochs']} whole trials; {grid['workers']} trials at once. Fractions of")
    print("random's epochs until the best completed trial is as good as random's at the end: where the medians")
    print("over all seeds meet, with an interval of 95 % by a bootstrap; and seed by seed, the quartiles.\n")
    print(
        "| of | method | trials | regret | better : worse than random | p | medians meet at "
        "| 95 % | quartiles by seed | in seeds |"
    )
    print("|---|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    for who, runs in (("Caviar", caviar), ("Optuna", optuna)):
        if "random" not in runs:
            continue
        random = final(runs["random"])
        for name in ["random", *SCHEDULES]:
            if name not in runs:
                continue
            ends = final(runs[name])
            by = fractions(runs[name], runs["random"], budget)
            low, high = crossing_interval(runs[name], runs["random"], budget)
            quartiles = [fraction(x) for x in numpy.quantile(by, [0.25, 0.5, 0.75], method="higher")]
            cells = [
                who,
                NAMES[name],
                f"{statistics.median(run['trials'] for run in runs[name].values()):.0f}",
                percent(statistics.median(ends) - lowest),
                "" if name == "random" else score(ends, random),
                "" if name == "random" else f"{p_value(ends, random):.2g}",
                fraction(crossing(runs[name], runs["random"], budget)),
                f"{fraction(low)} to {fraction(high)}",
                ", ".join(quartiles),
                f"{sum(x <= 1 for x in by)} of {len(by)}",
            ]
            print("|", " | ".join(cells), "|")
    both = [name for name in SCHEDULES if name in caviar and name in optuna]
    print("\nCaviar's against Optuna's at the end:\n")
    print("| method | better : worse | p |")
    print("|---|---:|---:|")
    for name in both:
        ours, peers = final(caviar[name]), final(optuna[name])
        print(f"| {NAMES[name]} | {score(ours, peers)} | {p_value(ours, peers):.2g} |")


def plot(path, title, x_title, most, step, lines, lowest):
    """Medians over seeds as steps; regret on a log scale, in points."""
    low, high = 0.1, 30.0

    def x(epochs):
        return LEFT + (WIDTH - LEFT - RIGHT) * epochs / most

    def y(regret):
        share = math.log(min(max(regret, low), high) / low) / math.log(high / low)
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share

    svg = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="12">',
        f"<title>{title}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
    ]
    for tick in (0.1, 0.3, 1, 3, 10, 30):
        svg.append(
            f'<path d="M{LEFT} {y(tick):.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>'
            f'<text x="{LEFT - 6}" y="{y(tick) + 4:.1f}" text-anchor="end">{tick:g}</text>'
        )
    for i in range(6):
        at = most * i / 5
        svg.append(
            f'<text x="{x(at):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{at / step:g}</text>'
        )
    svg.append(
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 10}" text-anchor="middle">{x_title}</text>'
        f'<text transform="translate(16 {(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" '
        'text-anchor="middle">median regret, points of dev error</text>'
    )
    for i, (name, runs, color, dash) in enumerate(lines):
        times = sorted({spent for run in runs.values() for spent, _ in run["best"]})
        path_data, previous = [], None
        for spent in times:
            median = statistics.median(after(run, spent) for run in runs.values())
            if math.isinf(median) or median == previous:
                continue
            at = f"{x(spent):.1f}"
            path_data.append(f"H{at}" if path_data else f"M{at} {y(100 * (median - lowest)):.1f}")
            if previous is not None:
                path_data.append(f"V{y(100 * (median - lowest)):.1f}")
            previous = median
        path_data.append(f"H{x(most):.1f}")
        style = f'stroke="{color}" stroke-width="2" stroke-dasharray="{dash}" fill="none"'
        legend = TOP + 12 + 18 * i
        svg.append(
            f'<path d="{"".join(path_data)}" {style}/>'
            f'<path d="M{WIDTH - RIGHT + 10} {legend - 4}h24" {style}/>'
            f'<text x="{WIDTH - RIGHT + 40}" y="{legend}">{name}</text>'
        )
    svg.append("</svg>\n")
    with open(path, "w", encoding="utf-8") as out:
        out.write("\n".join(svg))


def lines(names, caviar, optuna):
    found = []
    for i, name in enumerate(names):
        if name in caviar:
            found.append((NAMES[name], caviar[name], COLORS[i], ""))
        if name in optuna:
            found.append((f"{NAMES[name]}, Optuna", optuna[name], COLORS[i], "5 4"))
    return found


def main():
    grid, caviar = read(sys.argv[1])
    _, optuna = read(sys.argv[2])
    budget = max(run["trials"] for run in caviar["random"].values()) * grid["epochs"]
    samplers(grid, caviar, optuna, budget // grid["epochs"])
    schedules(grid, caviar, optuna, budget)
    if len(sys.argv) > 3:
        plot(
            os.path.join(sys.argv[3], "samplers.svg"),
            "Samplers",
            "trials",
            budget,
            grid["epochs"],
            lines(["random", "tpe", "gaussian_process"], caviar, optuna),
            grid["lowest"],
        )
        plot(
            os.path.join(sys.argv[3], "schedules.svg"),
            "Schedules",
            "epochs",
            budget,
            1,
            lines(["random", "median", "asha", "hyperband", "tpe_hyperband"], caviar, {}),
            grid["lowest"],
        )


if __name__ == "__main__":
    main()
