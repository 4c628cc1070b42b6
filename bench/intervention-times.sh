#!/usr/bin/env bash
# Times how long it takes until a running panda trains with another learning rate, on a coordinator and
# a worker of two slots as processes, while the other slot trains a sweep.
# Usage: bench/intervention-times.sh [interventions]
set -euo pipefail
cd "$(dirname "$0")/.."

count=${1:-300}
work=$(mktemp -d)
started=()
trap 'kill "${started[@]}" 2>/dev/null || true; rm -rf "$work"' EXIT

. bench/build.sh

port=$((20000 + RANDOM % 20000))
# shellcheck disable=SC2206 # The flags are several words.
run=("$java" $flags -Xmx1g -cp "$class_path")
CAVIAR_PORT=$port CAVIAR_STORE_FOLDER=$work/store \
  "${run[@]}" dev.caviar.coordinator.CoordinatorMain >"$work/coordinator.log" 2>&1 &
started+=($!)
CAVIAR_COORDINATORS=127.0.0.1:$port CAVIAR_SLOTS=2 OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 \
  "${run[@]}" dev.caviar.worker.WorkerMain >"$work/worker.log" 2>&1 &
started+=($!)
"${run[@]}" dev.caviar.bench.InterventionTimes "127.0.0.1:$port" "$count" 2>"$work/log" \
  || { tail -n 20 "$work"/*log >&2; exit 1; }
