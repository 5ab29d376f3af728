// What a vendor does wrong with a stream: weir's client must never take half an answer for a whole one.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { answerTo, chat, hello, streams, tagged } from './support/calls.mjs';
import { clientsOf, directClients } from './support/clients.mjs';
import { assertRow } from './support/rows.mjs';
import { chunkedEnds, exchange, request } from './support/wire.mjs';
import { startWorld } from './support/world.mjs';

const { mock, weir } = await startWorld();
const clients = clientsOf(weir);
const direct = directClients(mock);

/** `{text}` of a call, or `{error}` with the name of its class. */
async function outcome(read, of, knobs) {
  const call = tagged(knobs);
  try {
    return { call, text: await read(of, call) };
  } catch (error) {
    return { call, error: error.constructor.name };
  }
}

const cuts = {
  'closed between events': { 'x-mock-cut': '2' },
  'closed within an event': { 'x-mock-cut': '2,mid' },
  'reset between events': { 'x-mock-cut': '2,rst' },
  'reset within an event': { 'x-mock-cut': '2,mid,rst' },
  'closed after Connection: close': { 'x-mock-cut': '2', 'x-mock-close': '1' },
  'reset after Connection: close': { 'x-mock-cut': '2,rst', 'x-mock-close': '1' },
  'closed within an event after Connection: close': { 'x-mock-cut': '2,mid', 'x-mock-close': '1' },
  'closed, the body ending with the connection': { 'x-mock-cut': '2', 'x-mock-framing': 'close' },
  'shorter than its Content-Length': { 'x-mock-cut': '2', 'x-mock-framing': 'length' },
  'an error event': { 'x-mock-error-event': '2' },
  'cut while compressed': { 'x-mock-cut': '2', 'x-mock-encoding': 'gzip' },
};

describe('a stream that breaks off is an error', () => {
  for (const [what, knobs] of Object.entries(cuts))
    for (const [sdk, read] of Object.entries(streams))
      test(`${sdk}: ${what}`, async () => {
        const got = await outcome(read, clients, knobs);

        assert.ok(got.error, `read ${JSON.stringify(got.text)} without an error`);
        const { response_status: status } = await weir.row(got.call.id);
        // An SDK hangs up at an error event, which may be before weir has seen the end that comes right after it.
        assert.ok(status === 200 || (what === 'an error event' && status === -3), `recorded as ${status}`);
      });
});

const harmless = {
  'nothing wrong': {},
  'CRLF line ends': { 'x-mock-line-ends': 'crlf' },
  'one byte for each chunk': { 'x-mock-split-bytes': '1' },
  'characters split': { 'x-mock-split-utf8': '1' },
  comments: { 'x-mock-comments': '1' },
  gzip: { 'x-mock-encoding': 'gzip' },
  deflate: { 'x-mock-encoding': 'deflate' },
  'a length instead of chunks': { 'x-mock-framing': 'length' },
  'a body that ends with the connection': { 'x-mock-framing': 'close' },
  'Connection: close': { 'x-mock-close': '1' },
  '103 first': { 'x-mock-hundred': '1' },
  'many chunks': { 'x-mock-chunks': '5000' },
  'few chunks': { 'x-mock-chunks': '1' },
  'pauses': { 'x-mock-interval': '10ms', 'x-mock-first-chunk-delay': '30ms' },
};

describe('a stream that is odd but whole arrives whole', () => {
  for (const [what, knobs] of Object.entries(harmless))
    for (const [sdk, read] of Object.entries(streams))
      test(`${sdk}: ${what}`, async () => {
        const got = await outcome(read, clients, knobs);

        assert.equal(got.error, undefined);
        assert.ok(got.text.startsWith(answerTo(hello)), got.text.slice(0, 200));
        assertRow(await weir.row(got.call.id), { response_status: 200 });
      });
});

// Faults that each SDK sees, or does not see, in its own way: weir must not make it worse.
const odd = {
  'no last event': { 'x-mock-no-done': '1' },
  'no last blank line': { 'x-mock-no-last-blank': '1' },
  'a longer Content-Length': { 'x-mock-framing': 'length', 'x-mock-length-delta': '40' },
  'gzip without the header': { 'x-mock-encoding': 'gzip-unlabelled' },
  'JSON instead of a stream': { 'x-mock-shape': 'json' },
  'nothing at all': { 'x-mock-shape': 'empty' },
};

describe('weir makes no other fault worse', () => {
  for (const [what, knobs] of Object.entries(odd))
    for (const [sdk, read] of Object.entries(streams))
      test(`${sdk}: ${what}`, async () => {
        const wanted = await outcome(read, direct, knobs);
        const got = await outcome(read, clients, knobs);

        if (wanted.error) assert.ok(got.error, `direct: ${wanted.error}; through weir: ${JSON.stringify(got.text)}`);
        else if (!got.error) assert.equal(got.text, wanted.text);
        await weir.row(got.call.id);
      });
});

// Not by an SDK: Node 20's fetch waits for ever for about half of such answers, also without weir.
test('plain bytes called gzip are passed on as they are', async () => {
  const call = tagged({ 'x-mock-encoding': 'gzip-label-only' });
  const text = JSON.stringify(chat('hi', { stream: true }));
  const headers = [['Host', 'weir'], ...Object.entries(call.headers), ['Content-Length', text.length]];
  const asked = request('POST', '/openai/v1/chat/completions', headers, text);
  const got = await exchange(weir.port, asked, { enough: chunkedEnds(1) });

  assert.match(got, /\r\ncontent-encoding: gzip\r\n/i);
  assert.match(got, /data: \[DONE\]/);
  assertRow(await weir.row(call.id), { response_status: 200 });
});

test('weir goes on after all this', async () => {
  const call = tagged();
  const got = await clients.openai.chat.completions.create(chat(), call.options);
  assert.equal(got.choices[0].message.content, answerTo(hello));
});
