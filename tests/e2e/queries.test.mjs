// What the admin side answers of calls that the SDKs made: sessions, users, properties, scores, dashboards.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { chat } from './support/calls.mjs';
import { clientsOf } from './support/clients.mjs';
import { newDirectory, startMock, startWeir } from './support/world.mjs';

const mock = await startMock();
const { directory, remove } = await newDirectory();
let weir = await startWeir(mock, directory);
after(async () => {
  assert.equal(await weir.process.stop(), 0, weir.process.log);
  await remove();
});

async function ask(method, path, body) {
  const answer = await fetch(`${weir.admin}${path}`, {
    method,
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const said = await answer.json();
  assert.equal(answer.status, 200, JSON.stringify(said));
  return said;
}
const get = async (path) => (await ask('GET', path)).data;
const post = async (path, body) => (await ask('POST', path, body)).data;

/** A call within a session; resolves to the id that weir gave it. */
async function call(session, user, plan, more = {}, knobs = {}) {
  const headers = {
    'Helicone-Session-Id': session,
    'Helicone-Session-Name': 'support chat',
    'Helicone-Session-Path': '/ask',
    'Helicone-User-Id': user,
    'helicone-property-plan': plan,
    ...knobs,
  };
  const { response, data } = await clientsOf(weir)
    .openai.chat.completions.create(chat('a word', more), { headers })
    .withResponse();
  return { id: response.headers.get('helicone-id'), data };
}

const begun = new Date(Date.now() - 1000);
const calls = [];
for (const [session, user, plan] of [['s-1', 'ann', 'pro'], ['s-1', 'ann', 'pro'], ['s-2', 'bob', 'free']])
  calls.push((await call(session, user, plan)).id);

// A stream's id stands in its head: what is said of it then comes before its row.
const streamed = await call('s-2', 'bob', 'free', { stream: true }, { 'x-mock-interval': '700ms' });
await post(`/v1/request/${streamed.id}/score`, { scores: { quality: 50, polite: true } });
assert.equal((await fetch(`${weir.admin}/v1/request/${streamed.id}`)).status, 404);
for await (const chunk of streamed.data) assert.ok(chunk);
calls.push(streamed.id);
for (const id of calls) await weir.row(id);

await post(`/v1/request/${calls[0]}/score`, { scores: { quality: 100 } });
await post(`/v1/request/${calls[1]}/feedback`, { rating: true });
await ask('PUT', `/v1/request/${calls[2]}/property`, { key: 'plan', value: 'trial' });
await post('/v1/session/s-1/feedback', { rating: false });
await post('/v1/session/s-1/tag', { tag: 'good' });
await post(`/v1/evals/${calls[1]}`, { name: 'quality', score: 0 });

const end = new Date(Date.now() + 1000);
const timeFilter = { start: begun.toISOString(), end: end.toISOString() };
const inMs = { startTimeUnixMs: begun.getTime() - 1000, endTimeUnixMs: end.getTime() + 1000 };
const overTime = { timeFilter, userFilter: 'all', dbIncrement: 'hour', timeZoneDifference: 0 };

/** What each endpoint says of these calls. */
const answers = {
  'a score that came before its row': async () =>
    assert.deepEqual((await get(`/v1/request/${streamed.id}`)).scores, { 'polite-hcone-bool': 1, quality: 50 }),
  'a score with its type': async () => {
    const scored = (await post('/v1/request/query', { filter: 'all' })).find((row) => row.request_id === calls[0]);
    assert.deepEqual(scored.scores, { quality: { value: 100, valueType: 'number' } });
  },
  feedback: async () => {
    const rows = await post('/v1/request/query', { filter: { feedback: { rating: { equals: true } } } });
    assert.deepEqual(rows.map((row) => row.request_id), [calls[1]]);
  },
  'the names of properties': async () => {
    const names = (await post('/v1/property/query')).map(({ property }) => property);
    for (const name of ['plan', 'Helicone-Session-Id', 'Helicone-Session-Feedback']) assert.ok(names.includes(name));
  },
  'values of a property': async () => {
    assert.deepEqual((await post('/v1/property/plan/search', { searchTerm: 'R' })).sort(), ['free', 'pro', 'trial']);
    assert.deepEqual(await post('/v1/property/Helicone-Session-Feedback/search', { searchTerm: '' }), ['0']);
  },
  'what the values of a property cost': async () => {
    const costs = await post('/v1/property/plan/top-costs/query', { timeFilter });
    assert.deepEqual(costs.map(({ value }) => value).sort(), ['free', 'pro', 'trial']);
    assert.ok(costs.every(({ cost }) => cost > 0));
    assert.equal(costs[0].value, 'pro');
  },
  sessions: async () => {
    assert.equal(await get('/v1/session/has-session'), true);
    const found = await post('/v1/session/query', { search: 's-', timeFilter: inMs, timezoneDifference: 0, filter: 'all' });
    assert.deepEqual(found.map((one) => [one.session_id, one.session_name, one.total_requests]),
                     [['s-2', 'support chat', 2], ['s-1', 'support chat', 2]]);
    assert.ok(found.every((one) => one.total_cost > 0 && one.avg_latency > 0 && one.total_tokens > 0));
  },
  'names of sessions': async () => {
    const [name, ...more] = await post('/v1/session/name/query', { nameContains: 'SUPPORT', timezoneDifference: 0 });
    assert.deepEqual([name.name, name.session_count, more], ['support chat', 2, []]);
  },
  'how sessions are spread': async () => {
    const found = await post('/v1/session/metrics/query', { nameContains: 'support chat', timezoneDifference: 0 });
    assert.deepEqual(found.average.session_count, [{ average: 2 }]);
    assert.deepEqual(found.session_count, [{ range_start: '2', range_end: '2', value: 2 }]);
  },
  'the tag of a session': async () => assert.equal(await get('/v1/session/s-1/tag'), 'good'),
  users: async () => {
    const users = await post('/v1/user/query', { userIds: ['ann', 'nobody'] });
    assert.deepEqual(users.map(({ user_id: id, count }) => [id, count]), [['ann', 2]]);
    const metrics = await post('/v1/user/metrics/query', { filter: 'all', offset: 0, limit: 10, sort: { id: 'desc' } });
    assert.deepEqual([metrics.users.map(({ id }) => id), metrics.count, metrics.hasUsers], [['bob', 'ann'], 2, true]);
    const overview = await post('/v1/user/metrics-overview/query',
                                { filter: 'all', pSize: 'p99.9', useInterquartile: false });
    assert.deepEqual(overview.request_count, [{ range_start: '2', range_end: '2', value: 2 }]);
  },
  customers: async () => {
    const customers = await ask('POST', '/v1/customer/query', {});
    assert.deepEqual(customers.map(({ id }) => id), ['ann', 'bob']);
    const usage = await ask('POST', '/v1/customer/bob/usage/query', {});
    assert.deepEqual([usage.id, usage.count], ['bob', 2]);
  },
  models: async () => {
    const models = (await get('/v1/models')).map(({ model }) => model);
    assert.ok(models.every((model) => model.startsWith('gpt-4o')) && models.length > 0, models.join());
  },
  'requests over time': async () => {
    const rows = await post('/v1/dashboard/requests/query', { ...overTime, groupBy: 'status' });
    const counted = rows.filter(({ requests }) => requests > 0);
    assert.equal(counted.reduce((sum, { requests }) => sum + requests, 0), 4);
    assert.ok(counted.every(({ group, errors, cost }) => group === '200' && errors === 0 && cost > 0));
  },
  'scores over time': async () => {
    const rows = await post('/v1/dashboard/scores/query', { ...overTime, dbIncrement: 'year' });
    const means = Object.fromEntries(rows.map((row) => [row.score_key, row.score_sum]));
    assert.deepEqual(means, { 'helicone-score-feedback': 1, 'polite-hcone-bool': 1, quality: 50 });
  },
  evals: async () => {
    assert.deepEqual(await get('/v1/evals/scores'), ['helicone-score-feedback', 'polite-hcone-bool', 'quality']);
    const found = await post('/v1/evals/query', { filter: 'all', timeFilter });
    const quality = found.find(({ name }) => name === 'quality');
    assert.deepEqual([quality.count, quality.averageScore, quality.minScore, quality.maxScore], [3, 50, 0, 100]);
    const spread = await post('/v1/evals/score-distributions/query', { filter: 'all', timeFilter });
    assert.deepEqual(spread.map(({ name }) => name), ['helicone-score-feedback', 'polite-hcone-bool', 'quality']);
  },
};

describe('the admin side answers', () => {
  for (const [what, check] of Object.entries(answers)) test(what, check);
});

describe('after a restart it still answers', () => {
  test('having been restarted', async () => {
    assert.equal(await weir.process.stop(), 0, weir.process.log);
    weir = await startWeir(mock, directory);
  });
  for (const [what, check] of Object.entries(answers)) test(what, check);
});
