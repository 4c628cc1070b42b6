#!/usr/bin/env bash
# Times how long a sweep stands still after a worker or a coordinator dies, with default settings and
# real processes on this machine.
# Usage: bench/failure-times.sh [rounds]
# Where CAVIAR_STORE_URL, CAVIAR_STORE_USER and CAVIAR_STORE_PASSWORD name a PostgreSQL database, of
# three coordinators the active one dies too.
set -euo pipefail
cd "$(dirname "$0")/.."

rounds=${1:-5}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

. bench/build.sh

measure() {
  # shellcheck disable=SC2086 # The flags are several words.
  "$java" $flags -Xmx1g -cp "$class_path" \
    dev.caviar.bench.FailureTimes "$work" "$rounds" "$@" 2>"$work/log" \
    || { tail -n 20 "$work"/*log >&2; exit 1; }
}
measure
[ -z "${CAVIAR_STORE_URL:-}" ] || measure postgresql
