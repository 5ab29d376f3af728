// Secrets of calls and of the environment reach neither the disk nor a log line, however talkative the log and whatever
// becomes of a call.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { chat, hello, plainCalls, seenBy, streams, tagged } from './support/calls.mjs';
import { clientsOf, keys } from './support/clients.mjs';
import { eventually } from './support/eventually.mjs';
import { runKeys } from './support/keys.mjs';
import { exchange, request, statusOf } from './support/wire.mjs';
import { newDirectory, startMock, startWeir } from './support/world.mjs';

const mock = await startMock();
const { directory, remove } = await newDirectory();
after(remove);

const secrets = {
  ...keys,
  gatewayKey: runKeys(directory, 'create', '--name', 'e2e').stdout.trim(),
  proxyPassword: 'proxy-password-4711',
  cookie: 'cookie-secret-4711',
  targetPassword: 'target-password-4711',
  fallbackKey: 'sk-fallback-4711',
  queryKey: 'query-secret-4711',
};

// The proxy is there, and refuses: the mock knows no CONNECT.
const proxy = `http://proxy-user:${secrets.proxyPassword}@${new URL(mock.url).host}`;
const weir = await startWeir(mock, directory, {
  env: { HTTPS_PROXY: proxy, NO_PROXY: '' },
  gateway: 'first_byte_timeout = "4s"\nmax_request_body = "20kB"\nmax_header_bytes = "8KiB"\ndrain_timeout = "200ms"',
  more: '[log]\nlevel = "trace"\n[providers.far]\nbase_url = "https://llm.invalid"\n',
});

// Google's key header is left to its SDK and to the query: the mock takes a call that has it for Google's.
const secretHeaders = {
  authorization: `Bearer ${secrets.openai}`,
  'x-api-key': secrets.anthropic,
  'api-key': secrets.openai,
  cookie: `session=${secrets.cookie}`,
  'Helicone-Auth': `Bearer ${secrets.gatewayKey}`,
  'Helicone-Fallbacks': JSON.stringify([{ 'target-url': 'https://x.example', headers: { Authorization: secrets.fallbackKey } }]),
};

/** A call with every secret there is; resolves to its status, or to nothing when there is no whole answer. */
async function ask(target, { headers = {}, body = chat(), signal } = {}) {
  try {
    const response = await fetch(`${weir.gateway}${target}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...secretHeaders, ...headers },
      body: JSON.stringify(body),
      signal,
    });
    await response.text();
    return response.status;
  } catch {
    return undefined;
  }
}

const openai = '/openai/v1/chat/completions';
const gemini = `/gemini/v1beta/models/g:generateContent?key=${secrets.gemini}&api_key=${secrets.queryKey}`;
const target = (url) => ask('/v1/x', { headers: { 'Helicone-Target-Url': url } });

/** The same with a head that no HTTP client would send; resolves to the status. */
async function askRaw(fields) {
  const head = [['Host', 'weir'], ...Object.entries(secretHeaders), ...fields];
  return statusOf(await exchange(weir.port, request('POST', `${openai}?key=${secrets.queryKey}`, head)));
}

/** A call that is given up once the vendor has it. */
async function leave() {
  const controller = new AbortController();
  const asked = ask(openai, { headers: { 'x-mock-delay': '1m', 'x-e2e-id': 'left' }, signal: controller.signal });
  await eventually('the vendor to have it', () => seenBy(mock, 'left'));
  controller.abort();
  return asked;
}

/** What can become of a call, and the status that the client sees. */
const outcomes = {
  'an answer': [200, () => ask(openai)],
  'an answer to a key in the query': [200, () => ask(gemini, { body: { contents: [{ parts: [{ text: hello }] }] } })],
  'an error of the vendor': [401, () => ask(openai, { headers: { 'x-mock-status': '401' } })],
  'a stream that is cut': [undefined, () => ask(openai, { headers: { 'x-mock-cut': '2' }, body: chat(hello, { stream: true }) })],
  'a vendor that is silent': [504, () => ask(openai, { headers: { 'x-mock-stall': 'head' } })],
  'a vendor that cannot be reached': [502, () => ask('/refused/v1/chat/completions')],
  'a vendor behind a proxy that refuses': [502, () => ask('/far/v1/chat/completions')],
  'no such provider, keys in its path': [404, () => ask(`/${secrets.gatewayKey}/nosuch/v1/x?key=${secrets.queryKey}`)],
  'a target with a password': [400, () => target(`https://user:${secrets.targetPassword}@evil.example`)],
  'a target that is not allowed': [403, () => target(`https://evil.example/?key=${secrets.queryKey}`)],
  'a body that is too large': [413, () => ask(openai, { body: chat('x'.repeat(30_000)) })],
  'a web page': [403, () => ask(openai, { headers: { origin: 'https://evil.example' } })],
  'a client that leaves': [undefined, leave],
  'a malformed head': [400, () => askRaw([['Content-Length', '+5']])],
  'a head that is too large': [431, () => askRaw([['X-Long', 'x'.repeat(9000)]])],
};

test('no secret is in the database, its files or the log, also at trace and at the end', async () => {
  const clients = clientsOf(weir);
  for (const read of [...Object.values(plainCalls), ...Object.values(streams)])
    await read(clients, tagged({ 'Helicone-Auth': secretHeaders['Helicone-Auth'] }));
  const seen = {};
  for (const [what, [, call]] of Object.entries(outcomes)) seen[what] = await call();
  assert.deepEqual(seen, Object.fromEntries(Object.entries(outcomes).map(([what, [status]]) => [what, status])));

  // All but the two heads that never became a call have a row.
  const rows = Object.keys(plainCalls).length + Object.keys(streams).length + Object.keys(outcomes).length - 2;
  await eventually('all rows', async () => (await weir.rows()).length === rows);
  const unfinished = ask(openai, { headers: { 'x-mock-delay': '1m', 'x-e2e-id': 'unfinished' } }); // ended by the drain
  await eventually('the vendor to have it', () => seenBy(mock, 'unfinished'));
  assert.equal(await weir.process.stop(), 0, weir.process.log);
  await unfinished;

  const everything = `${await weir.files()}\n${weir.process.log}`;
  assert.match(everything, /gpt-4o/, 'the files that are searched hold the rows');
  assert.match(weir.process.log, /stopped/, 'the log that is searched goes to the end');
  for (const [name, secret] of Object.entries(secrets)) {
    assert.ok(!everything.includes(secret), `${name} was found`);
    assert.ok(!everything.includes(Buffer.from(secret).toString('base64')), `${name} was found in base64`);
  }
  assert.ok(!everything.includes(Buffer.from(`proxy-user:${secrets.proxyPassword}`).toString('base64')));
});

test('a proxy setting that is no good is told without its password', async () => {
  const other = await newDirectory();
  const bad = await startWeir(mock, other.directory, { env: { HTTPS_PROXY: `socks5://u:${secrets.proxyPassword}@h:1` } });
  assert.equal(await bad.process.stop(), 0);
  await other.remove();

  assert.match(bad.process.log, /HTTPS_PROXY/);
  assert.ok(!bad.process.log.includes(secrets.proxyPassword), bad.process.log);
});
