# Turns the samples of bench/stream.sh into a table on standard output and a JSON file: medians over the rounds; the
# added delay is the difference to the direct way in the same round.

function median_of(what, target, other,    r, i, j, list, v) {
  for (r = 1; r <= rounds; ++r) {
    v = value[what, target, r] - (other ? value[what, other, r] : 0)
    for (j = r - 1; j >= 1 && list[j] > v; --j) list[j + 1] = list[j]
    list[j + 1] = v
  }
  return rounds % 2 ? list[(rounds + 1) / 2] : (list[rounds / 2] + list[rounds / 2 + 1]) / 2
}

function member(key, number) { return sprintf(", \"%s\": %.6g", key, number) }

FILENAME ~ /streams$/ {
  if (NF != 8) { print "stream: no figures for " $2 " in round " $1; ++failures; next }
  value["p50", $2, $1] = $4
  value["p95", $2, $1] = $5
  value["p99", $2, $1] = $6
  value["max", $2, $1] = $7
  failures += $8
}

FILENAME ~ /large$/ {
  ++large
  good = NF == 6 && $2 == 200 && $5 < most_kib
  if (!good) ++failures
  mb_per_s = $4 > 0 ? large_bytes / 1e6 / $4 : 0
  large_table = large_table sprintf("%-16s %6s %9.2f %9.0f %9.2f %12.1f  %s\n", $1, $2, $4, mb_per_s, $6 / 1e9,
    $5 * 1024 / 1e6, good ? "" : "FAILED")
  large_json = large_json sprintf("%s    {\"kind\": \"%s\", \"status\": \"%s\", \"seconds\": %.2f, \"cpu_s\": %.3f, " \
    "\"peak_kib\": %d}", large_json ? ",\n" : "", $1, $2, $4, $6 / 1e9, $5)
}

END {
  while ((getline line < described) > 0) {
    about = about line "\n"
    gsub(/[",]/, "", line)
    sub(/^ */, "", line)
    short = short (short ? ", " : "") line
  }
  printf "stream: %d rounds of %d streams (%d started per s) of 50 chunks, 20 ms apart, by bench_client\n%s\n\n", rounds,
    streams, per_second, short
  printf "%-10s %10s %10s %10s %10s %10s %10s\n", "delay, us", "p50", "p95", "p99", "added p50", "added p95", "added p99"
  count = split("direct nginx weir", targets, " ")
  for (i = 1; i <= count; ++i) {
    t = targets[i]
    printf "%-10s", t
    line = sprintf("    {\"target\": \"%s\"", t)
    for (j = 1; j <= 3; ++j) {
      what = j == 1 ? "p50" : j == 2 ? "p95" : "p99"
      m[j] = median_of(what, t)
      a[j] = median_of(what, t, "direct")
      line = line member(what "_us", m[j]) member("added_" what "_us", a[j])
    }
    printf " %10.0f %10.0f %10.0f %10.0f %10.0f %10.0f\n", m[1], m[2], m[3], a[1], a[2], a[3]
    stream_json = stream_json (stream_json ? ",\n" : "") line "}"
  }
  printf "\n%-16s %6s %9s %9s %9s %12s  (%.0f bytes through weir; the peak must stay below %d MB)\n%s", "", "status",
    "seconds", "MB/s", "CPU s", "peak RSS MB", large_bytes, most_kib / 1000, large_table
  printf "\nfailures: %d\n", failures
  printf "{\n  \"bench\": \"stream\",\n%s  \"rounds\": %d,\n  \"streams\": %d,\n  \"failures\": %d,\n  \"delays\": [\n%s\n" \
    "  ],\n  \"large_bytes\": %.0f,\n  \"large\": [\n%s\n  ]\n}\n", about, rounds, streams, failures, stream_json,
    large_bytes, large_json > json
  exit failures > 0
}
