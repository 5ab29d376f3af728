# shellcheck shell=bash disable=SC2034,SC2154
# What the benchmarks share: starting the mock provider and the proxies, and reading what they used. Sourced by
# scripts/bench, which sets `binaries` (where weir and bench/bench_client are) and `results` (where the JSON goes).

rounds=${BENCH_ROUNDS:-5}
seconds=${BENCH_SECONDS:-2}   # of load, for each target and round
threads=${BENCH_THREADS:-1}   # of each proxy: weir's network threads, nginx's workers, haproxy's threads
proxy_cores=${BENCH_PROXY_CORES:-0}
other_cores=${BENCH_OTHER_CORES:-1} # for what makes the load and what answers it
first_port=${BENCH_PORT:-18700}

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
  mkdir "$scratch/$name"
  start "$name" "$proxy_cores" env WEIR_PROVIDERS_OPENAI_BASE_URL="http://127.0.0.1:${port[direct]}" \
    "$binaries/weir" serve --gateway-listen "127.0.0.1:${port[$name]}" --admin-listen 127.0.0.1:0 \
    --database "$scratch/$name/weir.db" --set "gateway.threads=$threads" --set log.level=warn "${settings[@]}"
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
events { worker_connections 8192; }
http {
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path temp; proxy_temp_path temp; fastcgi_temp_path temp; uwsgi_temp_path temp; scgi_temp_path temp;
  upstream mock { server 127.0.0.1:${port[direct]}; keepalive 256; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port[nginx]};
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

# cpu_ns NAME: what all threads of a proxy and its workers have used so far. The direct way has no proxy.
cpu_ns() {
  [[ $1 != direct ]] || { echo 0; return; }
  local main=${process[$1]} member
  # shellcheck disable=SC2013 # the kernel writes numbers parted by blanks
  for member in "$main" $(cat "/proc/$main/task/$main/children"); do
    cat "/proc/$member"/task/*/schedstat
  done | awk '{ sum += $1 } END { printf "%.0f\n", sum }'
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

milliseconds() { awk '{ printf "%d\n", $1 * 1000 }' /proc/uptime; }

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
END
}
