#!/usr/bin/env bash
# Times trials that train nothing in one process: real coordinator, real journal in a file, and
# workers that answer at once. Each round is a process of its own, after 5,000 trials to warm up.
# Then the same trials with the peers that PYTHON has: python3 -m venv venv && venv/bin/pip install optuna "ray[tune]"
# Usage: bench/empty-trials.sh [rounds [trials [workers [slots of each [epochs [points to a report]]]]]]
set -euo pipefail
cd "$(dirname "$0")/.."

rounds=${1:-5}
trials=${2:-10000}
workers=${3:-8}
slots=${4:-8}
epochs=${5:-1}
points=${6:-1}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

. bench/build.sh

for round in $(seq "$rounds"); do
  # shellcheck disable=SC2086 # The flags are several words.
  "$java" $flags -Xmx1g -XX:+UseParallelGC \
    -cp "$class_path" dev.caviar.bench.EmptyTrials \
    "$trials" "$workers" "$slots" "$epochs" "$points" "$work/store-$round" 2>"$work/log" \
    || { tail -n 20 "$work/log" >&2; exit 1; }
done | tee "$work/rounds"
median=$(sed -n 's/.* s, \([0-9.]*\) ms a trial.*/\1/p' "$work/rounds" | sort -n \
  | awk '{ms[NR] = $1} END {print ms[int((NR + 1) / 2)]}')
echo "median $median ms a trial"
if [ -n "${PYTHON:-}" ]; then
  "$PYTHON" bench/empty_trials.py "$work" "$median" 2>"$work/log" \
    || { tail -n 20 "$work/log" >&2; exit 1; }
fi
uptime | sed 's/.*load/load/'
