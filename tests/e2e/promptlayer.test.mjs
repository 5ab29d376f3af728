// PromptLayer's npm package against weir, as its users use it. run() sends its calls through weir's own gateway.
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { after, test } from 'node:test';
import { answerTo } from './support/calls.mjs';
import { keys } from './support/clients.mjs';
import { runKeys } from './support/keys.mjs';
import { gpt, greeting, PromptLayer, text } from './support/promptlayer.mjs';
import { newDirectory, startMock, startWeir } from './support/world.mjs';

/** A port that nobody listens at, for a listener whose address must be known before it starts. */
async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const mock = await startMock();
const { directory, remove } = await newDirectory();
const apiKey = runKeys(directory, 'create', '--name', 'promptlayer').stdout.trim();
const port = await freePort();
const env = { WEIR_GATEWAY_LISTEN: `127.0.0.1:${port}`, WEIR_ADMIN_GATEWAY_URL: `http://127.0.0.1:${port}` };
const weir = await startWeir(mock, directory, { env });
after(async () => {
  assert.equal(await weir.process.stop(), 0, weir.process.log);
  await remove();
});

process.env.OPENAI_API_KEY = keys.openai;
process.env.ANTHROPIC_API_KEY = keys.anthropic;
const client = new PromptLayer({ apiKey, baseURL: weir.admin });

test('a template is published, got filled, and listed', async () => {
  const made = await client.templates.publish(greeting('hello/world', gpt, { tags: ['tour'], commit_message: 'first' }));
  assert.equal(made.version_number, 1);
  assert.deepEqual(made.prompt_template.messages[1].input_variables, ['name']);

  const got = await client.templates.get('hello/world', { input_variables: { name: 'Ada' } });
  assert.equal(got.id, made.id);
  assert.deepEqual(got.prompt_template.messages[1].content, text('Greet Ada.'));
  assert.deepEqual(got.llm_kwargs, {
    model: 'gpt-4o',
    messages: [{ role: 'system', content: 'Be kind.' }, { role: 'user', content: 'Greet Ada.' }],
    temperature: 0.5,
  });
  assert.equal((await client.templates.get('hello/world')).prompt_template.messages[1].content[0].text, 'Greet {name}.');

  const all = await client.templates.all({ page: 1, per_page: 30 });
  assert.deepEqual(all.map((one) => [one.prompt_name, one.tags]), [['hello/world', ['tour']]]);
});

test('labels choose versions', async () => {
  await client.templates.publish(greeting('labelled', gpt, { release_labels: ['prod'] }));
  await client.templates.publish(greeting('labelled', gpt));

  assert.equal((await client.templates.get('labelled', { label: 'prod' })).version, 1);
  assert.equal((await client.templates.get('labelled')).version, 2);
  assert.equal((await client.templates.get('labelled', { version: 1 })).version, 1);
  assert.deepEqual((await client.templates.all({ label: 'prod' })).map((one) => one.version), [1]);
});

test('the base URL may come from the environment', async () => {
  process.env.PROMPTLAYER_BASE_URL = weir.admin;
  try {
    const other = new PromptLayer({ apiKey });
    assert.equal((await other.templates.get('hello/world')).version, 1);
  } finally {
    delete process.env.PROMPTLAYER_BASE_URL;
  }
});

test('a wrong key is refused, and an empty one is none', async () => {
  const wrong = new PromptLayer({ apiKey: 'pl_unknown', baseURL: weir.admin });
  const none = new PromptLayer({ apiKey: '', baseURL: weir.admin });

  await assert.rejects(wrong.templates.all(), /No API key found/);
  assert.ok((await none.templates.all()).length > 0);
});

test('a client that caches templates fills them itself', async () => {
  const caching = new PromptLayer({ apiKey, baseURL: weir.admin, cacheTtlSeconds: 60 });
  await caching.templates.publish(greeting('cached', gpt));

  for (const name of ['Ada', 'Bo']) {
    const got = await caching.templates.get('cached', { input_variables: { name } });
    assert.equal(got.prompt_template.messages[1].content[0].text, `Greet ${name}.`);
    assert.equal(got.llm_kwargs.messages[1].content, `Greet ${name}.`);
  }
});

test('what is wrong ends at once, with what was wrong', async () => {
  const wrong = [
    [() => client.templates.get('nothing'), /Prompt template not found/],
    [() => client.templates.get('hello/world', { version: 9 }), /Prompt template not found/],
    [() => client.templates.publish({ ...greeting('x', gpt), prompt_template: { type: 'chat' } }),
     /prompt_version\.prompt_template\.messages: is required/],
    [() => client.run({ promptName: 'nothing' }), /Prompt template not found/],
  ];
  const retries = []; // the client says a line for each
  const { info } = console;
  console.info = (line) => retries.push(line);
  try {
    for (const [call, why] of wrong) await assert.rejects(call, why);
  } finally {
    console.info = info;
  }
  assert.deepEqual(retries, []);
});

test('run() without a model says so', async () => {
  await client.templates.publish({ ...greeting('no model', gpt), metadata: {} });

  await assert.rejects(client.run({ promptName: 'no model' }), /does not have any LLM kwargs/);
});
