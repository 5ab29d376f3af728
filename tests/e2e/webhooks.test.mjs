// Webhooks: a receiver is told of calls, with a signature, again after failures and after a restart.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { after, test } from 'node:test';
import { answerTo, chat, hello, tagged } from './support/calls.mjs';
import { clientsOf } from './support/clients.mjs';
import { eventually } from './support/eventually.mjs';
import { newDirectory, startMock, startWeir } from './support/world.mjs';

/** What came, in order, and how each is answered: a status, or 'hang up' or 'be silent'. */
const came = [];
let answers = [];
const receiver = createServer(async (request, response) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  const body = Buffer.concat(parts).toString();
  came.push({ url: request.url, headers: request.headers, body, json: JSON.parse(body) });
  const answer = answers.shift() ?? 200;
  if (answer === 'hang up') request.socket.destroy();
  else if (answer !== 'be silent') response.writeHead(answer).end('thanks');
});
await new Promise((resolve) => receiver.listen(0, '127.0.0.1', resolve));
const target = `http://127.0.0.1:${receiver.address().port}`;
after(() => {
  receiver.close();
  receiver.closeAllConnections();
});

const mock = await startMock();
const { directory, remove } = await newDirectory();
const settings = { gateway: `allowed_targets = ["${target}"]`, more: '[webhooks]\nfirst_retry = "300ms"\ntimeout = "15s"' };
let weir = await startWeir(mock, directory, settings);
after(async () => {
  assert.equal(await weir.process.stop(), 0, weir.process.log);
  await remove();
});

async function webhooks(method, path = '', body = undefined) {
  const answer = await fetch(`${weir.admin}/v1/webhooks${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
  });
  return { status: answer.status, ...(await answer.json()) };
}

/** Makes a webhook; resolves to it as it is listed. */
async function create(body) {
  const { status, data, error } = await webhooks('POST', '', body);
  assert.equal(status, 200, error);
  assert.deepEqual(data, []);
  return (await webhooks('GET')).data.at(-1);
}

async function call(headers = {}) {
  const one = tagged(headers);
  await clientsOf(weir).openai.chat.completions.create(chat(), one.options);
  return one.id;
}

const toldOf = (id) => came.filter(({ json }) => json.request_id === id);
const told = (id, times = 1) =>
  eventually(`${times} messages about ${id}`, () => (toldOf(id).length >= times ? toldOf(id) : undefined));
const metric = async (line) => {
  const text = await (await fetch(`${weir.admin}/metrics`)).text();
  return Number(text.split('\n').find((l) => l.startsWith(`${line} `))?.split(' ')[1]);
};
const nothingWaits = () => eventually('nothing to wait', async () => (await metric('weir_webhooks_pending')) === 0);
const remove_ = async ({ id }) => assert.equal((await webhooks('DELETE', `/${id}`)).status, 200);

test('a receiver is told of a call, signed with the key of the webhook', async () => {
  const webhook = await create({ destination: `${target}/hook?of=ann`, config: {} });
  const id = await call({ 'Helicone-User-Id': 'ann' });
  const [message] = await told(id);

  assert.equal(message.headers['helicone-signature'], createHmac('sha256', webhook.hmac_key).update(message.body).digest('hex'));
  assert.equal(message.headers['content-type'], 'application/json');
  assert.equal(message.url, '/hook?of=ann');
  const row = await weir.row(id);
  const { request_body, response_body, metadata, request_response_url, ...rest } = message.json;
  assert.deepEqual(request_body, chat());
  assert.equal(response_body.choices[0].message.content, answerTo(hello));
  assert.deepEqual(rest, { request_id: id, user_id: 'ann', model: row.model, provider: 'OPENAI' });
  const whole = await fetch(request_response_url); // as anybody can who has the message
  assert.equal(whole.status, 200);
  assert.deepEqual(await whole.json(), { request: request_body, response: response_body });
  assert.deepEqual(metadata, {
    cost: row.cost,
    promptTokens: row.prompt_tokens,
    completionTokens: row.completion_tokens,
    totalTokens: row.total_tokens,
    latencyMs: row.delay_ms,
  });
  await nothingWaits();
  await eventually('it to be counted', async () => (await metric('weir_webhook_deliveries_total{result="delivered"}')) === 1);
  await remove_(webhook);
});

test('a receiver that fails is told again, after a restart too, until it accepts', async () => {
  const webhook = await create({ destination: target, config: {}, includeData: false });
  answers = Array(20).fill(500);
  const id = await call();
  await told(id);
  assert.equal(await weir.process.stop(), 0, weir.process.log);
  const before = toldOf(id).length; // 1, or another when stopping took its time
  answers = ['hang up', 204];

  weir = await startWeir(mock, directory, settings);
  const all = await told(id, before + 2);
  assert.deepEqual(Object.keys(all[0].json), ['request_id', 'request_body', 'response_body']);
  assert.equal(new Set(all.map(({ body }) => body)).size, 1);
  await nothingWaits();
  await eventually('it to be counted', async () => (await metric('weir_webhook_deliveries_total{result="delivered"}')) === 1);
  assert.equal(await metric('weir_webhook_deliveries_total{result="failed"}'), 1);
  assert.equal(toldOf(id).length, before + 2);
  await remove_(webhook);
});

test('a receiver that never answers holds up neither the others nor the end, and is told again', async () => {
  const webhook = await create({ destination: `${target}/silent`, config: { propertyFilters: [{ key: 'to', value: 'silent' }] } });
  const other = await create({ destination: `${target}/other`, config: { propertyFilters: [{ key: 'to', value: 'other' }] } });
  answers = Array(8).fill('be silent');
  const silent = [];
  for (let i = 0; i < 8; ++i) silent.push(await call({ 'Helicone-Property-to': 'silent' }));
  for (const id of silent) await told(id);

  const [message] = await told(await call({ 'Helicone-Property-to': 'other' }));
  assert.equal(message.url, '/other');
  const begun = Date.now();
  assert.equal(await weir.process.stop(), 0, weir.process.log);
  assert.ok(Date.now() - begun < 12_000, `stopping took ${Date.now() - begun} ms`);

  weir = await startWeir(mock, directory, settings);
  for (const id of silent) await told(id, 2);
  await nothingWaits();
  await remove_(webhook);
  await remove_(other);
});

test('only what has the properties is told, and nothing after the webhook is gone', async () => {
  const webhook = await create({ destination: target, config: { sampleRate: 100, propertyFilters: [{ key: 'app', value: 'shop' }] } });
  const never = await create({ destination: `${target}/never`, config: { sampleRate: 0 } });
  const without = await call(), other = await call({ 'Helicone-Property-app': 'blog' });
  const off = await call({ 'Helicone-Property-app': 'shop', 'Helicone-Webhook-Enabled': 'false' });
  await told(await call({ 'Helicone-Property-app': 'shop' }));
  await nothingWaits();
  assert.deepEqual([without, other, off].map((id) => toldOf(id).length), [0, 0, 0]);

  answers = Array(20).fill(500);
  const failed = await call({ 'Helicone-Property-app': 'shop' });
  await told(failed);
  await remove_(webhook);
  await remove_(never);
  await call({ 'Helicone-Property-app': 'shop' });
  await nothingWaits();
  const before = toldOf(failed).length; // 1, or another when it took its time
  await new Promise((resolve) => setTimeout(resolve, 600)); // past the next try
  assert.equal(toldOf(failed).length, before);
  answers = [];
  assert.deepEqual((await webhooks('GET')).data, []);
});

test('calls logged by hand are told of, too', async () => {
  const webhook = await create({ destination: target, config: {} });
  const { id } = tagged();
  await fetch(`${weir.admin}/custom/v1/log`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'helicone-request-id': id },
    body: JSON.stringify({ providerRequest: { url: 'x', json: chat('x'.repeat(11_000)), meta: {} }, providerResponse: { status: 200, json: {} } }),
  });

  const [{ json }] = await told(id);
  assert.match(json.request_body, /larger than 10 KiB/);
  await remove_(webhook);
});

test('the link in a message begins with admin.public_url', async () => {
  assert.equal(await weir.process.stop(), 0, weir.process.log);
  weir = await startWeir(mock, directory, { ...settings, env: { WEIR_ADMIN_PUBLIC_URL: 'https://weir.example.com/' } });
  const webhook = await create({ destination: target, config: {} });
  const [{ json }] = await told(await call());

  assert.match(json.request_response_url, /^https:\/\/weir\.example\.com\/\w/);
  await remove_(webhook);
});

test('a destination must be https, or named by the operator', async () => {
  for (const destination of ['http://127.0.0.1:1', 'http://a.example', 'https://127.0.0.1/x', 'https://[::1]', 'https://10.0.0.1', 'nothing']) {
    const { status, error } = await webhooks('POST', '', { destination, config: {} });
    assert.equal(status, 400, destination);
    assert.match(error, /^destination: /);
  }
});
