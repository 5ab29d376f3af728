# shellcheck shell=bash disable=SC2154
# Throughput and CPU per call with many connections.
# shellcheck disable=SC2086 # several numbers may be given
run_load relay ${BENCH_CONNECTIONS:-64}
