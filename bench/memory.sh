#!/usr/bin/env bash
# Runs 2,000 short trials in one process and prints its memory after each tenth of them.
# Flat means: what the last half adds is within the noise. Usage: bench/memory.sh
set -euo pipefail
cd "$(dirname "$0")/.."

results=$(mktemp -d)
./caviar run bench/memory.yaml --plain --results "$results" >"$results/out" 2>&1 &
pid=$!
trap 'kill "$pid" 2>/dev/null || true; rm -rf "$results"' EXIT

echo "| trials | resident MiB | seconds |"
echo "|---:|---:|---:|"
next=200
start=$SECONDS
while kill -0 "$pid" 2>/dev/null; do
  trials=$({ cat "$results"/*/trials.csv 2>/dev/null || true; } | wc -l)
  if [ "$trials" -gt "$next" ]; then
    rss=$(awk '/^VmRSS/ {print int($2 / 1024)}' "/proc/$pid/status" 2>/dev/null || true)
    [ -n "$rss" ] && echo "| $((trials - 1)) | $rss | $((SECONDS - start)) |"
    next=$((next + 200))
  fi
  sleep 0.1
done
wait "$pid" || { tail -n 20 "$results/out" >&2; exit 1; }
