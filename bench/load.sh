# shellcheck shell=bash disable=SC2154
# The load benchmarks: wrk repeats one call, directly and through each proxy, in interleaved rounds.

# one_load ROUND CONNECTIONS TARGET: appends a sample: the arguments, calls, us, p50 us, p99 us, failures, CPU ns,
# ms until the proxy was idle again.
one_load() {
  local before after begin line
  before=$(cpu_ns "$3")
  line=$(taskset -c "$other_cores" wrk -t1 "-c$2" "-d${seconds}s" --timeout 10s -s bench/wrk.lua \
    "http://127.0.0.1:${port[$3]}/v1/chat/completions" | sed -n 's/^RESULT //p')
  begin=$(milliseconds)
  settle "$3"
  after=$(cpu_ns "$3")
  echo "$1 $2 $3 $line $((after - before)) $(($(milliseconds) - begin))" >>"$scratch/samples"
}

# run_load NAME CONNECTIONS…
run_load() {
  local name=$1 targets=(direct nginx haproxy weir weir-no-bodies) connections round target
  shift
  start_mock
  start_nginx
  start_haproxy
  start_weir weir
  start_weir weir-no-bodies gateway.max_logged_body=0

  for connections in "$@"; do
    for target in "${targets[@]}"; do # to warm up; not counted
      seconds=1 one_load 0 "$connections" "$target"
    done
    for ((round = 1; round <= rounds; ++round)); do
      for target in "${targets[@]}"; do one_load "$round" "$connections" "$target"; done
      echo "$name: $connections connections, round $round of $rounds" >&2
    done
  done
  describe >"$scratch/described"
  awk -v name="$name" -v json="$results/$name.json" -v described="$scratch/described" -v rounds="$rounds" \
    -v seconds="$seconds" -v cores="$other_cores" -f bench/load.awk "$scratch/samples"
}
