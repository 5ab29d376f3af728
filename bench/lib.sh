# shellcheck shell=bash disable=SC2034,SC2154
# What the benchmarks share: starting the mock provider and the proxies, reading what they used, showing the samples.
# Sourced by scripts/bench, which sets `binaries` (where weir and bench/ are) and `results` (where the JSON goes).

rounds=${BENCH_ROUNDS:-5}
seconds=${BENCH_SECONDS:-2}   # of load, for each target and round
threads=${BENCH_THREADS:-1}   # of each proxy: weir's network threads, nginx's workers, haproxy's threads
proxy_cores=${BENCH_PROXY_CORES:-0}
other_cores=${BENCH_OTHER_CORES:-1} # for what makes the load and what answers it
first_port=${BENCH_PORT:-18700}
different_bodies=${BENCH_BODIES:-512} # among which wrk's requests take turns

scratch=$(mktemp -d "${TMPDIR:-/tmp}/weir-bench.XXXXXX")
declare -A port process # by the target's name
port[direct]=$first_port
next_port=$((first_port + 1))

stop_all() {
  local name
  for name in "${!process[@]}"; do kill "${process[$name]}" 2>/dev/null || true; done
  wait || true
  rm -rf "$scratch"
}
trap stop_all EXIT

is_open() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

take_port() {
  port[$1]=$next_port
  next_port=$((next_port + 1))
}

# start NAME CORES COMMAND…: runs it on those cores until its port is open.
start() {
  local name=$1 cores=$2 attempt
  shift 2
  if is_open "${port[$name]}"; then
    echo "scripts/bench: port ${port[$name]} is taken; set BENCH_PORT" >&2
    exit 1
  fi
  taskset -c "$cores" "$@" >"$scratch/$name.log" 2>&1 &
  process[$name]=$!
  for ((attempt = 0; attempt < 200; ++attempt)); do
    ! is_open "${port[$name]}" || return 0
    kill -0 "${process[$name]}" 2>/dev/null || break
    sleep 0.05
  done
  echo "scripts/bench: $name did not start:" >&2
  cat "$scratch/$name.log" >&2
  exit 1
}

stop() {
  kill "${process[$1]}"
  wait "${process[$1]}" || true
  unset "process[$1]"
}

start_mock() {
  start direct "$other_cores" "$binaries/weir" mock-provider --record off --listen "127.0.0.1:${port[direct]}"
}

# start_weir NAME [KEY=VALUE]…
start_weir() {
  local name=$1 pair settings=()
  shift
  for pair in "$@"; do settings+=(--set "$pair"); done
  take_port "$name"
  take_port "$name/admin"
  mkdir -p "$scratch/$name"
  start "$name" "$proxy_cores" env WEIR_PROVIDERS_OPENAI_BASE_URL="http://127.0.0.1:${port[direct]}" \
    "$binaries/weir" serve --gateway-listen "127.0.0.1:${port[$name]}" \
    --admin-listen "127.0.0.1:${port[$name/admin]}" --database "$scratch/$name/weir.db" \
    --set "gateway.threads=$threads" --set log.level=warn "${settings[@]}"
}
start_nginx() {
  take_port nginx
  mkdir -p "$scratch/nginx/temp"
  local user=
  ((EUID != 0)) || user='user root;' # else its workers may not enter the scratch directory
  cat >"$scratch/nginx/nginx.conf" <<END
$user
worker_processes $threads;
worker_rlimit_nofile $(ulimit -n);
daemon off;
pid nginx.pid;
error_log stderr crit;
events { worker_connections 20000; }
http {
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path temp; proxy_temp_path temp; fastcgi_temp_path temp; uwsgi_temp_path temp; scgi_temp_path temp;
  upstream mock { server 127.0.0.1:${port[direct]}; keepalive 256; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port[nginx]} backlog=4096;
    client_max_body_size 0;
    location / {
      proxy_pass http://mock;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_request_buffering off;
    }
  }
}
END
  start nginx "$proxy_cores" nginx -e stderr -p "$scratch/nginx" -c "$scratch/nginx/nginx.conf"
}

start_haproxy() {
  take_port haproxy
  cat >"$scratch/haproxy.cfg" <<END
global
  nbthread $threads
  maxconn 8192
defaults
  mode http
  option http-no-delay
  http-reuse always
  timeout connect 10s
  timeout client 60s
  timeout server 60s
listen relay
  bind 127.0.0.1:${port[haproxy]}
  server mock 127.0.0.1:${port[direct]}
END
  start haproxy "$proxy_cores" haproxy -db -f "$scratch/haproxy.cfg"
}


# The process ids of a proxy: nginx has workers.
members_of() {
  local main=${process[$1]}
  echo "$main" "$(cat "/proc/$main/task/$main/children")"
}

# cpu_ns NAME: what all threads of a proxy have used so far.
cpu_ns() {
  local member
  for member in $(members_of "$1"); do cat "/proc/$member"/task/*/schedstat; done |
    awk '{ sum += $1 } END { printf "%.0f\n", sum }'
}

# rss_kib NAME: its resident memory.
rss_kib() {
  local member
  for member in $(members_of "$1"); do cat "/proc/$member/status"; done |
    awk '/^VmRSS:/ { sum += $2 } END { print sum + 0 }'
}

# metric NAME METRIC: what a weir's /metrics says, all series together.
metric() {
  exec 3<>"/dev/tcp/127.0.0.1/${port[$1/admin]}"
  printf 'GET /metrics HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n' >&3
  tr -d '\r' <&3 | awk -v name="$2" '$1 == name || index($1, name "{") == 1 { sum += $NF } END { printf "%.0f\n", sum }'
  exec 3>&-
}

# Waits until a proxy has nothing more to do: weir writes its record after the answers.
settle() {
  local before after
  after=$(cpu_ns "$1")
  for _ in {1..100}; do
    before=$after
    sleep 0.1
    after=$(cpu_ns "$1")
    ((after - before > 2000000)) || return 0
  done
}

# The share of all cores' time, in percent, that was used in the last second, by whomever.
busy_percent() {
  { head -n 1 /proc/stat; sleep 1; head -n 1 /proc/stat; } | awk '
    { idle = $5 + $6; all = 0; for (i = 2; i <= 9; ++i) all += $i }
    NR == 1 { idle_before = idle; all_before = all }
    NR == 2 { printf "%.0f\n", 100 * (1 - (idle - idle_before) / (all - all_before)) }'
}

milliseconds() { awk '{ printf "%d\n", $1 * 1000 }' /proc/uptime; }

client() { taskset -c "$other_cores" "$binaries/bench/bench_client" "$@"; }

# measured TARGET COMMAND…: the words NAME=VALUE that the command prints, and what the proxy used meanwhile: cpu_ns
# until it was idle again, which took settle_ms. The direct way has no proxy.
measured() {
  local target=$1 before begin words
  shift
  [[ $target == direct ]] || before=$(cpu_ns "$target")
  words=$("$@" | tail -n 1) || true
  [[ -n $words ]] || return 0
  if [[ $target != direct ]]; then
    begin=$(milliseconds)
    settle "$target"
    words+=" cpu_ns=$(($(cpu_ns "$target") - before)) settle_ms=$(($(milliseconds) - begin))"
  fi
  echo "$words"
}

# sample FILE ROUND GROUP TARGET NAME=VALUE…: one more. Round 0 warms up and is not counted. Blanks in GROUP are
# written as _, and - is no group.
sample() { echo "${@:2}" >>"$scratch/$1"; }

# table FILE TITLE COLUMN…: shows samples and adds them to the JSON. bench/table.awk says what a column is.
table() {
  awk -v name="$1" -v title="$2" -v columns="${*:3}" -v json="$scratch/json" -v failures="$scratch/failures" \
    -f bench/table.awk "$scratch/$1"
}

# finish NAME [JSON MEMBER]…: writes the JSON; fails when something failed.
finish() {
  local failed
  failed=$(awk '{ sum += $1 } END { print sum + 0 }' "$scratch/failures")
  {
    printf '{\n  "bench": "%s",\n' "$1"
    describe
    cat "$scratch/json"
    printf '  %s,\n' "${@:2}" "\"seconds\": $seconds" "\"rounds\": $rounds"
    printf '  "failed": %d\n}\n' "$failed"
  } >"$results/$1.json"
  describe | tr -d '",' | awk '{ $1 = $1; line = line (NR > 1 ? ", " : "") $0 } END { print line }'
  echo "$1: $rounds rounds, failed: $failed"
  ((failed == 0))
}

# What the figures depend on, as JSON members; the tables show the same.
describe() {
  local nginx_version=none haproxy_version=none
  ! command -v nginx >/dev/null || nginx_version=$(nginx -v 2>&1 | sed 's/.*nginx\///')
  ! command -v haproxy >/dev/null || haproxy_version=$(haproxy -v | awk 'NR == 1 { print $3 }')
  local cpu
  cpu=$(awk -F': ' '/^model name/ { print $2; exit }' /proc/cpuinfo)
  cat <<END
  "date": "$(date -u +%FT%TZ)",
  "cores": $(nproc),
  "cpu": "$cpu",
  "kernel": "$(uname -r)",
  "weir": "$("$binaries/weir" --version | awk '{ print $2 }')",
  "wrk": "$(wrk -v 2>&1 | awk 'NR == 1 { print $2 }')",
  "nginx": "$nginx_version",
  "haproxy": "$haproxy_version",
  "proxy_threads": $threads,
  "proxy_cores": "$proxy_cores",
  "other_cores": "$other_cores",
  "busy_percent_before": $busy_before,
END
}

busy_before=$(busy_percent)
((busy_before < 10)) ||
  echo "scripts/bench: something else uses $busy_before% of this machine: the figures will be off" >&2
