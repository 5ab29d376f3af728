// Providers that are slow, silent or gone: each wait ends at its deadline, the client is told, and the row says what
// happened.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { tagged } from './support/calls.mjs';
import { eventually } from './support/eventually.mjs';
import {
  assertRefused, deadline, get, host, inTime, isComplete, listOf, patience, pause, rowOf, startImpatientWorld,
  testNothingIsLeftOpen,
} from './support/peers.mjs';
import { assertRow } from './support/rows.mjs';
import { dial, ok, request, responsesIn } from './support/wire.mjs';

const { weir, patient, provider } = await startImpatientWorld();

describe('a provider that does not go on', () => {
  const raw = (call) => get('/raw/v1/things', call);
  const part = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n';

  test('that accepts no connection is 502 at connect_timeout', async () => {
    const call = tagged();
    const begun = Date.now();
    const peer = dial(weir.port, get('/frozen/v1/models', call));

    await assertRefused(peer, 502, 'upstream_unreachable', { closes: false });
    inTime(begun, deadline.connect);
    assertRow(await rowOf(weir, call), { response_status: 502 });
  });

  for (const [what, bytes] of Object.entries({ nothing: '', 'half a head': part }))
    test(`that says ${what} is 504 at first_byte_timeout, and is let go`, async () => {
      provider.forget();
      provider.answer = ({ socket }) => socket.write(bytes);
      const call = tagged();
      const begun = Date.now();
      const peer = dial(weir.port, raw(call));

      await assertRefused(peer, 504, 'upstream_timeout', { closes: false });
      inTime(begun, deadline.firstByte);
      await eventually('the provider to be let go', () => provider.peers[0].end);
      assertRow(await rowOf(weir, call), { response_status: -1 });
    });

  test('that sends its head a byte at a time gets no more time for it', async () => {
    provider.forget();
    provider.answer = ({ socket }) => {
      const trickle = setInterval(() => (socket.writable ? socket.write('x') : clearInterval(trickle)), 20);
      socket.write(`${part}X: `);
    };
    const begun = Date.now();
    const peer = dial(weir.port, raw());

    await assertRefused(peer, 504, 'upstream_timeout', { closes: false });
    inTime(begun, deadline.firstByte);
  });

  const silent = {
    'behind a head with chunks': [`${part}Transfer-Encoding: chunked\r\n\r\n`],
    'behind a head with a length': [`${part}Content-Length: 50\r\n\r\n`],
    'behind a head of no length': [`${part}\r\n`],
    'behind a chunk': [`${part}Transfer-Encoding: chunked\r\n\r\n`, 'd\r\ndata: {"a":1}\r\n'],
    'in a chunk': [`${part}Transfer-Encoding: chunked\r\n\r\n`, 'ff\r\ndata: {"a":1}'],
    'behind half of its length': [`${part}Content-Length: 50\r\n\r\n`, 'data: {"a":1}\n\n'],
  };
  for (const [where, pieces] of Object.entries(silent))
    test(`that falls silent ${where} is cut at idle_timeout`, async () => {
      provider.forget();
      provider.answer = ({ socket }) => socket.write(pieces[0]);
      const call = tagged();
      const begun = Date.now();
      const peer = dial(weir.port, raw(call));
      await peer.until('the head', (text) => text.includes('\r\n\r\n'));
      if (pieces[1]) provider.peers[0].socket.write(pieces[1]);
      await peer.ended();

      inTime(begun, deadline.idle);
      assert.ok(!responsesIn(peer.text, peer.end)[0].complete, 'it does not look whole');
      await eventually('the provider to be let go', () => provider.peers[0].end);
      assertRow(await rowOf(weir, call), { response_status: -1 });
    });

  test('that pauses for less than that is carried to its end', async () => {
    provider.forget();
    provider.answer = async ({ socket }) => {
      for (const piece of [`${part}Content-Length: 4\r\n\r\n`, 'a', 'b', 'c', 'd']) {
        socket.write(piece);
        await pause(patience / 3.5); // all of them are longer than the deadline
      }
    };
    const call = tagged();
    const peer = dial(patient.port, raw(call));
    await peer.until('the answer', isComplete);

    assert.equal(responsesIn(peer.text)[0].body, 'abcd');
    assertRow(await rowOf(patient, call), { response_status: 200 });
  });

  const resets = {
    'as soon as it has the request': { pieces: [], status: 502 },
    'in its head': { pieces: [part], status: 502 },
    'behind its head': { pieces: [`${part}Transfer-Encoding: chunked\r\n\r\n`], status: 200 },
    'in its body': { pieces: [`${part}Transfer-Encoding: chunked\r\n\r\nd\r\ndata: {"a":1}\r\n`], status: 200 },
    'in a body with a length': { pieces: [`${part}Content-Length: 50\r\n\r\ndata`], status: 200 },
  };
  for (const [where, { pieces, status }] of Object.entries(resets))
    test(`that resets the connection ${where}`, async () => {
      provider.forget();
      provider.answer = ({ socket }) => (pieces.length > 0 ? socket.write(pieces[0]) : socket.resetAndDestroy());
      const call = tagged();
      const peer = dial(patient.port, raw(call));
      await eventually('the provider to be asked', () => provider.received().includes('\r\n\r\n'));
      if (status === 200) await peer.until('the head', (text) => text.includes('\r\n\r\n'));
      provider.peers[0].socket.resetAndDestroy();

      if (status === 502) await assertRefused(peer, 502, 'upstream_unreachable', { closes: false });
      else assert.ok(!responsesIn(await peer.ended(), peer.end)[0].complete, 'it does not look whole');
      assertRow(await rowOf(patient, call), { response_status: status });
    });

  const large = 'x'.repeat(8 * 1024 * 1024);
  const answer = ok('"enough"').replace('200 OK', '413 Too Much');
  const early = {
    'answers and closes': { act: (socket) => socket.end(answer), status: 413 },
    'answers, closes and reads no more': { act: (socket) => socket.pause().end(answer), status: 413 },
    'answers and reads no more': { act: (socket) => socket.pause().write(answer), status: 413 },
    'closes without an answer': { act: (socket) => socket.destroy(), status: 502 },
    'resets without an answer': { act: (socket) => socket.resetAndDestroy(), status: 502 },
    'reads no more': { act: (socket) => socket.pause(), status: 504, row: -1, of: weir },
  };
  for (const [what, { act, status, row = status, of = patient }] of Object.entries(early))
    test(`that ${what} while the client uploads: the client has ${status}`, async () => {
      provider.forget();
      let acted = false;
      provider.answer = ({ socket }) => {
        if (!acted) act(socket);
        acted = true;
      };
      const call = tagged();
      const headers = [host, ...listOf(call), ['Content-Length', large.length]];
      const peer = dial(of.port, request('POST', '/raw/v1/files', headers, large));
      await peer.until('the answer', (text) => isComplete(text) || peer.end);
      peer.socket.destroy();

      assert.deepEqual(responsesIn(peer.text, peer.end).map((got) => got.status), [status], peer.text);
      assertRow(await rowOf(of, call), { response_status: row });
    });
});

testNothingIsLeftOpen(weir, patient);
