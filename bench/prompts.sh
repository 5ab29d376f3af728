# shellcheck shell=bash disable=SC2154
# What naming a prompt costs: the calls of `relay`, whose bodies have no tags, without and with Helicone-Prompt-Id.

targets=(direct weir weir-prompts)
start_mock
start_weir weir
start_weir weir-prompts
# shellcheck disable=SC2086 # several numbers may be given
run_load calls ${BENCH_CONNECTIONS:-64}
table calls "relay --prompts: calls of 1.5 KB without tags, by wrk for $seconds s" calls/s=rate:0 \
  x_weir=rate/weir:2 CPU_us=cpu_us:1 x_weir=cpu_us/weir:2 p50_us=p50_us:0 p99_us=p99_us:0
finish prompts
