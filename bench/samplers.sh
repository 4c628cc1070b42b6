#!/usr/bin/env bash
# Runs Caviar's samplers and Optuna's on the same functions of BBOB, one after the other, and prints
# tables of what they find and of what a question costs.
# Usage: bench/samplers.sh [seeds [samplers [trials]]]
# Gaussian processes only on request, since Optuna's takes hours; with torch and greenlet:
# bench/samplers.sh 10 random,tpe,gaussian_process 60
# PYTHON names a Python that has them: python3 -m venv venv && venv/bin/pip install optuna scipy cma cmaes
set -euo pipefail
cd "$(dirname "$0")/.."

seeds=${1:-30}
samplers=${2:-random,sobol,halton,tpe,cma_es}
trials=${3:-0}
python=${PYTHON:-python3}
"$python" -c 'import cma.bbobbenchmarks, optuna, scipy' 2>/dev/null || {
  echo "$python has no Optuna, SciPy or cma. Set PYTHON to one that has." >&2
  exit 1
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

. bench/build.sh

echo "Running Caviar's samplers ..." >&2
# shellcheck disable=SC2086 # The flags are several words.
"$java" $flags -cp "$class_path" dev.caviar.bench.SamplerRuns "$seeds" "$samplers" "$trials" \
  >"$work/caviar.json"
echo "Running Optuna's ..." >&2
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
"$python" bench/samplers.py "$work/caviar.json" "$seeds"
