// From tags in calls of an SDK to versions, and to filled templates over the REST API.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerTo, tagged } from './support/calls.mjs';
import { clientsOf } from './support/clients.mjs';
import { startWorld } from './support/world.mjs';

const { weir } = await startWorld();
const { openai } = clientsOf(weir);

const input = (key, value) => `<helicone-prompt-input key="${key}" >${value}</helicone-prompt-input>`;

/** Calls the prompt `greeting` and waits until the call is recorded. */
async function call(content) {
  const { id, options } = tagged({ 'Helicone-Prompt-Id': 'greeting' });
  const answer = await openai.chat.completions.create({ model: 'gpt-4o', messages: [{ role: 'user', content }] }, options);
  await weir.row(id);
  return { id, text: answer.choices[0].message.content };
}

async function ask(path, body, method = 'POST') {
  const answer = await fetch(`${weir.admin}/v1/prompt${path}`, {
    method,
    ...(method === 'GET' ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, ...(text && JSON.parse(text)) };
}

async function data(...question) {
  const said = await ask(...question);
  assert.equal(said.status, 200, said.error);
  return said.data;
}

const number = (version) => `${version.major_version}.${version.minor_version}`;

test('calls with tags make versions, and the one in production is filled', async () => {
  assert.deepEqual(await data('/has-prompts', undefined, 'GET'), { hasPrompts: false });

  const first = await call(`Write about ${input('topic', 'rivers')}`);
  assert.equal(first.text, answerTo('Write about rivers'));
  await call(`Write about ${input('topic', 'lakes')}`);
  await call(`Write a song about ${input('topic', 'lakes')}`);

  const [prompt] = await data('/query', { filter: { prompt_v2: { user_defined_id: { equals: 'greeting' } } } });
  assert.equal(prompt.major_version, 1);
  const versions = await data(`/${prompt.id}/versions/query`, {});
  assert.deepEqual(versions.map(number), ['0.0', '1.0']);
  assert.deepEqual(versions.map((v) => v.metadata.isProduction), [undefined, true]);

  const compiled = await data('/greeting/compile', { inputs: { topic: 'seas' } });
  assert.equal(compiled.id, versions[1].id);
  assert.deepEqual(compiled.prompt_compiled, { model: 'gpt-4o', messages: [{ role: 'user', content: 'Write a song about seas' }] });

  const inputs = await data(`/version/${versions[0].id}/inputs/query`, { limit: 10 });
  assert.deepEqual(inputs.map((i) => i.inputs), [{ topic: 'lakes' }, { topic: 'rivers' }]);
  assert.equal(inputs[1].source_request, first.id);
  assert.equal(inputs[1].response_body.choices[0].message.content, first.text);
});

test('a version edited by hand is promoted, and calls with its template make no other', async () => {
  const [prompt] = await data('/query', { filter: 'all' });
  const latest = (await data(`/${prompt.id}/versions/query`, {})).at(-1);
  const template = { model: 'gpt-4o', messages: [{ role: 'user', content: 'Sing of <helicone-prompt-input key="topic" />' }] };

  const derived = await data(`/version/${latest.id}/subversion`, { newHeliconeTemplate: template });
  assert.equal(number(derived), '1.1');
  await data(`/version/${derived.id}/promote`, { previousProductionVersionId: latest.id });
  await call(`Sing of ${input('topic', 'hills')}`);

  assert.deepEqual((await data(`/${prompt.id}/versions/query`, {})).map(number), ['0.0', '1.0', '1.1']);
  const filled = await data('/greeting/template', { inputs: { topic: 'dales' } });
  assert.equal(filled.filled_helicone_template.messages[0].content, 'Sing of dales');
  const used = await data(`/version/${derived.id}/inputs/query`, { limit: 1 });
  assert.deepEqual(used[0].inputs, { topic: 'hills' });
});

test('a deleted prompt begins anew', async () => {
  const [prompt] = await data('/query', { filter: 'all' });
  assert.equal((await ask(`/${prompt.id}`, undefined, 'DELETE')).status, 204);
  assert.equal((await ask('/greeting/compile', { inputs: {} })).status, 404);

  await call(`Write about ${input('topic', 'rivers')}`);

  const [anew] = await data('/query', { filter: 'all' });
  assert.notEqual(anew.id, prompt.id);
  assert.equal(anew.major_version, 0);
});
