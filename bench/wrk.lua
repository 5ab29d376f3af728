-- The call that the load benchmarks repeat: a request of 1.5 KB that the mock provider answers with 1.2 KB.
local words = "A gateway stands between applications and providers and keeps a record of each call. "
local said = words:rep(7)

wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer sk-bench"
wrk.body = '{"model":"gpt-4o","temperature":0.7,"messages":[{"role":"system","content":"' .. words:rep(9)
  .. '"},{"role":"user","content":"' .. said .. '"}]}'

-- One line that a script can read: calls, their time in us, p50 and p99 in us, failures of any kind.
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format("RESULT %d %d %d %d %d\n", summary.requests, summary.duration, latency:percentile(50),
    latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
end
