# shellcheck shell=bash disable=SC2154
# Throughput and CPU with many connections: of plain calls, and of streams that the mock sends as fast as it can.

start_targets
# shellcheck disable=SC2086 # several numbers may be given
run_load calls ${BENCH_CONNECTIONS:-64}
# shellcheck disable=SC2086
run_load streams ${BENCH_CONNECTIONS:-64}
table calls "relay: calls of 1.5 KB, answered with 1.2 KB, by wrk for $seconds s" "${load_columns[@]}" \
  settle_ms=settle_ms:0
table streams "relay: streams of $chunks_per_stream chunks, without a pause between them" "${load_columns[@]}" \
  CPU_us/chunk=chunk_cpu_us:2
finish relay
