# shellcheck shell=bash disable=SC2154
# What a proxy adds to a call's time when the next call waits for it, one or eight at a time.

start_targets
run_load calls 1 8
table calls "latency: calls of 1.5 KB, answered with 1.2 KB, by wrk for $seconds s" "${load_columns[@]}"
finish latency
