#!/usr/bin/env bash
# Runs Caviar's samplers and Optuna's TPE on the same test functions, one after the other, and prints
# tables of what they find and of what a question costs.
# Usage: bench/samplers.sh [seeds [trials]]
# PYTHON names a Python that has them: python3 -m venv venv && venv/bin/pip install optuna scipy
set -euo pipefail
cd "$(dirname "$0")/.."

seeds=${1:-30}
trials=${2:-100}
python=${PYTHON:-python3}
"$python" -c 'import optuna, scipy' 2>/dev/null || {
  echo "$python has no Optuna or no SciPy. Set PYTHON to one that has." >&2
  exit 1
}

# The search is that of the launcher `caviar`.
# Whether the Java under $1 is a JDK 25, which the build needs too: the release file is quicker to
# read than a JVM to start.
is_jdk_25() {
  [ -x "$1/bin/java" ] && [ -x "$1/bin/javac" ] || return 1
  if [ -r "$1/release" ]; then
    grep -q '^JAVA_VERSION="25[".]' "$1/release"
  else
    "$1/bin/java" -version 2>&1 | grep -q 'version "25[".]'
  fi
}

find_jdk() {
  if [ -n "${JAVA_HOME:-}" ] && is_jdk_25 "$JAVA_HOME"; then
    echo "$JAVA_HOME"
    return
  fi
  on_path=$(command -v java || true)
  if [ -n "$on_path" ]; then
    candidate=$(dirname "$(dirname "$(readlink -f "$on_path" 2>/dev/null || echo "$on_path")")")
    if is_jdk_25 "$candidate"; then
      echo "$candidate"
      return
    fi
  fi
  for candidate in \
    /usr/lib/jvm/* /usr/java/* /opt/java/* /opt/jdk* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home \
    "${HOME:-}"/.sdkman/candidates/java/* "${HOME:-}"/.jdks/* "${HOME:-}"/.local/share/mise/installs/java/*; do
    if is_jdk_25 "$candidate"; then
      echo "$candidate"
      return
    fi
  done
}

jdk=$(find_jdk)
if [ -z "$jdk" ]; then
  echo "no JDK 25 found in JAVA_HOME (${JAVA_HOME:-not set}), on the PATH or in the usual folders." >&2
  echo "install one, or set JAVA_HOME to it." >&2
  exit 1
fi
export JAVA_HOME=$jdk
java=$jdk/bin/java
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

echo "Building ..." >&2
./mvnw -q -B -pl bench -am -DskipTests -Dformat.skip=true package \
  dependency:build-classpath -Dmdep.outputFile="$results/classpath" -Dmdep.includeScope=runtime
flags=$(sed -n 's|.*<caviar.jvm.flags>\(.*\)</caviar.jvm.flags>.*|\1|p' pom.xml)
# The bench module is built last, so the file has its class path.
class_path=bench/target/classes:$(cat "$results/classpath")

echo "Running Caviar's samplers ..." >&2
# shellcheck disable=SC2086 # The flags are several words.
"$java" $flags -cp "$class_path" dev.caviar.bench.SamplerRuns "$seeds" "$trials" >"$results/caviar.json"
echo "Running Optuna's ..." >&2
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
"$python" bench/samplers.py "$results/caviar.json" "$seeds" "$trials"
