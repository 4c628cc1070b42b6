#!/usr/bin/env bash
# Times trials that train nothing in one process: real coordinator, real journal in a file, and
# workers that answer at once. Each round is a process of its own, after 2,000 trials to warm up.
# Usage: bench/empty-trials.sh [rounds [trials [workers [slots of each [epochs]]]]]
set -euo pipefail
cd "$(dirname "$0")/.."

rounds=${1:-5}
trials=${2:-10000}
workers=${3:-8}
slots=${4:-8}
epochs=${5:-1}
[ -n "${JAVA_HOME:-}" ] || { echo "empty-trials.sh needs a JDK 25: set JAVA_HOME." >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

echo "Building ..." >&2
./mvnw -q -B -pl bench -am -DskipTests -Dformat.skip=true package \
  dependency:build-classpath -Dmdep.outputFile="$work/classpath" -Dmdep.includeScope=runtime
flags=$(sed -n 's|.*<caviar.jvm.flags>\(.*\)</caviar.jvm.flags>.*|\1|p' pom.xml)

for round in $(seq "$rounds"); do
  # shellcheck disable=SC2086 # The flags are several words.
  "$JAVA_HOME/bin/java" $flags -Xmx1g -XX:+UseParallelGC \
    -cp "bench/target/classes:$(cat "$work/classpath")" dev.caviar.bench.EmptyTrials \
    "$trials" "$workers" "$slots" "$epochs" "$work/store-$round" 2>"$work/log" \
    || { tail -n 20 "$work/log" >&2; exit 1; }
done | tee "$work/rounds"
sed -n 's/.* \([0-9.]*\) ms a trial.*/\1/p' "$work/rounds" | sort -n \
  | awk '{ms[NR] = $1} END {printf "median %s ms a trial\n", ms[int((NR + 1) / 2)]}'
