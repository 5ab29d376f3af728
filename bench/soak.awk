# Shows what bench/soak.sh found, and adds it to the benchmark's JSON. The first file has NAME=VALUE lines, the second
# lines of seconds, KiB and records in the queue. Memory counts as warm after a tenth of the time.

FILENAME ~ /figures$/ { value[$1] = $2; next }

{
  at[++count] = $1; rss[count] = $2 * 1024 / 1e6
  if ($3 > longest_queue) longest_queue = $3
}

function line(what, number, format) {
  printf "%-36s " format "\n", what, number
  gsub(/[^a-z0-9]+/, "_", what)
  members = members sprintf("%s\"%s\": %.6g", members ? ", " : "", what, number)
}

END {
  printf "soak: %d calls per second for %d s over %d connections, each recorded with its bodies\n\n", rate, seconds,
    connections
  line("calls due", rate * seconds, "%d")
  line("sent", value["sent"], "%d")
  line("answered", value["calls"], "%d")
  line("answered per second", value["us"] ? value["calls"] / value["us"] * 1e6 : 0, "%.0f")
  line("rows in the database", value["rows"], "%d")
  line("records dropped", value["dropped"], "%d")
  line("bodies dropped", value["bodies_dropped"], "%d")
  line("bytes on disk per call", value["rows"] ? value["bytes"] / value["rows"] : 0, "%.0f")
  line("cpu us per call", value["calls"] ? value["cpu_ns"] / value["calls"] / 1000 : 0, "%.1f")
  line("p50 us, from when it was due", value["p50_us"], "%.0f")
  line("p99 us", value["p99_us"], "%.0f")
  line("max us", value["max_us"], "%.0f")
  line("longest queue seen, records", longest_queue, "%d")

  printf "\nRSS, MB, at each tenth of the time:"
  for (i = 1; i <= count; ++i) {
    for (; tenth < 10 && (at[i] >= seconds * (tenth + 1) / 10 || i == count); ++tenth) {
      printf " %.1f", rss[i]
      tenths = tenths (tenth ? ", " : "") rss[i]
    }
    if (at[i] < seconds / 10 || at[i] > seconds) continue
    ++n; x += at[i]; y += rss[i]; xx += at[i] * at[i]; xy += at[i] * rss[i]
    if (n == 1 || rss[i] < least) least = rss[i]
    if (rss[i] > most) most = rss[i]
  }
  spread = n * xx - x * x
  print "\n"
  line("rss mb after warm-up, lowest", least, "%.1f")
  line("rss mb after warm-up, highest", most, "%.1f")
  line("rss mb per minute, slope", spread ? (n * xy - x * y) / spread * 60 : 0, "%.3f")
  print ""
  printf "  \"soak\": {%s, \"rss_mb_tenths\": [%s]},\n", members, tenths >> json
  failed = value["failed"] + value["dropped"] + value["bodies_dropped"] + (value["calls"] - value["rows"]) ^ 2
  print failed >> failures
}
