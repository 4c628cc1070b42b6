# shellcheck shell=bash disable=SC2034,SC2154 # Its variables are for the scripts that source it.
# Starts a coordinator and workers that train nothing, each a process of its own on this machine, and
# ends them with the script. Sourced after build.sh in the project's folder with the folder $work.

port=${CAVIAR_PORT:-7170}
server=127.0.0.1:$port
pids=()
clean_up() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  [ -n "${KEEP:-}" ] || rm -rf "$work"
}
trap clean_up EXIT

# start_coordinator LOG: sets $coordinator to its process; it may not be ready yet.
start_coordinator() {
  # shellcheck disable=SC2086 # The flags are several words.
  CAVIAR_PORT=$port CAVIAR_STORE_FOLDER=$work/store \
    "$java" $flags ${coordinator_flags:--Xmx1g -XX:+UseParallelGC} -cp "$class_path" \
    dev.caviar.coordinator.CoordinatorMain >"$1" 2>&1 &
  coordinator=$!
  pids+=("$coordinator")
}

await_coordinator() {
  for attempt in $(seq 300); do
    curl -fs "http://$server/ready" >/dev/null && return
    sleep 0.2
  done
  tail -n 20 "$work"/*.log >&2
  exit 1
}

# start_workers WORKERS SLOTS POINTS_TO_A_REPORT PROCESSES
start_workers() {
  for process in $(seq "$4"); do
    # shellcheck disable=SC2086
    "$java" $flags -Xmx768m -XX:+UseParallelGC -cp "$class_path" dev.caviar.bench.EmptyWorkers \
      "$server" "$(($1 / $4))" "$2" "$3" "process-$process" >"$work/workers-$process.log" 2>&1 &
    pids+=($!)
  done
}

# client MAIN_CLASS ARGUMENTS
client() {
  # shellcheck disable=SC2086
  "$java" $flags -Xmx2g -cp "$class_path" "$1" "$server" "${@:2}" 2>"$work/client.log" \
    || { tail -n 20 "$work"/*.log >&2; exit 1; }
}

# most_memory: resident MiB of the coordinator at most so far.
most_memory() {
  awk '/^VmHWM/ {print int($2 / 1024)}' "/proc/$coordinator/status"
}
