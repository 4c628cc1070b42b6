#!/usr/bin/env bash
# What the dashboard costs a browser: a real coordinator with the embedded store and real streams, a
# sweep with many finished trials and some that run, and Chromium, which opens it and watches it.
# Wants Chromium and chromedriver (Debian: chromium, chromium-driver).
# Usage: bench/dashboard.sh [finished trials [their epochs [running trials [ms between epochs [minutes]]]]]
# KEEP=1 leaves the logs where they are.
set -euo pipefail
cd "$(dirname "$0")/.."

finished=${1:-950}
epochs=${2:-100}
running=${3:-50}
interval=${4:-1000}
minutes=${5:-10}
port=${CAVIAR_PORT:-7170}
chromium=${CAVIAR_CHROMIUM:-$(command -v chromium || command -v google-chrome)}
chromedriver=${CAVIAR_CHROMEDRIVER:-$(command -v chromedriver)}

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
  "$java" $flags -Xmx1g -cp "$class_path" \
  dev.caviar.coordinator.CoordinatorMain >"$work/coordinator.log" 2>&1 &
pids+=($!)
for attempt in $(seq 100); do
  curl -fs "http://127.0.0.1:$port/ready" >/dev/null && break
  [ "$attempt" != 100 ] || { tail -n 20 "$work/coordinator.log" >&2; exit 1; }
  sleep 0.2
done
# shellcheck disable=SC2086
"$java" $flags -Xmx512m -cp "$class_path" dev.caviar.bench.EmptyWorkers \
  "127.0.0.1:$port" 10 "$((running / 10))" 25 empty "$finished" "$epochs" "$interval" \
  >"$work/workers.log" 2>&1 &
pids+=($!)
# shellcheck disable=SC2086
"$java" $flags -Xmx512m -cp "$class_path" dev.caviar.bench.DashboardLoad \
  "127.0.0.1:$port" "$finished" "$epochs" "$running" "$minutes" \
  "$chromium" "$chromedriver" "$work/profile" 2>"$work/client.log" \
  || { tail -n 20 "$work/client.log" "$work/coordinator.log" >&2; exit 1; }
