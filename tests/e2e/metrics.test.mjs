// What /metrics tells after some calls.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { answerTo, chat, hello, tagged, words } from './support/calls.mjs';
import { clientsOf } from './support/clients.mjs';
import { eventually } from './support/eventually.mjs';
import { startWorld } from './support/world.mjs';

const { weir } = await startWorld();
const { openai } = clientsOf(weir);

const read = async () => (await fetch(`${weir.admin}/metrics`)).text();

/** The value of one series, as its name and labels stand in the text; 0 when it is not there. */
const valueOf = (text, series) => {
  const line = text.split('\n').find((l) => l.startsWith(`${series} `));
  return line ? Number(line.slice(series.length + 1)) : 0;
};

/** `{name: type}` of all metrics. */
const typesOf = (text) => Object.fromEntries([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name, type]));

// Two plain answers, one streamed, one without a price, one refused by the vendor, one by weir.
const costs = [];
for (const more of [{}, {}, { stream: true }, { model: 'unheard-of-model' }]) {
  const call = tagged();
  const answer = await openai.chat.completions.create(chat(hello, more), call.options);
  if (more.stream) for await (const chunk of answer) assert.ok(chunk);
  costs.push((await weir.row(call.id)).costUSD ?? 0);
}
await assert.rejects(openai.chat.completions.create(chat(), tagged({ 'x-mock-status': '429' }).options));
await fetch(`${weir.gateway}/nobody/v1/x`);
const calls = 6;
await eventually('all rows', async () => (await weir.rows()).length === calls);
// A row is there a moment before it is counted.
const text = await eventually('all rows to be counted', async () => {
  const now = await read();
  return valueOf(now, 'weir_records_written_total') >= calls && now;
});

test('every metric that weir promises is there, with its type', () => {
  const promised = {
    weir_requests_total: 'counter',
    weir_request_duration_seconds: 'histogram',
    weir_time_to_first_token_seconds: 'histogram',
    weir_overhead_seconds: 'histogram',
    weir_tokens_total: 'counter',
    weir_cost_dollars_total: 'counter',
    weir_unpriced_total: 'counter',
    weir_recorder_queue_records: 'gauge',
    weir_recorder_queue_bytes: 'gauge',
    weir_records_written_total: 'counter',
    weir_records_dropped_total: 'counter',
    weir_bodies_dropped_total: 'counter',
    weir_commit_duration_seconds: 'histogram',
    weir_records_pruned_total: 'counter',
    weir_database_bytes: 'gauge',
    weir_database_wal_bytes: 'gauge',
    weir_build_info: 'gauge',
    weir_client_connections: 'gauge',
    weir_upstream_connections: 'gauge',
    process_cpu_seconds_total: 'counter',
    process_resident_memory_bytes: 'gauge',
    process_virtual_memory_bytes: 'gauge',
    process_start_time_seconds: 'gauge',
    process_open_fds: 'gauge',
    process_max_fds: 'gauge',
  };
  const types = typesOf(text);
  const found = Object.fromEntries(Object.keys(promised).map((name) => [name, types[name]]));
  assert.deepEqual(found, promised);
});

test('every metric is documented', async () => {
  const page = await readFile(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
  for (const [name, type] of Object.entries(typesOf(text)))
    assert.match(page, new RegExp(`^\\| \`${name}\` \\| ${type} \\|`, 'm'), name);
});

test('calls are counted by provider, model and class of status', () => {
  const count = (labels) => valueOf(text, `weir_requests_total{${labels}}`);
  assert.equal(count('provider="openai",model="gpt-4o",status_class="2xx"'), 3);
  assert.equal(count('provider="openai",model="unheard-of-model",status_class="2xx"'), 1);
  assert.equal(count('provider="openai",model="",status_class="4xx"'), 1);
  assert.equal(count('provider="",model="",status_class="4xx"'), 1);
  assert.equal(valueOf(text, 'weir_records_written_total'), calls);
  assert.equal(valueOf(text, 'weir_request_duration_seconds_count'), calls);
  assert.equal(valueOf(text, 'weir_time_to_first_token_seconds_count'), 1);
});

test('tokens and cost are those of the rows', () => {
  const labels = 'provider="openai",model="gpt-4o"';
  const completion = words(answerTo(hello));
  assert.equal(valueOf(text, `weir_tokens_total{${labels},kind="completion"}`), 3 * completion);
  assert.equal(valueOf(text, `weir_tokens_total{${labels},kind="prompt"}`), 3 * (words(hello) + 2));
  const cost = valueOf(text, `weir_cost_dollars_total{${labels}}`);
  const wanted = costs.reduce((sum, one) => sum + one, 0);
  assert.ok(wanted > 0 && Math.abs(cost - wanted) < 1e-9, `${cost}, not ${wanted}`);
  assert.equal(valueOf(text, 'weir_unpriced_total{provider="openai"}'), 1);
});

test('what weir added is told in seconds', () => {
  assert.equal(valueOf(text, 'weir_overhead_seconds_count'), calls);
  const sum = valueOf(text, 'weir_overhead_seconds_sum');
  assert.ok(sum > 0 && sum < valueOf(text, 'weir_request_duration_seconds_sum'), String(sum));
  assert.equal(valueOf(text, 'weir_overhead_seconds_bucket{le="+Inf"}'), calls);
  assert.match(text, /^weir_overhead_seconds_bucket\{le="1e-05"\} \d+$/m, 'buckets begin at 10 µs');
});

test('connections and the queue are told as they are', async () => {
  const now = await eventually('an empty queue', async () => {
    await fetch(`${weir.gateway}/healthz`); // so that the SDK's connection, if it was left, is there again
    const seen = await read();
    return valueOf(seen, 'weir_recorder_queue_records') === 0 && seen;
  });
  assert.equal(valueOf(now, 'weir_recorder_queue_bytes'), 0);
  assert.ok(valueOf(now, 'weir_client_connections') >= 1, 'a client keeps its connection');
  assert.match(now, /^weir_upstream_connections\{provider="\w+",state="idle"\} [1-9]/m);
  assert.ok(valueOf(now, 'weir_commit_duration_seconds_count') >= 1);
});
