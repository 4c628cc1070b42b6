#!/usr/bin/env bash
# Times one training step of ours and of PyTorch, in turn, each on one thread, and prints a table.
# Usage: bench/training-step.sh [rounds [seconds a case]]
# PYTHON names a Python that has PyTorch: python3 -m venv venv && venv/bin/pip install torch
set -euo pipefail
cd "$(dirname "$0")/.."

rounds=${1:-5}
seconds=${2:-3}
python=${PYTHON:-python3}
"$python" -c 'import torch' 2>/dev/null || {
  echo "$python has no PyTorch. Set PYTHON to one that has." >&2
  exit 1
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. bench/build.sh

export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
for round in $(seq "$rounds"); do
  echo "Round $round of $rounds ..." >&2
  "$python" bench/training_step.py "$seconds" >>"$work/pytorch.json"
  # Sampled, so that a median can be taken of single steps, as of PyTorch's.
  # shellcheck disable=SC2086 # The flags are several words.
  "$java" $flags -cp "$class_path" org.openjdk.jmh.Main '\.TrainingStepBenchmark\.step' \
    -p backend=cpu -bm sample -wi 3 -w 1 -i "$seconds" -r 1 -f 1 -jvmArgs "$flags -Xmx2g" \
    -rf json -rff "$work/caviar-$round.json" >>"$work/jmh.log" ||
    { tail -50 "$work/jmh.log" >&2; exit 1; }
done

"$java" -version 2>"$work/java"
"$python" bench/training_step_table.py "$work"
