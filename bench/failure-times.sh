#!/usr/bin/env bash
# Times how long a sweep stands still after a worker or a coordinator dies, with default settings and
# real processes on this machine.
# Usage: bench/failure-times.sh [rounds]
# Where CAVIAR_STORE_URL, CAVIAR_STORE_USER and CAVIAR_STORE_PASSWORD name a PostgreSQL database, of
# three coordinators the active one dies too.
set -euo pipefail
cd "$(dirname "$0")/.."

rounds=${1:-5}
[ -n "${JAVA_HOME:-}" ] || { echo "failure-times.sh needs a JDK 25: set JAVA_HOME." >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

echo "Building ..." >&2
./mvnw -q -B -pl bench -am -DskipTests -Dformat.skip=true package \
  dependency:build-classpath -Dmdep.outputFile="$work/classpath" -Dmdep.includeScope=runtime
flags=$(sed -n 's|.*<caviar.jvm.flags>\(.*\)</caviar.jvm.flags>.*|\1|p' pom.xml)

measure() {
  # shellcheck disable=SC2086 # The flags are several words.
  "$JAVA_HOME/bin/java" $flags -Xmx1g -cp "bench/target/classes:$(cat "$work/classpath")" \
    dev.caviar.bench.FailureTimes "$work" "$rounds" "$@" 2>"$work/log" \
    || { tail -n 20 "$work"/*log >&2; exit 1; }
}
measure
[ -z "${CAVIAR_STORE_URL:-}" ] || measure postgresql
