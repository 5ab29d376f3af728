// Datasets of calls that the SDK made: inputs at random for experiments, copies for training, files.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientsOf } from './support/clients.mjs';
import { startWorld } from './support/world.mjs';

const { weir } = await startWorld();

async function post(path, body = {}) {
  const answer = await fetch(`${weir.admin}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const said = await answer.json();
  assert.equal(answer.status, 200, JSON.stringify(said));
  return said.data;
}

/** A call whose question is about a tagged topic; resolves to the id that weir gave it. */
async function ask(topic) {
  const content = `Tell me of <helicone-prompt-input key="topic" >${topic}</helicone-prompt-input>`;
  const { response } = await clientsOf(weir)
    .openai.chat.completions.create(
      { model: 'gpt-4o', messages: [{ role: 'user', content }] },
      { headers: { 'Helicone-Prompt-Id': 'teller' } },
    )
    .withResponse();
  return response.headers.get('helicone-id');
}

const topics = ['rain', 'snow', 'wind'];
const calls = [];
for (const topic of topics) calls.push(await ask(topic));
for (const id of calls) await weir.row(id);

test('a random dataset has the inputs of the calls', async () => {
  const { datasetId } = await post('/v1/experiment/dataset/random', {
    datasetName: 'weather',
    filter: { request: { model: { equals: 'gpt-4o' } } },
  });

  const rows = await post(`/v1/experiment/dataset/${datasetId}/inputs/query`);
  assert.deepEqual(rows.map((row) => row.inputs.topic).sort(), topics);
  for (const row of rows) {
    assert.equal(row.source_request, calls[topics.indexOf(row.inputs.topic)]);
    assert.match(row.request_body.messages[0].content, /helicone-prompt-input/);
    assert.equal(row.response_body.object, 'chat.completion');
  }
});

test('a sample is of the size asked for', async () => {
  const { datasetId } = await post('/v1/experiment/dataset/random', { datasetName: 'two', filter: 'all', limit: 2 });
  assert.equal((await post(`/v1/experiment/dataset/${datasetId}/inputs/query`)).length, 2);
});

test('copies are edited, followed without a key, and exported', async () => {
  const { datasetId } = await post('/v1/helicone-dataset', { datasetName: 'training', requestIds: calls });
  const base = `/v1/helicone-dataset/${datasetId}`;
  assert.equal(await post(`${base}/count`), 0);
  await post(`${base}/mutate`, { addRequests: calls, removeRequests: [] });

  const rows = await post(`${base}/query`, { offset: 0, limit: 10 });
  assert.deepEqual(rows.map((row) => row.origin_request_id), [...calls].reverse());
  const followed = await (await fetch(rows[0].signed_url.data)).json();
  assert.match(followed.request.messages[0].content, /wind/);

  await post(`${base}/request/${rows[0].id}`, {
    requestBody: { messages: [{ role: 'user', content: 'edited' }] },
    responseBody: followed.response,
  });
  const text = await (await fetch(`${weir.admin}${base}/export`)).text();
  const lines = text.trim().split('\n').map((line) => JSON.parse(line));
  assert.deepEqual(lines.map((line) => line.messages[0].content), ['Tell me of rain', 'Tell me of snow', 'edited']);
  for (const line of lines) assert.equal(line.messages.at(-1).role, 'assistant');

  const copy = (await post('/v1/helicone-dataset', { datasetName: 'copy', requestIds: [] })).datasetId;
  const sent = await fetch(`${weir.admin}/v1/helicone-dataset/${copy}/import`, { method: 'POST', body: text });
  assert.deepEqual(await sent.json(), { data: { imported: 3 }, error: null });
  assert.equal(await (await fetch(`${weir.admin}/v1/helicone-dataset/${copy}/export`)).text(), text);
});

test('an import may be longer than what weir holds of any other body', async () => {
  const { datasetId } = await post('/v1/helicone-dataset', { datasetName: 'long', requestIds: [] });
  const line = `${JSON.stringify({ messages: [{ role: 'user', content: 'x'.repeat(1 << 20) }, { role: 'assistant', content: 'y' }] })}\n`;

  const sent = await fetch(`${weir.admin}/v1/helicone-dataset/${datasetId}/import`, { method: 'POST', body: line.repeat(64) });

  assert.deepEqual(await sent.json(), { data: { imported: 64 }, error: null });
});
