// TLS between the SDKs and weir.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import OpenAI from 'openai';
import { OpenAIRealtimeWS } from 'openai/realtime/ws';
import { answerTo, hello, words } from './support/calls.mjs';
import { makeCertificates } from './support/certificates.mjs';
import { keys } from './support/clients.mjs';
import { eventually } from './support/eventually.mjs';
import { assertRow } from './support/rows.mjs';
import { exchange, request as bytesOf, statusOf } from './support/wire.mjs';
import { startWorld } from './support/world.mjs';

const files = makeCertificates();
const { mock, weir } = await startWorld({
  more: `[gateway.tls]\ncertificate = "${files.certificate}"\nkey = "${files.key}"\n`,
});
const gateway = `https://127.0.0.1:${weir.port}`;
const ca = readFileSync(files.ca);

/** The status of a call that weir cuts, or the error that it ends with. */
function outcomeOf(target) {
  return new Promise((resolve) => {
    const asked = request(`${gateway}${target}`, { ca, method: 'POST', headers: { 'content-type': 'application/json' } },
                          (answer) => {
                            answer.on('data', () => {});
                            answer.on('end', () => resolve('end'));
                            answer.on('error', (error) => resolve(error.code));
                          });
    asked.on('error', (error) => resolve(error.code));
    asked.end(JSON.stringify({ model: 'gpt-4o', stream: true, messages: [{ role: 'user', content: hello }] }));
  });
}

describe('TLS', () => {
  test('every SDK works over it, plain and streamed', async () => {
    const script = fileURLToPath(new URL('support/calls_over_tls.mjs', import.meta.url));
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: files.ca };
    const { stdout } = await promisify(execFile)(process.execPath, [script, gateway], { env });

    const texts = JSON.parse(stdout);
    assert.equal(Object.keys(texts).length, 8);
    for (const [name, text] of Object.entries(texts)) assert.equal(text, answerTo(hello), name);
    await eventually('their rows', async () => (await weir.rows()).filter((row) => row.response_status === 200).length === 8);
  });

  test('a stream that breaks off is an error, not an end', async () => {
    assert.equal(await outcomeOf('/openai/v1/chat/completions?mock-cut=2'), 'ECONNRESET');
    assert.equal(await outcomeOf('/openai/v1/chat/completions?mock-cut=2&mock-framing=close'), 'ECONNRESET');
    assert.equal(await outcomeOf('/openai/v1/chat/completions'), 'end');
  });

  test('plain HTTP to the port is told to use https', async () => {
    const text = await exchange(weir.port, bytesOf('GET', '/healthz', [['host', 'weir']]));

    assert.equal(statusOf(text), 400);
    assert.match(text, /https/);
  });

  test("OpenAI's realtime helper, which speaks only wss, holds a session through weir", async () => {
    const client = new OpenAI({ apiKey: keys.openai, baseURL: `${gateway}/v1` });
    const realtime = new OpenAIRealtimeWS({ model: 'gpt-realtime', options: { ca } }, client);
    const events = [];
    realtime.on('event', (event) => events.push(event));
    const reached = (type) => eventually(type, () => events.find((event) => event.type === type));
    await reached('session.created');
    realtime.send({
      type: 'conversation.item.create',
      item: { type: 'message', role: 'user', content: [{ type: 'input_text', text: hello }] },
    });
    realtime.send({ type: 'response.create' });
    const { response } = await reached('response.done');
    realtime.close();

    assert.equal(response.output[0].content[0].text, answerTo(hello));
    const [seen] = (await mock.requests()).filter((r) => r.target.startsWith('/v1/realtime'));
    assert.ok(seen.headers.some(([name, value]) => /^authorization$/i.test(name) && value === `Bearer ${keys.openai}`));
    const row = await eventually('the row', async () => (await weir.rows()).find((r) => r.response_status === 101));
    assertRow(row, { provider: 'OPENAI', model: 'gpt-realtime', prompt_tokens: words(hello),
                     completion_tokens: words(answerTo(hello)) });
  });
});
