#!/usr/bin/env bash
# Times trials that train nothing on a real coordinator with the embedded store and real streams:
# a coordinator, some processes with many workers each, and a client, all on this machine.
# Then kills the coordinator in the middle of a sweep with as many finished trials, and times how long
# a new one takes until it hands out work.
# Usage: bench/coordinator-load.sh [workers [slots of each [trials [epochs [points to a report]]]]]
# KEEP=1 leaves the logs where they are.
set -euo pipefail
cd "$(dirname "$0")/.."

workers=${1:-8}
slots=${2:-8}
trials=${3:-10000}
epochs=${4:-1}
points=${5:-1}
processes=$((workers >= 100 ? 4 : 1))
port=${CAVIAR_PORT:-7170}

work=$(mktemp -d)
pids=()
clean_up() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  [ -n "${KEEP:-}" ] || rm -rf "$work"
}
trap clean_up EXIT

. bench/build.sh

# shellcheck disable=SC2086 # The flags are several words.
CAVIAR_PORT=$port CAVIAR_STORE_FOLDER=$work/store \
  "$java" $flags -Xmx1g -XX:+UseParallelGC -cp "$class_path" \
  dev.caviar.coordinator.CoordinatorMain >"$work/coordinator.log" 2>&1 &
coordinator=$!
pids+=("$coordinator")
for attempt in $(seq 100); do
  curl -fs "http://127.0.0.1:$port/ready" >/dev/null && break
  [ "$attempt" != 100 ] || { tail -n 20 "$work/coordinator.log" >&2; exit 1; }
  sleep 0.2
done
for process in $(seq "$processes"); do
  # shellcheck disable=SC2086
  "$java" $flags -Xmx768m -XX:+UseParallelGC -cp "$class_path" dev.caviar.bench.EmptyWorkers \
    "127.0.0.1:$port" "$((workers / processes))" "$slots" "$points" "process-$process" \
    >"$work/workers-$process.log" 2>&1 &
  pids+=($!)
done
# shellcheck disable=SC2086
"$java" $flags -Xmx2g -cp "$class_path" dev.caviar.bench.CoordinatorLoad \
  "127.0.0.1:$port" "$((workers / processes * processes))" "$trials" "$epochs" 2>"$work/client.log" \
  || { tail -n 20 "$work/client.log" "$work/coordinator.log" >&2; exit 1; }
echo "coordinator: $(awk '/^VmHWM/ {print int($2 / 1024)}' "/proc/$coordinator/status") MiB resident at most (-Xmx1g)"

# A sweep that goes on, until it has as many finished trials; then the coordinator dies.
completed() {
  curl -fs "http://127.0.0.1:$port/v1/sweeps" | tr -d ' \n' \
    | sed -n 's/.*"name":"unfinished"[^{}]*},*[^{]*"trials_by_state":{[^}]*"completed":\([0-9]*\).*/\1/p'
}
curl -fs "http://127.0.0.1:$port/v1/sweeps" -H 'Content-Type: application/json' >/dev/null --data '{"sweep_file":
  "name: unfinished\ndata: {builtin: digits, dev: 0.2}\nparameters:\n  learning_rate: {scale: log, min: 1.0e-4, max: 1.0}\nfixed: {epochs: 1, hidden_units: [5]}\nsearch: {sampler: random, trials: 1000000, seed: 1}\n"}'
until [ "$(completed || echo 0)" -ge "$trials" ] 2>/dev/null; do sleep 0.5; done
kill -9 "$coordinator"
wait "$coordinator" 2>/dev/null || true
before=$(grep -c ' is COMPLETED ' "$work/coordinator.log" || true)
start=$(date +%s%N)
since() { echo "$((($(date +%s%N) - start) / 1000000)) ms"; }
# shellcheck disable=SC2086
CAVIAR_PORT=$port CAVIAR_STORE_FOLDER=$work/store \
  "$java" $flags -Xmx1g -XX:+UseParallelGC -cp "$class_path" \
  dev.caviar.coordinator.CoordinatorMain >"$work/restarted.log" 2>&1 &
pids+=($!)
until curl -fs "http://127.0.0.1:$port/v1/sweeps" >/dev/null; do sleep 0.05; done
listed=$(since)
until grep -q 'attempt 1 goes to' "$work/restarted.log"; do sleep 0.05; done
echo "killed with $before finished trials in its journal; from the start of a new one: lists sweeps after $listed, hands out work after $(since)"
