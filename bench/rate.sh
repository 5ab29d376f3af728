# shellcheck shell=bash disable=SC2154
# What a proxy adds to a call's time at a modest rate that does not depend on the answers.

rate=${BENCH_RATE:-1000} # calls per second
connections=${BENCH_CONNECTIONS:-64}
seconds=${BENCH_SECONDS:-5}

start_targets
for ((round = 0; round <= rounds; ++round)); do
  for target in "${targets[@]}"; do
    sample calls "$round" - "$target" \
      "$(measured "$target" client calls "${port[$target]}" "$rate" "$seconds" "$connections")"
  done
  echo "rate: round $round of $rounds" >&2
done
table calls "rate: $rate calls per second for $seconds s over $connections connections, times from when each was due" \
  calls/s=rate:0 p50_us=p50_us:0 p95_us=p95_us:0 p99_us=p99_us:0 x_nginx=p99_us/nginx:2 max_us=max_us:0 \
  added_p50=p50_us-direct:0 added_p99=p99_us-direct:0 CPU_us=cpu_us:1 x_nginx=cpu_us/nginx:2 \
  client_late_p99=late_p99_us:0
finish rate "\"calls_per_s\": $rate"
