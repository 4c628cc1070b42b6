#!/usr/bin/env bash
# One training step in DL4J and in Caviar, one after the other in one run, as a table.
# Usage: bench/dl4j-step.sh [more options for JMH, for example -f 3]
# Needs a JDK 25 as JAVA_HOME or on the path, and python3. Takes four minutes; keep the machine quiet.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -n "${JAVA_HOME:-}" ]; then
  export PATH="$JAVA_HOME/bin:$PATH"
fi
if ! java -version 2>&1 | grep -q '"25'; then
  echo "dl4j-step.sh needs a JDK 25: set JAVA_HOME." >&2
  exit 1
fi

./mvnw -q -B -pl bench -am compile dependency:build-classpath -Dmdep.outputFile=target/classpath
results=$(mktemp)
trap 'rm -f "$results"' EXIT

# One BLAS thread, as in a worker.
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
flags=$(sed -n 's|.*<caviar.jvm.flags>\(.*\)</caviar.jvm.flags>.*|\1|p' pom.xml)
# Sampled, so that a median is one of single steps: steps that another process held up fall outside.
java -cp "bench/target/classes:$(cat bench/target/classpath)" org.openjdk.jmh.Main \
  'TrainingStepBenchmark\.(step|fit)' -bm sample -jvmArgs "$flags -Xmx2g" \
  -rf json -rff "$results" "$@" >&2

python3 - "$results" <<'EOF'
import datetime
import json
import sys

medians, fastest, jdk = {}, {}, ""
for run in json.load(open(sys.argv[1])):
    parameters = run["params"]
    library = parameters.get("backend", "dl4j")
    case = (parameters["shape"], int(parameters["batchSize"]))
    percentiles = run["primaryMetric"]["scorePercentiles"]
    medians[case, library] = percentiles["50.0"]
    fastest[case, library] = percentiles["0.0"]
    jdk = f"{run['vmName']} {run['jdkVersion']}"

cpu = "unknown"
for line in open("/proc/cpuinfo"):
    if line.startswith("model name"):
        cpu = line.split(":", 1)[1].strip()
        break
classpath = open("bench/target/classpath").read()
versions = [
    name + " " + classpath.split(f"/{name}-", 1)[1].split(".jar", 1)[0]
    for name in ("deeplearning4j-nn", "nd4j-api", "openblas")
]
print(f"{datetime.date.today()}, {cpu}, {jdk}, {', '.join(versions)}.")
print("Median ms of a step on one thread, and its fastest in brackets; DL4J's time over ours likewise.")
print()
print("| network | mini-batch | DL4J | nd4j | cpu | DL4J / nd4j | DL4J / cpu |")
print("|---|---:|---:|---:|---:|---:|---:|")
for case in sorted({case for case, _ in medians}, reverse=True):
    cells = [case[0], str(case[1])]
    for library in ("dl4j", "nd4j", "cpu"):
        cells.append(f"{medians[case, library]:.3f} ({fastest[case, library]:.3f})")
    for library in ("nd4j", "cpu"):
        median, best = (times[case, "dl4j"] / times[case, library] for times in (medians, fastest))
        cells.append(f"{median:.1f} ({best:.1f})")
    print(f"| {' | '.join(cells)} |")
EOF
