// TLS between the SDKs and weir.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { appendFileSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { connect } from 'node:tls';
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

/** The serial number of the certificate that weir shows. */
const serial = () =>
  new Promise((resolve, reject) => {
    const socket = connect({ port: weir.port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().serialNumber);
      socket.end();
    });
    socket.on('error', reject);
  });

/** Sends SIGHUP and waits for a line that the log did not have before. */
async function hangUp(pattern) {
  const before = weir.process.log.length;
  weir.process.child.kill('SIGHUP');
  await eventually(`a line like ${pattern}`, () => pattern.test(weir.process.log.slice(before)));
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

  test('SIGHUP takes up a new certificate, and keeps the one it has when the new one is no good', async () => {
    const first = await serial();
    const fresh = makeCertificates();
    copyFileSync(fresh.certificate, files.certificate);
    copyFileSync(fresh.key, files.key);
    assert.equal(await serial(), first, 'nothing changes before the signal');

    await hangUp(/reloaded the configuration/);
    const second = await serial();
    assert.notEqual(second, first);

    writeFileSync(files.certificate, 'no certificate');
    await hangUp(/the certificate was not reloaded reason=[^\n]*gateway\.tls\.certificate/);
    assert.equal(await serial(), second);
    copyFileSync(fresh.certificate, files.certificate);
  });

  test('SIGHUP takes up the level of the log', async () => {
    const failures = async () => {
      const text = await (await fetch(`${weir.admin}/metrics`)).text();
      return Number(text.match(/^weir_tls_handshakes_failed_total (\d+)/m)[1]);
    };
    const failOnce = async () => {
      const before = await failures();
      await new Promise((resolve) => connect({ port: weir.port, host: '127.0.0.1' }).on('error', resolve)); // it trusts no test CA
      await eventually('the failure to be counted', async () => (await failures()) > before);
    };
    const line = /debug a client's TLS handshake failed/;
    await failOnce();
    assert.doesNotMatch(weir.process.log, line);

    appendFileSync(join(weir.directory, 'weir.toml'), '\n[log]\nlevel = "debug"\n');
    await hangUp(/reloaded the configuration changed="?[^\n]*log\.level/);
    await failOnce();
    await eventually('a line for those who look closely', () => line.test(weir.process.log));
  });
});
