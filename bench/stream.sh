# shellcheck shell=bash disable=SC2154
# What a proxy adds to each chunk of a stream, and whether its memory stays small whatever a body's size.

streams=${BENCH_STREAMS:-100} # in each round; each has 50 chunks, 20 ms apart
streams_per_second=${BENCH_STREAMS_PER_SECOND:-50}
large_bytes=${BENCH_BYTES:-1073741824}
most_kib=$((100 * 1000)) # weir's peak memory: below 100 MB
most_p50_us=1000         # what weir may add to a chunk
most_p95_us=5000

measure_chunks() {
  local round target
  start_nginx
  start_weir weir
  for ((round = 0; round <= rounds; ++round)); do
    for target in direct nginx weir; do
      sample chunks "$round" - "$target" \
        "$(measured "$target" client streams "${port[$target]}" "$streams" "$streams_per_second" 50 20 200)"
    done
    echo "stream: round $round of $rounds" >&2
  done
  stop nginx
  stop weir
}

# Each kind through a weir of its own.
measure_large() {
  local kind peak failed words
  for kind in upload-file upload-json download-binary download-json; do
    start_weir "$kind"
    words=$(measured "$kind" client "$kind" "${port[$kind]}" "$large_bytes")
    peak=$(awk '/^VmHWM:/ { print $2 }' "/proc/${process[$kind]}/status")
    [[ $words == *status=200* ]] && ((peak < most_kib)) && failed=0 || failed=1
    sample large 1 - "$kind" "$words" "$(awk -v words="$words" -v bytes="$large_bytes" -v peak="$peak" 'BEGIN {
      match(words, /seconds=[0-9.]+/); s = substr(words, RSTART + 8, RLENGTH - 8)
      match(words, /cpu_ns=[0-9]+/); cpu = substr(words, RSTART + 7, RLENGTH - 7)
      printf "mb_per_s=%.0f cpu_s=%.2f peak_mb=%.1f", (s > 0 ? bytes / 1e6 / s : 0), cpu / 1e9, peak * 1024 / 1e6
    }')" "failed=$failed"
    stop "$kind"
    echo "stream: $kind" >&2
  done
}

start_mock
measure_chunks
measure_large
table chunks "stream: $streams streams ($streams_per_second started per s) of 50 chunks, 20 ms apart: a chunk's delay" \
  p50_us=p50_us:0 p95_us=p95_us:0 p99_us=p99_us:0 x_nginx=p99_us/nginx:2 added_p50="p50_us-direct:0:$most_p50_us" \
  added_p95="p95_us-direct:0:$most_p95_us" added_p99=p99_us-direct:0 stalled=stalled:0 CPU_us/chunk=chunk_cpu_us:1
table large "stream: one body of $large_bytes bytes; weir's peak memory must stay below $((most_kib / 1000)) MB" \
  status=status:0 seconds=seconds:2 MB/s=mb_per_s:0 CPU_s=cpu_s:2 peak_RSS_MB=peak_mb:1
finish stream "\"large_bytes\": $large_bytes"
