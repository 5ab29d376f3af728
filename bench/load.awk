# Turns the samples of bench/load.sh into a table on standard output and a JSON file. Every figure is the median over the
# rounds; a ratio or a difference is formed within each round first, because the machine's speed changes between rounds.

function sorted(list, count,    i, j, value) {
  for (i = 2; i <= count; ++i) {
    value = list[i]
    for (j = i - 1; j >= 1 && list[j] > value; --j) list[j + 1] = list[j]
    list[j + 1] = value
  }
}

# Sets median, low and high from list[1..count].
function summarise(list, count) {
  sorted(list, count)
  low = list[1]; high = list[count]
  median = count % 2 ? list[(count + 1) / 2] : (list[count / 2] + list[count / 2 + 1]) / 2
}

# The figure of a target over the rounds; against "/" or "-" that of another target in the same round.
function figure(what, c, target, against, other,    r, list, base) {
  for (r = 1; r <= rounds; ++r) {
    list[r] = value[what, c, target, r]
    base = value[what, c, other, r]
    if (against == "/") list[r] = base ? list[r] / base : 0
    if (against == "-") list[r] -= base
  }
  summarise(list, rounds)
}

function member(key, number) { return sprintf(", \"%s\": %.6g", key, number) }

$1 > 0 {
  r = $1; c = $2; target = $3
  if (!(c in seen_c)) { seen_c[c]; all_c[++c_count] = c }
  if (!(target in seen_t)) { seen_t[target]; all_t[++t_count] = target }
  value["rate", c, target, r] = $4 / $5 * 1e6
  value["p50", c, target, r] = $6
  value["p99", c, target, r] = $7
  value["failed", c, target, r] = $8
  value["cpu", c, target, r] = $4 ? $9 / $4 / 1000 : 0
  value["settle", c, target, r] = $10
  failures += $8
  samples = samples sprintf("%s    {\"round\": %d, \"connections\": %d, \"target\": \"%s\", \"calls\": %d, \"us\": %d, " \
    "\"p50_us\": %d, \"p99_us\": %d, \"failed\": %d, \"cpu_ns\": %d, \"settle_ms\": %d}", samples ? ",\n" : "",
    r, c, target, $4, $5, $6, $7, $8, $9, $10)
}

END {
  while ((getline line < described) > 0) {
    about = about line "\n"
    gsub(/[",]/, "", line)
    sub(/^ */, "", line)
    short = short (short ? ", " : "") line
  }
  printf "%s: %d rounds of `taskset -c %s wrk -t1 -cN -d%ss -s bench/wrk.lua` for each target\n%s\n", name, rounds,
    cores, seconds, short
  for (i = 1; i <= c_count; ++i) {
    c = all_c[i]
    printf "\n%d connection%s\n%-15s %9s %-20s %8s %-20s %8s %8s %9s %9s %9s\n", c, (c > 1 ? "s" : ""), "", "calls/s",
      "  x nginx", "CPU us", "  x nginx", "p50 us", "p99 us", "added p50", "added p99", "settle ms"
    for (j = 1; j <= t_count; ++j) {
      t = all_t[j]
      line = sprintf("    {\"connections\": %d, \"target\": \"%s\"", c, t)
      figure("rate", c, t); printf "%-15s %9d ", t, median; line = line member("calls_per_s", median)
      figure("rate", c, t, "/", "nginx"); printf "%-20s ", sprintf("  %.2f [%.2f-%.2f]", median, low, high)
      line = line member("rate_ratio", median)
      figure("cpu", c, t); printf "%8s ", (t == "direct" ? "-" : sprintf("%.1f", median))
      line = line member("cpu_us", median)
      figure("cpu", c, t, "/", "nginx")
      printf "%-20s ", (t == "direct" ? "  -" : sprintf("  %.2f [%.2f-%.2f]", median, low, high))
      line = line member("cpu_ratio", median)
      figure("p50", c, t); printf "%8d ", median; line = line member("p50_us", median)
      figure("p99", c, t); printf "%8d ", median; line = line member("p99_us", median)
      figure("p50", c, t, "-", "direct"); printf "%9d ", median; line = line member("added_p50_us", median)
      figure("p99", c, t, "-", "direct"); printf "%9d ", median; line = line member("added_p99_us", median)
      figure("settle", c, t); printf "%9d\n", median
      summary = summary (summary ? ",\n" : "") line "}"
    }
  }
  printf "\nfailed calls: %d\n", failures
  printf "{\n  \"bench\": \"%s\",\n%s  \"rounds\": %d,\n  \"seconds\": %s,\n  \"failed\": %d,\n  \"summary\": [\n%s\n  ],\n" \
    "  \"samples\": [\n%s\n  ]\n}\n", name, about, rounds, seconds, failures, summary, samples > json
  exit failures > 0
}
