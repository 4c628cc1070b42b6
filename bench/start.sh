#!/usr/bin/env bash
# Times caviar run from the start of its command until the first mini-batch of the first trial is
# trained, and until its end, and prints medians.
# Usage: bench/start.sh [rounds [SWEEP_FILE]]          # 9 rounds take half a minute
set -euo pipefail
cd "$(dirname "$0")/.."

rounds=${1:-9}
sweep=${2:-examples/quick.yaml}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
./caviar --version >"$work/version" # Builds if need be, before the clock runs.

for round in $(seq "$rounds"); do
  logs=$work/$round
  begun=$(date +%s%3N)
  CAVIAR_LOG_DIR=$logs ./caviar run "$sweep" --plain --results "$logs" >"$work/out" 2>"$work/err" \
    || { tail -n 20 "$work/out" "$work/err" >&2; exit 1; }
  ended=$(date +%s%3N)
  trained=$(sed -n 's/ .* Trains: mini-batch 1 is done$//p' "$logs/caviar.log" | head -n 1)
  echo "$(($(date -d "$trained" +%s%3N) - begun)) $((ended - begun))"
done >"$work/times"

median() { sort -n | awk '{ms[NR] = $1} END {printf "%d (%d)", ms[int((NR + 1) / 2)], ms[1]}'; }
echo "| ms from the start of the command until | median (fastest) of $rounds | goal |"
echo "|---|---:|---:|"
echo "| the first mini-batch is trained | $(cut -d ' ' -f 1 "$work/times" | median) | 1,500 |"
echo "| the end of $sweep | $(cut -d ' ' -f 2 "$work/times" | median) | |"
echo
echo "$(date +%F), $(sed -n 's/^model name\s*: //p' /proc/cpuinfo | head -n 1), $(getconf _NPROCESSORS_ONLN) cores," \
  "load $(cut -d ' ' -f 1 /proc/loadavg); $(tail -n 1 "$work/version")."
