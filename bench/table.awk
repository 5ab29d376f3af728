# Turns samples into a table on standard output and a member of the benchmark's JSON. See `sample` and `table` in
# bench/lib.sh. Variables: name, title, columns, json (appended to), failures (a file, appended to).
#
# A column is TITLE=FIGURE:DECIMALS, where a FIGURE is KEY, KEY/TARGET or KEY-TARGET: the key of a sample, divided by or
# less that of another target in the same round. Each cell is the median over the rounds; a ratio's has the lowest and
# the highest round in brackets. What a sample does not have is "-". With :MOST behind it, weir fails when its median is
# more than that.

function sorted(list, count,    i, j, held) {
  for (i = 2; i <= count; ++i) {
    held = list[i]
    for (j = i - 1; j >= 1 && list[j] > held; --j) list[j + 1] = list[j]
    list[j + 1] = held
  }
}

# Sets median, low and high of a figure over the rounds; false when no round has it.
function figure(group, target, key, against, other,    r, list, count, base) {
  count = 0
  for (r = 1; r <= rounds; ++r) {
    if (!((group, target, key, r) in value)) continue
    base = 0
    if (against) {
      if (!((group, other, key, r) in value)) continue
      base = value[group, other, key, r]
      if (against == "/" && base <= 0) continue
    }
    list[++count] = value[group, target, key, r]
    if (against == "/") list[count] /= base
    else list[count] -= base
  }
  if (!count) return 0
  sorted(list, count)
  low = list[1]; high = list[count]
  median = count % 2 ? list[(count + 1) / 2] : (list[count / 2] + list[count / 2 + 1]) / 2
  return 1
}

function decimal(number, decimals) { return sprintf("%." decimals "f", number) }

# The text of a column in a target's row; adds it to `members`.
function cell(group, target, c,    text) {
  if (!figure(group, target, key[c], against[c], other[c])) return "-"
  text = decimal(median, decimals[c])
  member_name = key[c] (against[c] == "/" ? "_per_" other[c] : against[c] == "-" ? "_over_" other[c] : "")
  members = members sprintf(", \"%s\": %.6g", member_name, median)
  if (target == "weir" && most[c] != "" && median > most[c]) {
    print "weir: " column_title[c] " is " text ", more than " most[c] "\n"
    ++failed
  }
  if (against[c] != "/") return text
  if (target == other[c]) return "1"
  members = members sprintf(", \"%s_low\": %.6g, \"%s_high\": %.6g", member_name, low, member_name, high)
  return text (rounds > 1 ? " [" decimal(low, decimals[c]) "-" decimal(high, decimals[c]) "]" : "")
}

function print_table(group,    t, c, text, width, line) {
  width[0] = length(group)
  for (t = 1; t <= target_count[group]; ++t)
    if (length(target_name[group, t]) > width[0]) width[0] = length(target_name[group, t])
  for (c = 1; c <= column_count; ++c) width[c] = length(column_title[c])
  for (t = 1; t <= target_count[group]; ++t) {
    members = ""
    for (c = 1; c <= column_count; ++c) {
      text[t, c] = cell(group, target_name[group, t], c)
      if (length(text[t, c]) > width[c]) width[c] = length(text[t, c])
    }
    summary = summary sprintf("%s      {\"group\": \"%s\", \"target\": \"%s\"%s}", summary ? ",\n" : "", spaced(group),
      target_name[group, t], members)
  }
  line = sprintf("%-*s", width[0], group == "-" ? "" : spaced(group))
  for (c = 1; c <= column_count; ++c) line = line sprintf("  %*s", width[c], column_title[c])
  print line
  for (t = 1; t <= target_count[group]; ++t) {
    line = sprintf("%-*s", width[0], target_name[group, t])
    for (c = 1; c <= column_count; ++c) line = line sprintf("  %*s", width[c], text[t, c])
    print line
  }
  print ""
}

function spaced(text) { gsub(/_/, " ", text); return text }

BEGIN {
  column_count = split(columns, column, " ")
  for (c = 1; c <= column_count; ++c) {
    at = index(column[c], "=")
    column_title[c] = spaced(substr(column[c], 1, at - 1))
    split(substr(column[c], at + 1), part, ":")
    decimals[c] = part[2] + 0
    most[c] = part[3]
    match(part[1], /^[a-z0-9_]+/)
    key[c] = substr(part[1], 1, RLENGTH)
    against[c] = substr(part[1], RLENGTH + 1, 1)
    other[c] = substr(part[1], RLENGTH + 2)
  }
}

$1 > 0 {
  r = $1; group = $2; target = $3
  if (r > rounds) rounds = r
  if (!(group in target_count)) group_name[++group_count] = group
  if (!((group, target) in seen)) { seen[group, target]; target_name[group, ++target_count[group]] = target }
  sample = sprintf("      {\"round\": %d, \"group\": \"%s\", \"target\": \"%s\"", r, spaced(group), target)
  for (i = 4; i <= NF; ++i) {
    split($i, pair, "=")
    value[group, target, pair[1], r] = pair[2]
    sample = sample sprintf(", \"%s\": %s", pair[1], pair[2])
  }
  samples = samples (samples ? ",\n" : "") sample "}"

  # What follows from the rest.
  calls = value[group, target, "calls", r]; us = value[group, target, "us", r]
  if (calls && us) value[group, target, "rate", r] = calls / us * 1e6
  if ((group, target, "cpu_ns", r) in value) {
    cpu = value[group, target, "cpu_ns", r] / 1000
    chunks = value[group, target, "chunks", r]
    if (calls) value[group, target, "cpu_us", r] = cpu / calls
    if (chunks) value[group, target, "chunk_cpu_us", r] = cpu / chunks
  }
  failed += NF == 3 ? 1 : value[group, target, "failed", r] # a sample without figures: what makes them ended early
}

END {
  print title "\n"
  for (g = 1; g <= group_count; ++g) print_table(group_name[g])
  printf "  \"%s\": {\n    \"summary\": [\n%s\n    ],\n    \"samples\": [\n%s\n    ]\n  },\n", name, summary,
    samples >> json
  print failed + 0 >> failures
}
