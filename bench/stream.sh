# shellcheck shell=bash disable=SC2154
# What a proxy adds to each chunk of a stream, and whether its memory stays small whatever a body's size.

streams=${BENCH_STREAMS:-100} # in each round; each has 50 chunks, 20 ms apart
streams_per_second=${BENCH_STREAMS_PER_SECOND:-50}
large_bytes=${BENCH_BYTES:-1073741824}
most_kib=$((100 * 1000)) # weir's peak memory: below 100 MB

client() { taskset -c "$other_cores" "$binaries/bench/bench_client" "$@"; }

# Appends to the samples: round, target, chunks, p50, p95, p99, max (us), failed streams.
measure_streams() {
  local round target
  start_nginx
  start_weir weir
  for ((round = 0; round <= rounds; ++round)); do # round 0 warms up
    for target in direct nginx weir; do
      echo "$round $target $(client stream "${port[$target]}" "$streams" "$streams_per_second")" >>"$scratch/streams"
    done
    echo "stream: round $round of $rounds" >&2
  done
  stop nginx
  stop weir
}

# Appends: kind, status, bytes of the response, seconds, peak KiB, CPU ns of a weir that carried only this.
measure_large() {
  local kind line
  for kind in upload-file upload-json download-binary download-json; do
    start_weir "$kind"
    line=$(client "$kind" "${port[$kind]}" "$large_bytes") || true
    settle "$kind"
    echo "$kind $line $(awk '/^VmHWM:/ { print $2 }' "/proc/${process[$kind]}/status") $(cpu_ns "$kind")" \
      >>"$scratch/large"
    stop "$kind"
    echo "stream: $kind" >&2
  done
}

start_mock
measure_streams
measure_large
describe >"$scratch/described"
awk -v json="$results/stream.json" -v described="$scratch/described" -v rounds="$rounds" -v streams="$streams" \
  -v per_second="$streams_per_second" -v large_bytes="$large_bytes" -v most_kib="$most_kib" -f bench/stream.awk \
  "$scratch/streams" "$scratch/large"
