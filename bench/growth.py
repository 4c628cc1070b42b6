"""Prints what growth.sh measured as a table, and draws it.

Usage: growth.py TIMES PLOT, where each line of TIMES has workers, trials and ms a trial.
"""

import math
import statistics
import sys

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 360, 60, 130, 20, 50
COLORS = ["#1f77b4", "#d62728", "#2ca02c", "#9467bd"]
TICKS = (0.05, 0.1, 0.2, 0.5, 1, 2, 5)


def read(path):
    times = {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            workers, trials, ms = line.split()
            times.setdefault(int(workers), {}).setdefault(int(trials), []).append(float(ms))
    return {
        workers: {trials: statistics.median(ms) for trials, ms in by_trials.items()}
        for workers, by_trials in times.items()
    }


def table(times):
    trials = sorted({count for by_trials in times.values() for count in by_trials})
    print("Median ms a trial, and in brackets how many times that of the row above or the column before:\n")
    print("| workers | " + " | ".join(f"{count:,} trials" for count in trials) + " |")
    print("|---:|" + "---:|" * len(trials))
    above = {}
    for workers in sorted(times):
        cells = []
        for i, count in enumerate(trials):
            ms = times[workers][count]
            grown = [] if i == 0 else [f"{ms / times[workers][trials[i - 1]]:.2f}×→"]
            grown += [] if count not in above else [f"{ms / above[count]:.2f}×↓"]
            cells.append(f"{ms:.3f}" + (f" ({' '.join(grown)})" if grown else ""))
        print(f"| {workers:,} | " + " | ".join(cells) + " |")
        above = times[workers]


def plot(times, path):
    trials = sorted({count for by_trials in times.values() for count in by_trials})
    all_ms = [ms for by_trials in times.values() for ms in by_trials.values()]
    low = max(tick for tick in TICKS if tick <= min(all_ms) or tick == TICKS[0])
    high = min(tick for tick in TICKS if tick >= max(all_ms) or tick == TICKS[-1])

    def share(value, least, most):
        return math.log(value / least) / math.log(most / least) if most > least else 0.5

    def x(count):
        return LEFT + (WIDTH - LEFT - RIGHT) * share(count, trials[0], trials[-1])

    def y(ms):
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share(ms, low, high)

    svg = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="12">',
        "<title>What a trial costs as work grows</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
    ]
    for tick in TICKS:
        if low <= tick <= high:
            svg.append(
                f'<path d="M{LEFT} {y(tick):.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>'
                f'<text x="{LEFT - 6}" y="{y(tick) + 4:.1f}" text-anchor="end">{tick:g}</text>'
            )
    for count in trials:
        svg.append(
            f'<text x="{x(count):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{count:,}</text>'
        )
    svg.append(
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 10}" text-anchor="middle">trials</text>'
        f'<text transform="translate(16 {(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" '
        'text-anchor="middle">ms a trial</text>'
    )
    for i, workers in enumerate(sorted(times)):
        points = " ".join(f"{x(n):.1f},{y(ms):.1f}" for n, ms in sorted(times[workers].items()))
        style = f'stroke="{COLORS[i % len(COLORS)]}" stroke-width="2" fill="none"'
        legend = TOP + 12 + 18 * i
        svg.append(
            f'<polyline points="{points}" {style}/>'
            f'<path d="M{WIDTH - RIGHT + 10} {legend - 4}h24" {style}/>'
            f'<text x="{WIDTH - RIGHT + 40}" y="{legend}">{workers:,} workers</text>'
        )
    svg.append("</svg>\n")
    with open(path, "w", encoding="utf-8") as out:
        out.write("\n".join(svg))


def main():
    times = read(sys.argv[1])
    table(times)
    plot(times, sys.argv[2])


if __name__ == "__main__":
    main()
