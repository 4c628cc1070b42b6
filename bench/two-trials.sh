#!/usr/bin/env bash
# Times one trial alone and two at once in one worker's threads, in turn, and prints how many times
# the work of one is done in the same time. Keep both cores free: what runs beside it takes from two
# trials and not from one.
# Usage: bench/two-trials.sh [rounds]          # 5 rounds take a minute and a half
set -euo pipefail
cd "$(dirname "$0")/.."

rounds=${1:-5}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. bench/build.sh

export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
echo "| trial | one, s | two at once, s | times the work |"
echo "|---|---:|---:|---:|"
# shellcheck disable=SC2086 # The flags are several words.
"$java" $flags -Xmx2g -XX:+UseParallelGC -cp "$class_path" dev.caviar.bench.TwoTrials \
  "$rounds" "$work" 2>"$work/log" || { tail -n 20 "$work/log" >&2; exit 1; }
echo
echo "Medians of $rounds rounds, in brackets by the fastest; $(date +%F)," \
  "$(sed -n 's/^model name\s*: //p' /proc/cpuinfo | head -n 1), $(getconf _NPROCESSORS_ONLN) cores," \
  "load $(cut -d ' ' -f 1 /proc/loadavg)."
