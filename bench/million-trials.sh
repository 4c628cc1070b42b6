#!/usr/bin/env bash
# One sweep of a million trials that train nothing, on a real coordinator with the embedded store and
# workers in a process of their own: what a trial costs, how long a list, the best trial and a part of
# the trials take, what memory it has, and how long after a SIGKILL in the middle of the last trials a
# new coordinator hands out work. Then every trial is counted.
# Usage: bench/million-trials.sh [trials]        (a million takes about ten minutes)
# KEEP=1 leaves logs and store where they are.
set -euo pipefail
cd "$(dirname "$0")/.."

trials=${1:-1000000}
work=$(mktemp -d)
. bench/build.sh
. bench/coordinator.sh

start_coordinator "$work/coordinator.log"
await_coordinator
start_workers 8 8 1 1
client dev.caviar.bench.MillionTrials begin "$trials" >/dev/null
# With some to come, so that there is work to hand out after the kill.
client dev.caviar.bench.MillionTrials kill "$((trials - trials / 100 - 2000))" "$coordinator"
wait "$coordinator" 2>/dev/null || true
echo "store: $(du -sm "$work/store" | cut -f1) MiB"
start=$(date +%s%N)
since() { echo "$((($(date +%s%N) - start) / 1000000)) ms"; }
start_coordinator "$work/restarted.log"
until curl -fs "http://$server/v1/sweeps" >/dev/null; do sleep 0.05; done
listed=$(since)
until grep -q 'attempt [0-9]* goes to' "$work/restarted.log"; do sleep 0.05; done
echo "killed; from the start of a new one: lists sweeps after $listed, hands out work after $(since)"
client dev.caviar.bench.MillionTrials await "$trials"
client dev.caviar.bench.MillionTrials ask
client dev.caviar.bench.MillionTrials count "$trials"
echo "new coordinator: $(most_memory) MiB resident at most"
uptime | sed 's/.*load/load/'
