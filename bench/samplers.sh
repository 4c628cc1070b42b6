#!/usr/bin/env bash
# Runs Caviar's samplers and Optuna's TPE and GPSampler on the same test functions, one after the other,
# and prints tables of what they find and of what a question costs.
# Usage: bench/samplers.sh [seeds [trials [trials with a Gaussian process [seeds of Optuna's]]]]
# Optuna's Gaussian process takes hours for 30 seeds, hence fewer of them are the default.
# PYTHON names a Python that has them: python3 -m venv venv && venv/bin/pip install optuna scipy torch
set -euo pipefail
cd "$(dirname "$0")/.."

seeds=${1:-30}
trials=${2:-100}
few=${3:-60}
process_seeds=${4:-10}
python=${PYTHON:-python3}
"$python" -c 'import optuna, scipy, torch' 2>/dev/null || {
  echo "$python has no Optuna, no SciPy or no PyTorch. Set PYTHON to one that has." >&2
  exit 1
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

. bench/build.sh

echo "Running Caviar's samplers ..." >&2
# shellcheck disable=SC2086 # The flags are several words.
"$java" $flags -cp "$class_path" dev.caviar.bench.SamplerRuns "$seeds" "$trials" "$few" >"$work/caviar.json"
echo "Running Optuna's ..." >&2
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
"$python" bench/samplers.py "$work/caviar.json" "$seeds" "$trials" "$few" "$process_seeds"
