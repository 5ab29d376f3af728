# shellcheck shell=bash disable=SC2154
# The recorder against loops that do nothing but insert the same rows. bench/recorder.cpp says what the targets are.

rows=${BENCH_ROWS:-40000}
window=${BENCH_WINDOW:-10000} # records in the recorder's queue

taskset -c "$proxy_cores" "$binaries/bench/bench_recorder" compare "$scratch/recorder" "$rows" "$window" "$rounds" \
  >"$scratch/rows"
table rows "recorder: $rows calls with bodies of 1.5 and 1.2 KB, all on one core" rows/s=rows_per_s:0 \
  x_loop=rows_per_s/loop:2 x_loop+encoding=rows_per_s/loop+encoding:2 \
  x_no-index=rows_per_s/recorder-no-index:2 x_loop+plain=rows_per_s/loop+plain:2 \
  CPU_us/row=cpu_us:1 x_loop=cpu_us/loop:2 bytes/row=bytes_per_row:0 rows/commit=rows_per_commit:0
finish recorder "\"rows_per_round\": $rows" "\"window\": $window"
