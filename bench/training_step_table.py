"""Prints what bench/training-step.sh measured as a markdown table."""

import datetime
import glob
import json
import os
import platform
import re
import statistics
import sys


def cpu_model():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as info:
            found = dict(re.findall(r"(model name|cpu family|model)\s*: (.*)", info.read()))
            return f"{found['model name']} (family {found['cpu family']}, model {found['model']})"
    except (OSError, KeyError):
        return platform.processor() or platform.machine()


def text(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


class Times:
    """Of one case in one engine: a median and a fastest step of each round."""

    def __init__(self, folder, number, engine):
        rounds = []
        for path in glob.glob(os.path.join(folder, f"{number}-*-{engine}.json")):
            run = json.loads(text(path))
            if engine == "pytorch":
                rounds.append((run["ms"], run["fastest_ms"]))
                self.version = run["version"]
            else:
                percentiles = run[0]["primaryMetric"]["scorePercentiles"]
                rounds.append((percentiles["50.0"], percentiles["0.0"]))
        self.rounds = len(rounds)
        if rounds:
            self.median = statistics.median(median for median, _ in rounds)
            self.fastest = min(fastest for _, fastest in rounds)

    def over(self, other):
        """Ratio of the medians, and of the fastest in brackets; nothing where nothing was measured."""
        if not self.rounds or not other.rounds:
            return ""
        return f"{self.median / other.median:.3f} ({self.fastest / other.fastest:.3f})"


def main():
    folder = sys.argv[1]
    print(
        "| network | mini-batch | optimizer | activation | Caviar ms | PyTorch ms | ratio | goal"
        " | products ms | step / products | goal | products / PyTorch |"
    )
    print("|---|---:|---|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    rounds, version = 0, ""
    for number, line in enumerate(text(os.path.join(folder, "cases")).splitlines(), 1):
        shape, batch, optimizer, activation, goal, products_goal = line.split()
        ours, theirs, products = (
            Times(folder, number, engine) for engine in ("caviar", "pytorch", "products")
        )
        rounds, version = ours.rounds, theirs.version
        cells = [
            shape,
            "10,000 evaluated" if batch == "evaluate" else batch,
            "" if optimizer == "-" else optimizer,
            activation,
            f"{ours.median:.4f}",
            f"{theirs.median:.4f}",
            ours.over(theirs),
            goal,
            f"{products.median:.4f}" if products.rounds else "",
            ours.over(products),
            "" if products_goal == "-" else products_goal,
            products.over(theirs),
        ]
        print(f"| {' | '.join(cells)} |")
    backend = re.search(r"backend: (.*)", text(os.path.join(folder, "jmh.log"))).group(1)
    jdk = text(os.path.join(folder, "java")).splitlines()[1].strip()
    print()
    print(
        f"Medians of single steps over {rounds} rounds in turn, in brackets the ratio of the "
        f"fastest, one thread each; {datetime.date.today()}, {cpu_model()}, {os.cpu_count()} cores, "
        f"load {os.getloadavg()[0]:.1f}; {backend}; {jdk}; PyTorch {version}."
    )


if __name__ == "__main__":
    main()
