// The record asked over REST, as Helicone's clients ask it.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { chat, message, tagged } from './support/calls.mjs';
import { clientsOf } from './support/clients.mjs';
import { startWorld } from './support/world.mjs';

const { weir } = await startWorld();
const { openai, anthropic } = clientsOf(weir);

async function post(path, body) {
  const answer = await fetch(`${weir.admin}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: answer.status, ...(await answer.json()) };
}

const calls = [];
for (const [user, app] of [['ann', 'shop'], ['bob', 'shop'], ['ann', undefined]]) {
  const headers = { 'Helicone-User-Id': user, ...(app && { 'helicone-property-app': app }) };
  const call = tagged(headers);
  await openai.chat.completions.create(chat(`a word for ${user}`), call.options);
  calls.push(call.id);
}
const claude = tagged();
await anthropic.messages.create(message('something else'), claude.options);
calls.push(claude.id);
for (const id of calls) await weir.row(id);

/** Which of the calls a filter finds, in the order of their making. */
async function found(filter, more = {}) {
  const { status, data, error } = await post('/v1/request/query', { filter, ...more });
  assert.equal(status, 200, error);
  return data.map((row) => calls.indexOf(row.request_id)).sort();
}

describe('a filter finds', () => {
  const cases = {
    'a user': [{ request: { user_id: { equals: 'ann' } } }, [0, 2]],
    'a model in any case': [{ request: { model: { contains: 'GPT' } } }, [0, 1, 2]],
    'a property': [{ properties: { app: { equals: 'shop' } } }, [0, 1]],
    'a property whose name fetch has changed': [{ properties: { App: { equals: 'shop' } } }, [0, 1]],
    'what lacks a property': [{ request_response_rmt: { properties: { app: { 'not-equals': 'shop' } } } }, [2, 3]],
    'words in bodies': [{ request_response_rmt: { request_body: { contains: 'WORD for bob' } } }, [1]],
    'a part of both': [
      { left: { request: { user_id: { equals: 'ann' } } }, operator: 'and', right: { properties: { app: { equals: 'shop' } } } },
      [0],
    ],
    'either of two': [
      { left: { request: { user_id: { equals: 'bob' } } }, operator: 'or', right: { response: { model: { contains: 'claude' } } } },
      [1, 3],
    ],
    'what costs something': [{ request_response_rmt: { total_tokens: { gt: 0 } } }, [0, 1, 2, 3]],
    'nothing of another time': [{ request: { created_at: { lt: '2020-01-01' } } }, []],
  };
  for (const [what, [filter, expected]] of Object.entries(cases))
    test(what, async () => {
      assert.deepEqual(await found(filter), expected);
      assert.equal((await post('/v1/request/count/query', { filter })).data, expected.length);
    });
});

test('rows come in the order and by the pages asked for', async () => {
  const ask = async (more) => (await post('/v1/request/query-clickhouse', { filter: 'all', ...more })).data.map((row) => calls.indexOf(row.request_id));

  assert.deepEqual(await ask({}), [3, 2, 1, 0]);
  assert.deepEqual(await ask({ sort: { created_at: 'asc' } }), [0, 1, 2, 3]);
  assert.deepEqual(await ask({ sort: { created_at: 'asc' }, limit: 2, offset: 1 }), [1, 2]);
});

test('rows come by their ids, those that there are', async () => {
  const unknown = '00000000-0000-4000-8000-000000000000';
  const { data } = await post('/v1/request/query-ids', { requestIds: [calls[2], unknown, calls[0]] });
  assert.deepEqual(data.map((row) => row.request_id), [calls[2], calls[0]]);
});

test('a filter that is wrong is named by its path', async () => {
  const filter = { left: 'all', operator: 'and', right: { request: { created_at: { gte: '<string>' } } } };
  const { status, data, error } = await post('/v1/request/query', { filter });
  assert.deepEqual([status, data], [400, null]);
  assert.match(error, /^filter\.right\.request\.created_at\.gte: /);
});
