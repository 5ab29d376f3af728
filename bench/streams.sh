# shellcheck shell=bash disable=SC2154
# Very many streams at once: slow ones, for what each takes of memory and how late its chunks come, and swift ones, for
# how many a proxy bears. A proxy has two descriptors for each stream, and may not have more than `ulimit -n`.

slow=${BENCH_SLOW:-2000:200:40:1000 9000:1000:16:900} # STREAMS:INTERVAL_MS:CHUNKS:BEGUN_PER_SECOND …
paced=${BENCH_PACED:-250 500 1000 2000 4000} # streams begun within a second; each has 64 chunks, 20 ms apart
targets=(direct nginx weir)

# Calls that touch what a proxy's process needs anyway, before its memory is read.
warm_up() { client streams "${port[$1]}" 20 200 5 10 200 >/dev/null; }

# A target of its own, so that its memory has seen nothing else.
start_target() {
  case $1 in
    nginx) start_nginx ;;
    weir) start_weir weir ;;
  esac
  [[ $1 == direct ]] || warm_up "$1"
}

# memory TARGET STREAMS BEFORE_KIB: what a stream takes of memory now, beside the text that weir keeps for the record.
memory() {
  local now captured=0
  now=$(rss_kib "$1")
  [[ $1 != weir ]] || captured=$(metric weir weir_capture_memory_bytes)
  awk -v now="$now" -v before="$3" -v captured="$captured" -v streams="$2" 'BEGIN {
    printf "rss_mb=%.1f captured_mb=%.1f stream_kib=%.2f\n", now * 1024 / 1e6, captured / 1e6,
      (now - before - captured / 1024) / streams
  }'
}

# slow_streams TARGET STREAMS INTERVAL_MS CHUNKS PER_SECOND: the client's figures, memory once all streams are open, and
# the CPU time from then until the first one ends.
slow_streams() {
  local target=$1 streams=$2 before cpu word rest more=
  [[ $target == direct ]] || before=$(rss_kib "$target")
  while read -r word rest; do
    case $word in
      open)
        more=" open=$rest"
        if [[ $target != direct ]]; then
          more+=" $(memory "$target" "$rest" "$before")"
          cpu=$(cpu_ns "$target")
        fi
        ;;
      end) [[ $target == direct ]] || more+=" cpu_ns=$(($(cpu_ns "$target") - cpu))" ;;
      *) echo "$word $rest$more" ;;
    esac
  done < <(client streams "${port[$target]}" "$streams" "$5" "$4" "$3" $(($3 + 200)) held)
}

measure_slow() {
  local round load target streams interval chunks per_second
  for load in $slow; do
    IFS=: read -r streams interval chunks per_second <<<"$load"
    for ((round = 1; round <= rounds; ++round)); do
      for target in "${targets[@]}"; do
        start_target "$target"
        sample slow "$round" "${streams},_${interval}_ms" "$target" \
          "$(slow_streams "$target" "$streams" "$interval" "$chunks" "$per_second")"
        [[ $target == direct ]] || stop "$target"
      done
      echo "streams: $streams slow ones, round $round of $rounds" >&2
    done
  done
}

measure_paced() {
  local round streams target
  start_target nginx
  start_target weir
  for streams in $paced; do
    for ((round = 1; round <= rounds; ++round)); do
      for target in "${targets[@]}"; do
        sample paced "$round" "${streams}_streams" "$target" \
          "$(measured "$target" client streams "${port[$target]}" "$streams" "$streams" 64 20 200)"
      done
      echo "streams: $streams at 20 ms, round $round of $rounds" >&2
    done
  done
}

start_mock
measure_slow
measure_paced
chunk_columns=(p50_us=p50_us:0 x_nginx=p50_us/nginx:2 p99_us=p99_us:0 x_nginx=p99_us/nginx:2 CPU_us/chunk=chunk_cpu_us:1
  first_p99_us=first_p99_us:0)
table slow "streams: slow ones, while all are open; the delay of a chunk, and memory beside what is captured" \
  open=open:0 KiB/stream=stream_kib:1 RSS_MB=rss_mb:0 captured_MB=captured_mb:1 stalled=stalled:0 "${chunk_columns[@]}"
table paced "streams: of 64 chunks, 20 ms apart, begun within a second; stalled are those with a gap over 200 ms" \
  stalled=stalled:0 "${chunk_columns[@]}"
finish streams
