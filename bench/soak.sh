# shellcheck shell=bash disable=SC2034,SC2154
# Whether weir records every call at a high rate that does not depend on it, and its memory stays flat meanwhile.

rate=${BENCH_RATE:-15000} # calls per second
seconds=${BENCH_SECONDS:-60}
connections=${BENCH_CONNECTIONS:-256}
rounds=1

# Appends the second since the start, the resident memory in KiB and the length of the queue, now and then until the
# load ends.
watch_memory() {
  local begin
  begin=$(milliseconds)
  while kill -0 "$1" 2>/dev/null; do
    echo "$((($(milliseconds) - begin) / 1000)) $(rss_kib weir) $(metric weir weir_recorder_queue_records)" \
      >>"$scratch/memory"
    sleep $((seconds > 120 ? seconds / 60 : 1))
  done
}

# The queue empties after the last answer.
wait_for_queue() {
  local attempt
  for ((attempt = 0; attempt < 600; ++attempt)); do
    (($(metric weir weir_recorder_queue_records) > 0)) || return 0
    sleep 0.1
  done
}

run_soak() {
  local before load words dropped
  before=$(cpu_ns weir)
  client calls "${port[weir]}" "$rate" "$seconds" "$connections" >"$scratch/words" &
  load=$!
  watch_memory "$load"
  wait "$load" || true
  wait_for_queue
  words="$(cat "$scratch/words") cpu_ns=$(($(cpu_ns weir) - before))"
  dropped=$(metric weir weir_records_dropped_total)
  words+=" dropped=$dropped bodies_dropped=$(metric weir weir_bodies_dropped_total)"
  stop weir
  words+=" $("$binaries/bench/bench_recorder" count "$scratch/weir/weir.db")"
  echo "$words" | tr ' ' '\n' >"$scratch/figures"
}

start_mock
start_weir weir
run_soak
awk -v rate="$rate" -v seconds="$seconds" -v connections="$connections" -v json="$scratch/json" \
  -v failures="$scratch/failures" -f bench/soak.awk FS== "$scratch/figures" FS=" " "$scratch/memory"
finish soak "\"calls_per_s\": $rate"
