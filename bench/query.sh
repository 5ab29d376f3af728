# shellcheck shell=bash disable=SC2154
# Questions about a month of calls over the admin side, while calls are being recorded; beside the same SQL run by the
# sqlite3 shell. bench/query_data.cpp makes the calls.

rows=${BENCH_ROWS:-5000000}
bodies=${BENCH_BODY_ROWS:-200000}
rate=${BENCH_RATE:-2000} # calls recorded per second meanwhile; 0: none
index_bodies=${BENCH_INDEX_BODIES:-false}
proxy_cores=${BENCH_PROXY_CORES:-0,1} # questions have threads of their own
data=${BENCH_DATA:-$results/query-$rows-$bodies.db}

if [[ ! -e $data ]]; then
  echo "query: making $rows calls in $data" >&2
  "$binaries/bench/bench_query_data" "$data.new" "$rows" "$bodies"
  mv "$data.new" "$data"
fi
start_mock
mkdir -p "$scratch/weir"
ln -s "$data" "$scratch/weir/weir.db"
start_weir weir storage.indexed_properties=Tenant "storage.index_bodies=$index_bodies"
while [[ $index_bodies == true && $(sqlite3 -readonly "$data" 'SELECT count(*) FROM body_text_pending') != 0 ]]; do sleep 1; done
admin=http://127.0.0.1:${port[weir/admin]}
if ((rate > 0)); then
  taskset -c "$other_cores" "$binaries/bench/bench_client" calls "${port[weir]}" "$rate" 3600 64 >"$scratch/load.log" &
  process[load]=$!
fi

iso() { date -u -d "@$1" +%Y-%m-%dT%H:%M:%SZ; }
now=$(date +%s)
day=@DAYS:1@ month=@DAYS:30@ # the last days when the question is asked, as a dashboard asks
# last_days N: them as a member of a body.
last_days() {
  local end
  end=$(date +%s)
  printf '"timeFilter":{"start":"%s","end":"%s"}' "$(iso $((end - $1 * 86400)))" "$(iso "$end")"
}
rmt() { printf '{"request_response_rmt":{%s}}' "$1"; }
page() { printf '{"filter":%s,"limit":50}' "$1"; }
over_time() { printf '{%s,"userFilter":%s,"dbIncrement":"%s","timeZoneDifference":0}' "$1" "$2" "$3"; }

# ask NAME PATH BODY [SQL]: the median time of one question in milliseconds, and of the SQL in the sqlite3 shell.
ask() {
  local question=${1// /_} path=$2 body sql=${4-} round ms shell
  for ((round = 0; round <= rounds; ++round)); do
    body=${3//$day/$(last_days 1)}
    body=${body//$month/$(last_days 30)}
    ms=$(curl -s -o "$scratch/answer" -w '%{http_code} %{time_total}' -H 'Content-Type: application/json' \
      -d "$body" "$admin$path") || true
    if [[ $ms != 200\ * ]]; then
      echo "query: $question: $ms $(head -c 300 "$scratch/answer")" >&2
      return 1
    fi
    ms=$(awk -v s="${ms#* }" 'BEGIN { print s * 1000 }')
    sample questions "$round" "$question" weir "ms=$ms"
    [[ -n $sql ]] || continue
    shell=$({ echo '.timer on'; echo '.output /dev/null'; echo "PRAGMA mmap_size=1073741824; $sql"; } |
      sqlite3 -readonly "$data" 2>&1 | awk '/real/ { ms = $4 * 1000 } END { print ms }')
    sample questions "$round" "$question" shell "ms=$shell"
  done
}

newest='FROM request WHERE organization_id=1'
ask "newest 50" /v1/request/query "$(page '"all"')" "SELECT * $newest ORDER BY id DESC LIMIT 50;"
ask "newest 50 of a frequent model" /v1/request/query "$(page "$(rmt '"model":{"equals":"model-0"}')")" \
  "SELECT * $newest AND model='model-0' ORDER BY id DESC LIMIT 50;"
ask "newest 50 of a rare model" /v1/request/query "$(page "$(rmt '"model":{"equals":"model-19"}')")" \
  "SELECT * $newest AND model='model-19' ORDER BY id DESC LIMIT 50;"
ask "newest 50 of an unknown model" /v1/request/query "$(page "$(rmt '"model":{"equals":"none"}')")"
ask "newest 50 of a user" /v1/request/query "$(page "$(rmt '"user_id":{"equals":"user-777"}')")" \
  "SELECT * $newest AND user_id='user-777' ORDER BY id DESC LIMIT 50;"
ask "newest 50 with status 503" /v1/request/query "$(page "$(rmt '"status":{"equals":503}')")" \
  "SELECT * $newest AND status=503 ORDER BY id DESC LIMIT 50;"
ask "newest 50 slower than 5 s" /v1/request/query "$(page "$(rmt '"latency":{"gt":5000}')")"
ask "newest 50 of a tenant" /v1/request/query "$(page '{"properties":{"Tenant":{"equals":"tenant-250"}}}')"
ask "newest 50 of an unknown tenant" /v1/request/query "$(page '{"properties":{"Tenant":{"equals":"none"}}}')"
ask "newest 50 of a feature" /v1/request/query "$(page '{"properties":{"Feature":{"equals":"feature-9"}}}')"
ask "newest 50 of an unknown feature" /v1/request/query "$(page '{"properties":{"Feature":{"equals":"none"}}}')"
ask "newest 50 of an unknown property" /v1/request/query "$(page '{"properties":{"None":{"equals":"none"}}}')"
ask "newest 50 of an unknown path" /v1/request/query "$(page '{"request":{"path":{"equals":"/none"}}}')"
ask "newest 50 of a model by a part" /v1/request/query "$(page "$(rmt '"model":{"contains":"L-19"}')")"
ask "newest 50 of an unknown user" /v1/request/query "$(page "$(rmt '"user_id":{"equals":"none"}')")"
ask "newest 50 of eleven users by a part" /v1/request/query "$(page "$(rmt '"user_id":{"contains":"ER-777"}')")"
ask "newest 50 of one user by a part" /v1/request/query "$(page "$(rmt '"user_id":{"contains":"12345"}')")"
ask "newest 50 of no user by a part" /v1/request/query "$(page "$(rmt '"user_id":{"contains":"zzz"}')")"
ask "newest 50 of no tenant by a part" /v1/request/query "$(page '{"properties":{"Tenant":{"contains":"zzz"}}}')"
ask "newest 50 of another organisation" /v1/request/query "$(page "$(rmt '"organization_id":{"contains":"zzz"}')")"
ask "newest 50 without an asked model" /v1/request/query "$(page '{"request":{"model":{"equals":"null"}}}')"
ask "newest 50 with an unknown property's name" /v1/request/query \
  "$(page "$(rmt '"search_properties":{"any":{"contains":"zzz"}}')")"
ask "newest 50 with an image of an unknown id" /v1/request/query "$(page "$(rmt '"assets":{"contains":"zzz"}')")"
ask "newest 50 tagged by a part" /v1/request/query "$(page '{"tracking":{"tag":{"contains":"zzz"}}}')"
ask "newest 50 of 5 s exactly" /v1/request/query "$(page "$(rmt '"latency":{"equals":5000}')")"
ask "newest 50 of 1,347 tokens and more" /v1/request/query "$(page "$(rmt '"total_tokens":{"gte":1347}')")"
ask "newest 50 of a million tokens" /v1/request/query "$(page "$(rmt '"prompt_tokens":{"gt":1000000}')")"
ask "newest 50 scored 95" /v1/request/query "$(page "$(rmt '"scores":{"quality":{"equals":"95"}}')")"
ask "newest 50 scored with a nine" /v1/request/query "$(page "$(rmt '"scores":{"quality":{"contains":"9"}}')")"
ask "count, one model" /v1/request/count/query "{\"filter\":$(rmt '"model":{"equals":"model-3"}')}" \
  "SELECT count(*) $newest AND model='model-3';"
ask "count, slower than 5 s" /v1/request/count/query "{\"filter\":$(rmt '"latency":{"gt":5000}')}" \
  "SELECT count(*) $newest AND (ended_us-created_us)/1000.0>5000;"
ask "count, one feature" /v1/request/count/query '{"filter":{"properties":{"Feature":{"equals":"feature-0"}}}}' \
  "SELECT count(*) $newest AND json_extract(properties,'\$.Feature')='feature-0';"
ask "count, one path" /v1/request/count/query '{"filter":{"request":{"path":{"equals":"/v1/chat/completions"}}}}' \
  "SELECT count(*) $newest AND path='/v1/chat/completions';"
ask "50 dearest" /v1/request/query '{"filter":"all","sort":{"cost_usd":"desc"},"limit":50}' \
  "SELECT id $newest ORDER BY cost_nanos DESC,id DESC LIMIT 50;"
ask "a day by hour" /v1/dashboard/requests/query "$(over_time "$day" '"all"' hour)"
ask "a month by hour" /v1/dashboard/requests/query "$(over_time "$month" '"all"' hour)"
ask "a month by hour, one user" /v1/dashboard/requests/query \
  "$(over_time "$month" "$(rmt '"user_id":{"equals":"user-777"}')" hour)"
ask "a month by hour, slower than 5 s" /v1/dashboard/requests/query \
  "$(over_time "$month" "$(rmt '"latency":{"gt":5000}')" hour)" \
  "SELECT created_us/3600000000,count(*),sum(prompt_tokens),sum(cost_nanos) $newest
    AND (ended_us-created_us)>5000000 GROUP BY 1;"
ask "a month by hour, one feature" /v1/dashboard/requests/query \
  "$(over_time "$month" "$(rmt '"properties":{"Feature":{"equals":"feature-0"}}')" hour)"
ask "a month by hour, one feature and slow" /v1/dashboard/requests/query \
  "$(over_time "$month" "{\"left\":$(rmt '"properties":{"Feature":{"equals":"feature-3"}}'),\"operator\":\"and\",\"right\":$(rmt '"latency":{"gt":5000}')}" hour)"
ask "scores of a day by hour" /v1/dashboard/scores/query "$(over_time "$day" '"all"' hour)"
ask "scores of a month by hour" /v1/dashboard/scores/query "$(over_time "$month" '"all"' hour)"
ask "word in $bodies bodies" /v1/request/count/query \
  "{\"filter\":{\"left\":$(rmt "\"request_created_at\":{\"gte\":\"$(iso $((now - bodies * 2592000 / rows)))\"}"),\"operator\":\"and\",\"right\":$(rmt '"response_body":{"contains":"zzqx"}')}}"

echo "query: $(sqlite3 -readonly "$data" 'SELECT count(*) FROM request WHERE body_ref IS NOT NULL') calls have bodies now"
table questions "query: $rows calls in the record, $rate a second being recorded" ms=ms:1 x_shell=ms/shell:2
finish query "\"rows\": $rows" "\"index_bodies\": $index_bodies" "\"rate\": $rate"
