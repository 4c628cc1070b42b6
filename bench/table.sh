#!/usr/bin/env bash
# The table benchmark: what samplers and schedules find among networks that are trained already.
# Usage: bench/table.sh make          trains the table, bench/table/digits.curves (two minutes on one core)
#        bench/table.sh run [seeds [trials [results]]]
# "run" has Caviar's samplers and schedules and Optuna's search the same table, prints tables of both,
# and leaves what was found after each trial and epoch in a folder of results.
# PYTHON names a Python that has Optuna: python3 -m venv venv && venv/bin/pip install optuna scipy torch greenlet
set -euo pipefail
cd "$(dirname "$0")/.."

what=${1:-}
seeds=${2:-30}
trials=${3:-100}
results=${4:-bench/target/table}
python=${PYTHON:-python3}
case $what in
  make) ;;
  run)
    "$python" -c 'import optuna, scipy' 2>/dev/null || {
      echo "$python has no Optuna or SciPy. Set PYTHON to one that has." >&2
      exit 1
    }
    ;;
  *)
    sed -n '3,7s/^# //p' "$0" >&2
    exit 2
    ;;
esac

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

. bench/build.sh

table=bench/table/digits.curves
if [ "$what" = make ]; then
  # shellcheck disable=SC2086 # The flags are several words.
  "$java" $flags -cp "$class_path" dev.caviar.bench.CurveTableMaker bench/table/table.yaml 3 "$table"
  exit
fi

mkdir -p "$results"
echo "Running Caviar's samplers and schedules ..." >&2
# shellcheck disable=SC2086
"$java" $flags -cp "$class_path" dev.caviar.bench.TableRuns bench/table/table.yaml "$table" \
  "$seeds" "$trials" >"$results/caviar.jsonl"
echo "Running Optuna's ..." >&2
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
"$python" bench/table/peers.py "$table" "$results/caviar.jsonl" "$results/optuna.jsonl" "$seeds" "$trials"
"$python" bench/table/report.py "$results/caviar.jsonl" "$results/optuna.jsonl"
