-- The calls that the load benchmarks repeat: requests of 1.5 KB that the mock provider answers with 1.2 KB. Their
-- bodies, one a line, come from the file that BENCH_BODIES_FILE names, and take turns: one body repeated would flatter
-- compression.
local bodies, requests, last = {}, {}, 0
for line in io.lines(os.getenv("BENCH_BODIES_FILE")) do bodies[#bodies + 1] = line end

wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer sk-bench"

function init()
  for i, body in ipairs(bodies) do requests[i] = wrk.format(nil, nil, nil, body) end
end

function request()
  last = last % #requests + 1
  return requests[last]
end

-- One line that a script can read: calls, their time, p50 and p99 in us, failures of any kind.
function done(summary, latency)
  local e = summary.errors
  io.write(string.format("RESULT calls=%d us=%d p50_us=%d p99_us=%d failed=%d\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
end
