#!/usr/bin/env bash
# One network for Fashion-MNIST, babysat as a person would: it begins with a learning rate that is far
# too large, is seen to get nowhere, taken back to its beginning, given a better rate, and a smaller one
# each time that it stops falling. docs/panda.md shows what came of it.
#
#   examples/panda-fashion-mnist.sh [DIRECTORY [PICTURE]]
#
# DIRECTORY holds the four IDX files (default: where Debian's package dataset-fashion-mnist puts them),
# PICTURE is an SVG file to write. A coordinator and a worker must run; CAVIAR_SERVER says where.
set -euo pipefail
data=${1:-/usr/share/datasets/fashion-mnist}
picture=${2:-}
here=$(cd "$(dirname "$0")" && pwd)
caviar=${CAVIAR:-$here/../caviar}

file=$(mktemp --suffix=.yaml)
trap 'rm -f "$file"' EXIT
sed "s#/usr/share/datasets/fashion-mnist#$(cd "$data" && pwd)#" "$here/panda-fashion-mnist.yaml" > "$file"

panda() { "$caviar" panda "$@"; }

# A value of the panda as it is, by a path in its JSON.
value() { panda show "$id" --output json | jq -r "$1"; }

# Until it has trained so many epochs on this branch, or does not train any more.
until_epoch() {
  while [ "$(value 'if .phase == "training" or .phase == "waiting" then .epoch else 1e9 end | floor')" -lt "$1" ]; do
    sleep 1
  done
}

# Until its alerts say that the dev error falls no more.
until_plateau() {
  until [ -n "$(value '.alerts[] | select(.kind == "plateau") | .kind')" ]; do sleep 2; done
}

say() { printf '\n\033[1m%s\033[0m\n' "$*" >&2; }

say "It begins with a learning rate of 10."
id=$(panda start "$file")
until_epoch 5
value '"epoch \(.epoch): \(.phase) \(.reason), train_loss \(.last.train_loss), dev_error \(.last.dev_error)"'

say "That goes nowhere: back to the beginning, with a thousandth of it."
panda rollback "$id" --to epoch:0 --set learning_rate=0.01 --why "10 was far too large"
until_epoch 10
panda checkpoint "$id" --name well-begun

say "Now it falls. A smaller rate once it has stopped."
until_plateau
panda show "$id" | grep -A1 '^!' || true
panda rollback "$id" --to best --set learning_rate=0.001 --why "it had stopped falling"
until_plateau

say "And once more."
panda rollback "$id" --to best --set learning_rate=0.0001 --why "it had stopped falling again"
until_plateau
panda end "$id" --why "rescued"

if [ -n "$picture" ]; then
  panda log "$id" --svg "$picture"
else
  panda log "$id"
fi
say "The rates that were found, for a sweep:"
panda promote "$id"
