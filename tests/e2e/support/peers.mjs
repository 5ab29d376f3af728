// Peers of weir that are slow, silent or gone, and a weir with short deadlines between them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chat, seenBy, tagged } from './calls.mjs';
import { eventually } from './eventually.mjs';
import { request, responsesIn, startFrozenProvider, startRawProvider } from './wire.mjs';
import { startWeirForFile, startWorld } from './world.mjs';

/** What `weir` waits at the most, in ms. */
export const deadline = { header: 400, idle: 500, firstByte: 400, keepAlive: 400, connect: 300 };
/** What a busy machine may add: half of what the least of them is by default, but for connect. */
export const late = 15_000;
/** Of a weir that meets no deadline of these tests, unless one waits for it. */
export const patience = 3000;
export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * `{mock, weir, patient, provider}` for the length of a test file. Both weirs have the providers `raw`, which is
 * `provider`, and `frozen`; `patient` is for peers that do something before a deadline, also on a busy machine.
 */
export async function startImpatientWorld() {
  const provider = await startRawProvider();
  const frozenPort = await startFrozenProvider();
  const more = `[providers.raw]\nbase_url = "${provider.url}"\n[providers.frozen]\nbase_url = "http://127.0.0.1:${frozenPort}"\n`;
  const { mock, weir } = await startWorld({
    gateway: `header_timeout = "${deadline.header}ms"
idle_timeout = "${deadline.idle}ms"
first_byte_timeout = "${deadline.firstByte}ms"
keep_alive_timeout = "${deadline.keepAlive}ms"
connect_timeout = "${deadline.connect}ms"`,
    more,
  });
  const patient = await startWeirForFile(mock, {
    gateway: `idle_timeout = "${patience}ms"\nkeep_alive_timeout = "${patience}ms"\nconnect_timeout = "60s"`,
    more,
  });
  return { mock, weir, patient, provider };
}

export const host = ['Host', 'weir'];
export const json = ['Content-Type', 'application/json'];
export const listOf = ({ headers }) => Object.entries(headers);
export const get = (target, call = tagged()) => request('GET', target, [host, ...listOf(call)]);
export const chatBody = (more) => JSON.stringify(chat('hi', more));
/** A chat with the mock; `body` is what of it is sent. */
export const ask = (call, { more, body = chatBody(more), length = body.length, target = '/openai/v1/chat/completions' } = {}) =>
  request('POST', target, [host, json, ...listOf(call), ['Content-Length', length]], body);
export const stream = { more: { stream: true } };
export const half = { body: '{', length: 9 };
export const endlessStream = { 'x-mock-chunks': '400000', 'x-mock-filler-bytes': '1000' };

export const isComplete = (text) => responsesIn(text).at(-1)?.complete;

/** Fails unless as much time has gone since `begun` as a deadline of `limit` ms takes. */
export function inTime(begun, limit) {
  const took = Date.now() - begun;
  assert.ok(took >= limit - 60 && took < limit + late, `${took} ms, not ${limit} ms`);
}

/** Until the peer has an error of weir's own and its connection is closed. */
export async function assertRefused(peer, status, code, { closes = true } = {}) {
  if (closes) await peer.ended();
  else await peer.until('the answer', isComplete);
  const answers = responsesIn(peer.text, peer.end).filter((answer) => answer.status !== 100);
  const seen = answers.map((answer) => [answer.status, answer.headers.get('x-weir-error'), answer.complete]);
  assert.deepEqual(seen, [[status, code, true]], peer.text);
  if (closes) assert.equal(answers[0].headers.get('connection'), 'close');
}

/** The row of a call, of which there must be one. */
export async function rowOf(weir, call) {
  const row = await weir.row(call.id);
  assert.equal((await weir.rows()).filter(({ request_id: id }) => id === call.id).length, 1, 'one row');
  return row;
}

export const vendorSawItEnd = (mock, call) =>
  eventually('the vendor to see the end', async () => (await seenBy(mock, call.id))?.aborted);

export async function metric(weir, name) {
  const text = await (await fetch(`${weir.admin}/metrics`)).text();
  return Number(text.split('\n').find((line) => line.startsWith(`${name} `))?.split(' ')[1] ?? 0);
}

/** Until clients have that many connections to a weir. */
export const connections = (weir, count) =>
  eventually(`${count} connections`, async () => (await metric(weir, 'weir_client_connections')) === count);

/** The last test of a file: its calls left nothing open. */
export const testNothingIsLeftOpen = (...weirs) =>
  test('after all this nothing is left open', async () => {
    for (const one of weirs) {
      await connections(one, 0);
      await eventually('no connection to a provider to be in use', async () =>
        !/weir_upstream_connections\{[^}]*state="active"\} [1-9]/.test(await (await fetch(`${one.admin}/metrics`)).text()));
    }
  });
