# shellcheck shell=bash disable=SC2154
# What a proxy adds to a call's time when little else goes on.
run_load latency 1 8
