#!/usr/bin/env bash
# Times the first epoch of trials in a worker that has trained before, from the assignment on, beside
# the later epochs of the same trials.
# Usage: bench/first-epoch.sh [trials on the digits [epochs of each]]          # takes a minute
set -euo pipefail
cd "$(dirname "$0")/.."

trials=${1:-400}
epochs=${2:-10}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. bench/build.sh

export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
echo "| trial | first epoch, ms | later epochs, ms | ratio | ratio of the worker's first trial |"
echo "|---|---:|---:|---:|---:|"
# shellcheck disable=SC2086 # The flags are several words.
"$java" $flags -Xmx2g -XX:+UseParallelGC -cp "$class_path" dev.caviar.bench.FirstEpoch \
  "$trials" "$epochs" "$work" 2>"$work/log" || { tail -n 20 "$work/log" >&2; exit 1; }
echo
echo "Medians over the last half of $trials and of $((trials / 20)) trials, of $epochs epochs each; $(date +%F)," \
  "$(sed -n 's/^model name\s*: //p' /proc/cpuinfo | head -n 1), $(getconf _NPROCESSORS_ONLN) cores," \
  "load $(cut -d ' ' -f 1 /proc/loadavg)."
