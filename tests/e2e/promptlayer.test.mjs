// PromptLayer's npm package against weir, as its users use it. run() sends its calls through weir's own gateway.
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { after, test } from 'node:test';
import { trace } from '@opentelemetry/api';
import { answerTo } from './support/calls.mjs';
import { keys } from './support/clients.mjs';
import { eventually } from './support/eventually.mjs';
import { runKeys } from './support/keys.mjs';
import { claude, gpt, greeting, PromptLayer, text } from './support/promptlayer.mjs';
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

test('a client that traces sends its spans', async () => {
  const tracing = new PromptLayer({ apiKey, baseURL: weir.admin, enableTracing: true });
  let traceId;
  const shout = tracing.wrapWithSpan('shout', async (word) => {
    traceId = trace.getActiveSpan().spanContext().traceId;
    return word.toUpperCase();
  });
  assert.equal(await shout('hello'), 'HELLO');

  const spans = await eventually('the trace', async () => {
    const answer = await fetch(`${weir.admin}/api/public/v2/traces/${traceId}`, { headers: { 'x-api-key': apiKey } });
    return answer.ok ? (await answer.json()).spans : undefined;
  });
  assert.deepEqual(spans.map((span) => span.name), ['shout']);
});

test('run() without a model says so', async () => {
  await client.templates.publish({ ...greeting('no model', gpt), metadata: {} });

  await assert.rejects(client.run({ promptName: 'no model' }), /does not have any LLM kwargs/);
});

/** The rows of the calls that `make` makes: newest first, as soon as they are there. */
async function rowsOf(make, count = 1) {
  const before = new Set((await weir.rows()).map((row) => row.request_id));
  const done = await make();
  const added = await eventually('the rows of the calls', async () => {
    const rows = (await weir.rows()).filter((row) => !before.has(row.request_id) && row.response_status !== -2);
    return rows.length >= count ? rows : undefined;
  });
  assert.equal(added.length, count, JSON.stringify(added.map((row) => row.model)));
  return { done, rows: added };
}

const providers = [
  { provider: 'openai', model: gpt, said: (response) => response.choices[0].message.content },
  { provider: 'anthropic', model: claude, said: (response) => response.content[0].text },
];

for (const { provider, model, said } of providers) {
  test(`run() with ${provider} calls through the gateway, and is one row`, async () => {
    await client.templates.publish(greeting(`run ${provider}`, model));

    const { done, rows } = await rowsOf(() => client.run({
      promptName: `run ${provider}`,
      inputVariables: { name: 'Ada' },
      tags: ['e2e'],
      metadata: { user: 'ann' },
      modelParameterOverrides: { temperature: 0 },
    }));

    assert.equal(said(done.raw_response), answerTo('Greet Ada.'));
    assert.equal(typeof done.request_id, 'number');
    const { messages } = done.prompt_blueprint.prompt_template;
    assert.deepEqual(messages.map((one) => one.role), ['system', 'user', 'assistant']);
    assert.deepEqual(messages[2].content, text(answerTo('Greet Ada.')));
    const [row] = rows;
    assert.equal(row.provider, provider.toUpperCase());
    assert.equal(row.response_status, 200);
    assert.equal(row.properties.user, 'ann');
    assert.ok(row.costUSD > 0);
  });

  test(`run() with ${provider} streams through the gateway, and is one row`, async () => {
    const { done, rows } = await rowsOf(async () => {
      const pieces = [];
      const stream = await client.run({ promptName: `run ${provider}`, inputVariables: { name: 'Bo' }, stream: true });
      for await (const piece of stream) pieces.push(piece);
      return pieces;
    });

    assert.ok(done.length > 2);
    assert.equal(typeof done.at(-1).request_id, 'number');
    assert.equal(done.at(-1).prompt_blueprint.prompt_template.messages.at(-1).content[0].text, answerTo('Greet Bo.'));
    assert.equal(rows[0].provider, provider.toUpperCase());
  });
}

test('a call that its provider refuses is tracked and thrown', async () => {
  process.env.OPENAI_API_KEY = 'invalid';
  try {
    await assert.rejects(client.run({ promptName: 'run openai', inputVariables: { name: 'x' } }), /401/);
  } finally {
    process.env.OPENAI_API_KEY = keys.openai;
  }
});

const wrapped = (name, path) =>
  new client[name]({ apiKey: keys[name.toLowerCase()], baseURL: `${weir.gateway}${path}`, maxRetries: 0 });

test('the wrappers of the SDKs track their calls', async () => {
  const openai = await rowsOf(() => wrapped('OpenAI', '/v1').chat.completions.create({
    model: 'gpt-4o',
    messages: [{ role: 'user', content: 'wrapped' }],
    pl_tags: ['wrapper'],
    return_pl_id: true,
  }));
  const [answer, id] = openai.done;
  assert.equal(answer.choices[0].message.content, answerTo('wrapped'));
  assert.equal(typeof id, 'number');

  const anthropic = await rowsOf(() => wrapped('Anthropic', '/anthropic').messages.create({
    model: 'claude-sonnet-4-5',
    max_tokens: 64,
    messages: [{ role: 'user', content: 'wrapped' }],
  }));
  assert.equal(anthropic.done.content[0].text, answerTo('wrapped'));
});

test('calls of one answer that are tracked at once are as many calls', async () => {
  const count = 6;
  const same = () => wrapped('OpenAI', '/v1').chat.completions.create({
    model: 'gpt-4o',
    messages: [{ role: 'user', content: 'the same' }],
    return_pl_id: true,
  });
  const { done, rows } = await rowsOf(() => Promise.all(Array.from({ length: count }, same)), count);
  assert.equal(new Set(done.map(([, id]) => id)).size, count);
  assert.equal(rows.length, count);
});

test('a wrapped stream is tracked when it has ended', async () => {
  const { done } = await rowsOf(async () => {
    const pieces = [];
    const stream = await wrapped('OpenAI', '/v1').chat.completions.create({
      model: 'gpt-4o',
      messages: [{ role: 'user', content: 'piece by piece' }],
      stream: true,
      return_pl_id: true,
    });
    for await (const piece of stream) pieces.push(piece);
    return pieces;
  });

  assert.equal(typeof done.at(-1)[1], 'number');
});

test('calls are scored, described, grouped and tied to prompts', async () => {
  const { done, rows } = await rowsOf(() => wrapped('OpenAI', '/v1').chat.completions.create({
    model: 'gpt-4o',
    messages: [{ role: 'user', content: 'tracked' }],
    return_pl_id: true,
  }));
  const request_id = done[1];

  assert.equal(await client.track.score({ request_id, score: 80, name: 'taste' }), true);
  assert.equal(await client.track.metadata({ request_id, metadata: { user: 'bo' } }), true);
  assert.equal(await client.track.prompt({ request_id, prompt_name: 'hello/world', prompt_input_variables: { name: 'Bo' } }), true);
  const group_id = await client.group.create();
  assert.equal(typeof group_id, 'number');
  assert.equal(await client.track.group({ request_id, group_id }), true);
  const row = await weir.row(rows[0].request_id);
  assert.equal(row.properties.user, 'bo');
  assert.equal(row.scores.taste, 80);
  await assert.rejects(client.track.score({ request_id: 999_999, score: 1 }));
});

test('a call is logged by hand', async () => {
  const { done, rows } = await rowsOf(() => client.logRequest({
    provider: 'openai',
    model: 'gpt-4o',
    input: { type: 'chat', messages: [{ role: 'user', content: text('by hand') }], input_variables: [] },
    output: { type: 'chat', messages: [{ role: 'assistant', content: text('so it is') }], input_variables: [] },
    request_start_time: new Date(Date.now() - 1000).toISOString(),
    request_end_time: new Date().toISOString(),
    input_tokens: 2,
    output_tokens: 3,
  }));

  assert.equal(typeof done.id, 'number');
  assert.equal(rows[0].prompt_tokens, 2);
});

test('what weir does not have is refused at once', async () => {
  const said = await client.runWorkflow({ workflowName: 'none' });
  assert.equal(said.success, false);
  assert.match(said.message, /no such path/);
  await assert.rejects(client.skills.pull('none'), /no such path/);
});
