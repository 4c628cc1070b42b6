#!/usr/bin/env bash
# How the cost of a trial that trains nothing grows with their number and with that of workers: real
# coordinator and journal in a file, in one process with the workers, for each pair of numbers.
# Usage: bench/growth.sh [rounds [trials [workers [early_stopping [epochs]]]]]
# with numbers between commas: bench/growth.sh 3 1000,10000,100000 10,100,1000. Trials that may be stopped early need
# more than the one epoch: bench/growth.sh 3 1000,10000,100000 10 "asha, min_epochs: 1, reduction_factor: 3" 9. Prints a
# table, and draws bench/growth.svg.
set -euo pipefail
cd "$(dirname "$0")/.."

rounds=${1:-3}
trials=${2:-1000,10000,100000}
workers=${3:-10,100,1000}
early_stopping=${4:-none}
epochs=${5:-1}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

. bench/build.sh

# Rounds outermost, so that what else the machine does falls on all alike.
for round in $(seq "$rounds"); do
  for many in ${workers//,/ }; do
    for count in ${trials//,/ }; do
      # shellcheck disable=SC2086 # The flags are several words.
      "$java" $flags -Xmx1g -XX:+UseParallelGC -cp "$class_path" dev.caviar.bench.EmptyTrials \
        "$count" "$many" 1 "$epochs" 1 "$work/store" "$early_stopping" 2>"$work/log" >"$work/line" \
        || { tail -n 20 "$work/log" >&2; exit 1; }
      rm -rf "$work/store"
      echo "$many $count $(sed -n 's/.* s, \([0-9.]*\) ms a trial.*/\1/p' "$work/line")" \
        | tee -a "$work/times" >&2
    done
  done
done
python3 bench/growth.py "$work/times" bench/growth.svg
uptime | sed 's/.*load/load/'
