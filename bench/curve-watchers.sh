#!/usr/bin/env bash
# Points of curves through a real coordinator with the embedded store, to watchers that count them:
# coordinator, workers that train nothing, and watchers with a connection each, on this machine.
# Usage: bench/curve-watchers.sh [watchers [trials [epochs [points to a report]]]]
set -euo pipefail
cd "$(dirname "$0")/.."

watchers=${1:-3}
trials=${2:-20000}
epochs=${3:-100}
points=${4:-10}
work=$(mktemp -d)
. bench/build.sh
. bench/coordinator.sh

start_coordinator "$work/coordinator.log"
await_coordinator
start_workers 8 8 "$points" 1
client dev.caviar.bench.CurveWatchers 8 "$trials" "$epochs" "$watchers"
echo "coordinator: $(most_memory) MiB resident at most"
uptime | sed 's/.*load/load/'
