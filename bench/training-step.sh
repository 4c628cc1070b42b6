#!/usr/bin/env bash
# Times training steps and evaluations of ours and of PyTorch, in turn, each on one thread, and the
# matrix products of our step alone, and prints a table.
# Usage: bench/training-step.sh [rounds [seconds a case [which]]]
#   which  a pattern of grep: only cases that match, for example '784.* adam relu'
# A round of all takes six minutes.
# PYTHON names a Python that has PyTorch: python3 -m venv venv && venv/bin/pip install torch
set -euo pipefail
cd "$(dirname "$0")/.."

rounds=${1:-3}
seconds=${2:-2}
which=${3:-.}
python=${PYTHON:-python3}
"$python" -c 'import torch' 2>/dev/null || {
  echo "$python has no PyTorch. Set PYTHON to one that has." >&2
  exit 1
}

# Shape, mini-batch, optimizer, activation; and how much of PyTorch's time, and of the products', is
# the goal.
cases() {
  cat <<END
784-256-128-10 64 adam relu 0.40 1.2
784-256-128-10 256 adam relu 0.41 1.2
64-50-50-10 64 adam relu 0.09 2.0
64-50-50-10 256 adam relu 0.23 2.0
784-256-128-10 evaluate - relu 0.7 -
64-50-50-10 evaluate - relu 0.7 -
END
  for shape in 784-256-128-10 64-50-50-10; do
    for batch in 16 32 512; do echo "$shape $batch adam relu 0.5 -"; done
    for optimizer in sgd momentum rmsprop; do echo "$shape 64 $optimizer relu 0.5 -"; done
    for activation in tanh sigmoid; do echo "$shape 64 adam $activation 0.5 -"; done
  done
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cases | grep -e "$which" >"$work/cases"
. bench/build.sh

# One case of one benchmark, sampled, so that a median can be taken of single steps, as of PyTorch's.
jmh() {
  local method=$1 shape=$2 batch=$3 optimizer=$4 activation=$5 result=$6
  # shellcheck disable=SC2086 # The flags are several words.
  "$java" $flags -cp "$class_path" org.openjdk.jmh.Main "\.TrainingStepBenchmark\.$method" \
    -p backend=cpu -p shape="$shape" -p batchSize="$batch" -p optimizer="$optimizer" \
    -p activation="$activation" -bm sample -wi 3 -w 1 -i "$seconds" -r 1 -f 1 \
    -jvmArgs "$flags -Xmx2g" -rf json -rff "$result" >>"$work/jmh.log" ||
    { tail -50 "$work/jmh.log" >&2; exit 1; }
}

export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
for round in $(seq "$rounds"); do
  echo "Round $round of $rounds ..." >&2
  number=0
  while read -r shape batch optimizer activation _ <&3; do
    number=$((number + 1))
    result=$work/$number-$round
    "$python" bench/training_step.py "$shape" "$batch" "$optimizer" "$activation" "$seconds" \
      >"$result-pytorch.json"
    if [ "$batch" = evaluate ]; then
      jmh evaluate "$shape" 256 adam "$activation" "$result-caviar.json"
    else
      jmh step "$shape" "$batch" "$optimizer" "$activation" "$result-caviar.json"
      jmh products "$shape" "$batch" "$optimizer" "$activation" "$result-products.json"
    fi
  done 3<"$work/cases"
done

"$java" -version 2>"$work/java"
"$python" bench/training_step_table.py "$work"
