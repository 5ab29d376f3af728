# shellcheck shell=bash disable=SC2154
# What the runner of experiments adds to the time that the provider takes: calls that each take as long there, so many
# of them at a time.

cells=${BENCH_CELLS:-1000}
delay_ms=${BENCH_DELAY_MS:-250} # of each answer
concurrency=${BENCH_CONCURRENCY:-8}
rounds=${BENCH_ROUNDS:-3}

write_experiment() {
  echo 'name = "bench"'
  echo '[dataset]'
  echo 'rows = ['
  seq -f '  { n = "%.0f" },' "$cells"
  echo ']'
  cat <<'END'
[[variant]]
name = "only"
model = "gpt-4o-mini"
messages = [{ role = "user", content = "What is {{n}}?" }]
END
}

# From the first call's beginning to the last one's end, as the record has them.
span_ms() {
  sqlite3 "$scratch/weir/weir.db" "SELECT CAST(max(ended_us)-min(started_us) AS REAL)/1000 FROM run WHERE id>$1"
}

start direct "$other_cores" "$binaries/weir" mock-provider --record off --listen "127.0.0.1:${port[direct]}" \
  --delay "${delay_ms}ms"
start_weir weir "experiments.concurrency=$concurrency"
write_experiment >"$scratch/experiment.toml"
for ((round = 1; round <= rounds; ++round)); do
  echo "experiments: round $round of $rounds"
  last=$(sqlite3 "$scratch/weir/weir.db" "SELECT coalesce(max(id),0) FROM run")
  taskset -c "$other_cores" "$binaries/weir" experiment run "$scratch/experiment.toml" \
    --url "http://127.0.0.1:${port[weir/admin]}" >"$scratch/report" 2>&1 || cat "$scratch/report"
  completed=$(sqlite3 "$scratch/weir/weir.db" "SELECT count(*) FROM run WHERE id>$last AND status='completed'")
  sample experiments "$round" - provider "span_ms=$((cells * delay_ms / concurrency))"
  sample experiments "$round" - weir "span_ms=$(span_ms "$last") completed=$completed failed=$((cells - completed))"
done
table experiments "experiments: $cells calls of $delay_ms ms each, $concurrency at a time" \
  ms=span_ms:0 x_provider=span_ms/provider:3 completed=completed:0
finish experiments "\"cells\": $cells" "\"delay_ms\": $delay_ms" "\"concurrency\": $concurrency"
