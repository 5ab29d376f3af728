# shellcheck shell=bash disable=SC2034,SC2154
# The targets that the load benchmarks compare, and wrk's load on them.

chunks_per_stream=50

# Starts them all and sets `targets`. weir-off records nothing.
start_targets() {
  targets=(direct nginx haproxy weir weir-no-bodies)
  start_mock
  start_nginx
  start_haproxy
  start_weir weir
  start_weir weir-no-bodies gateway.max_logged_body=0
  "$binaries/weir" check --set storage.record=none >/dev/null 2>&1 || return 0
  start_weir weir-off storage.record=none
  targets+=(weir-off)
}

# load KIND CONNECTIONS TARGET: one run of wrk. KIND is calls or streams; bench/wrk.lua says what they are.
load() {
  local words more=()
  [[ $1 == calls ]] || more=(-H "x-mock-chunks: $chunks_per_stream")
  [[ $3 != weir-prompts ]] || more+=(-H "Helicone-Prompt-Id: bench")
  words=$(BENCH_BODIES_FILE="$scratch/$1.bodies" taskset -c "$other_cores" wrk -t1 "-c$2" "-d${seconds}s" \
    --timeout 10s -s bench/wrk.lua "${more[@]}" "http://127.0.0.1:${port[$3]}/v1/chat/completions" |
    sed -n 's/^RESULT //p')
  [[ $1 == calls || ! $words =~ calls=([0-9]+) ]] || words+=" chunks=$((BASH_REMATCH[1] * chunks_per_stream))"
  echo "$words"
}

# run_load KIND CONNECTIONS…: appends samples to the file KIND, a group for each number of connections.
run_load() {
  local kind=$1 connections round target
  client bodies "$kind" "$different_bodies" >"$scratch/$kind.bodies"
  for connections in "${@:2}"; do
    for target in "${targets[@]}"; do seconds=1 load "$kind" "$connections" "$target" >/dev/null; done # to warm up
    for ((round = 1; round <= rounds; ++round)); do
      for target in "${targets[@]}"; do
        sample "$kind" "$round" "${connections}_connections" "$target" \
          "$(measured "$target" load "$kind" "$connections" "$target")"
      done
      echo "$name: $connections connections, $kind, round $round of $rounds" >&2
    done
  done
}

load_columns=(calls/s=rate:0 x_nginx=rate/nginx:2 CPU_us=cpu_us:1 x_nginx=cpu_us/nginx:2 p50_us=p50_us:0
  p99_us=p99_us:0 x_nginx=p99_us/nginx:2 added_p50=p50_us-direct:0 added_p99=p99_us-direct:0)
