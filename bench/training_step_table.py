"""Prints what bench/training-step.sh measured as a markdown table."""

import collections
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
            return re.search(r"model name\s*: (.*)", info.read()).group(1)
    except (OSError, AttributeError):
        return platform.processor() or platform.machine()


def text(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def main():
    folder = sys.argv[1]
    ours = collections.defaultdict(list)
    for path in glob.glob(os.path.join(folder, "caviar-*.json")):
        for run in json.loads(text(path)):
            case = run["params"]["shape"], int(run["params"]["batchSize"])
            percentiles = run["primaryMetric"]["scorePercentiles"]
            ours[case].append((percentiles["50.0"], percentiles["0.0"]))
    theirs = collections.defaultdict(list)
    version = ""
    for line in text(os.path.join(folder, "pytorch.json")).splitlines():
        run = json.loads(line)
        theirs[run["shape"], run["batch_size"]].append((run["ms"], run["fastest_ms"]))
        version = run["version"]

    print("| network | batch | Caviar ms | PyTorch ms | ratio | ratio of the fastest steps |")
    print("|---|---:|---:|---:|---:|---:|")
    for case in sorted(ours, key=lambda c: (-len(c[0]), c[1])):
        median, their_median = (
            statistics.median(m for m, _ in engine[case]) for engine in (ours, theirs)
        )
        fastest, their_fastest = (min(f for _, f in engine[case]) for engine in (ours, theirs))
        print(
            f"| {case[0]} | {case[1]} | {median:.4f} | {their_median:.4f} "
            f"| {median / their_median:.3f} | {fastest / their_fastest:.3f} |"
        )
    backend = re.search(r"backend: (.*)", text(os.path.join(folder, "jmh.log"))).group(1)
    jdk = text(os.path.join(folder, "java")).splitlines()[1].strip()
    rounds = len(next(iter(ours.values())))
    print()
    print(
        f"Medians of single steps over {rounds} rounds in turn, one thread each; "
        f"{datetime.date.today()}, {cpu_model()}, {os.cpu_count()} cores, "
        f"load {os.getloadavg()[0]:.1f}; {backend}; {jdk}; PyTorch {version}."
    )


if __name__ == "__main__":
    main()
