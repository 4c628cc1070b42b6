#!/usr/bin/env bash
# Times a whole sweep, from the start of its command to its end: 200 trials of 20 epochs on the
# digits with caviar run, with PyTorch under Optuna in two processes, and with PyTorch under Ray
# Tune, in turn, all with random points from the same space and two trials at a time.
# Usage: bench/whole-sweep.sh [rounds [trials]]
# PYTHON names a Python that has them: venv/bin/pip install torch optuna 'ray[tune]'
set -euo pipefail
cd "$(dirname "$0")/.."

rounds=${1:-3}
trials=${2:-200}
python=${PYTHON:-python3}
"$python" -c 'import torch, optuna, ray.tune' 2>/dev/null || {
  echo "$python lacks PyTorch, Optuna or Ray Tune. Set PYTHON to one that has them." >&2
  exit 1
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
digits=worker/src/main/resources/dev/caviar/worker/data/digits.csv.gz
sed "s/trials: [0-9]*/trials: $trials/" bench/whole-sweep.yaml >"$work/sweep.yaml"
./caviar --version >"$work/version" # Builds if need be, before the clock runs.

export OMP_NUM_THREADS=1 RAY_AIR_NEW_OUTPUT=0 RAY_DEDUP_LOGS=0
timed() {
  local tool=$1 begun
  shift
  begun=$(date +%s.%N)
  "$@" >"$work/out" 2>"$work/err" || { tail -n 20 "$work/out" "$work/err" >&2; exit 1; }
  echo "$tool $(date +%s.%N) $begun" | awk '{printf "%s %.2f\n", $1, $2 - $3}' | tee -a "$work/times" >&2
}

for round in $(seq "$rounds"); do
  echo "Round $round of $rounds ..." >&2
  mkdir -p "$work/$round"
  timed caviar ./caviar run "$work/sweep.yaml" --slots 2 --plain --results "$work/$round/caviar"
  for tool in optuna ray; do
    mkdir "$work/$round/$tool"
    timed "$tool" "$python" bench/whole_sweep.py "$tool" "$digits" "$work/$round/$tool" "$trials"
    tail -n 1 "$work/out" >>"$work/peers"
  done
done

"$python" - "$work" "$trials" <<'END'
import datetime, json, os, re, statistics, sys

folder, trials = sys.argv[1], sys.argv[2]
read = lambda name: open(os.path.join(folder, name), encoding="utf-8").read()
seconds = {}
for line in read("times").splitlines():
    tool, time = line.split()
    seconds.setdefault(tool, []).append(float(time))
versions = {}
for line in read("peers").splitlines():
    run = json.loads(line)
    versions[run["tool"]] = f"{run['tool'].capitalize()} {run['version']}, PyTorch {run['pytorch']}"
names = {"caviar": "Caviar", "optuna": "Optuna + PyTorch, 2 processes", "ray": "Ray Tune + PyTorch"}
goals = {"optuna": "0.2", "ray": "0.1"}
ours = statistics.median(seconds["caviar"])
print(f"| {trials} trials of 20 epochs on the digits | s, median | fastest | Caviar's over it | goal |")
print("|---|---:|---:|---:|---:|")
for tool, times in seconds.items():
    ratio = f"{ours / statistics.median(times):.3f}" if tool != "caviar" else ""
    print(f"| {names[tool]} | {statistics.median(times):.1f} | {min(times):.1f} | {ratio} | {goals.get(tool, '')} |")
model = re.search(r"model name\s*: (.*)", open("/proc/cpuinfo").read()).group(1)
print()
print(
    f"Medians of {len(seconds['caviar'])} rounds in turn; {datetime.date.today()}, {model}, "
    f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {read('version').splitlines()[1]}; "
    f"{'; '.join(versions.values())}."
)
END
