// Clients that are slow, silent or gone: each wait ends at its deadline, the provider is let go, and the row says what
// happened.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { describe, test } from 'node:test';
import { seenBy, tagged } from './support/calls.mjs';
import { eventually } from './support/eventually.mjs';
import {
  ask, assertRefused, chatBody, connections, deadline, endlessStream, get, half, host, inTime, isComplete, json, late,
  listOf, metric, patience, pause, rowOf, startImpatientWorld, stream, testNothingIsLeftOpen, vendorSawItEnd,
} from './support/peers.mjs';
import { assertRow } from './support/rows.mjs';
import { dial, request, responsesIn } from './support/wire.mjs';

const { mock, weir, patient } = await startImpatientWorld();

const begin = 'GET /healthz HTTP/1.1\r\nHost: weir\r\nX: ';
const slow = (count) => Array.from({ length: count }, () => dial(weir.port, begin));

describe('a head that does not come', { concurrency: true }, () => {
  test('a byte at a time: 408 at header_timeout and no later, and the others are served', async () => {
    const begun = Date.now();
    const peers = slow(20);
    const trickle = setInterval(() => peers.forEach((peer) => peer.end ?? peer.send('y')), 20);
    let served = 0;
    try {
      for (; peers.some(({ end }) => !end) && Date.now() < begun + late; ++served) {
        const answer = await fetch(`${weir.gateway}/healthz`);
        assert.equal(answer.status, 200);
        await answer.text();
        await pause(5);
      }
    } finally {
      clearInterval(trickle);
    }

    inTime(begun, deadline.header);
    assert.ok(served > 0, `${served} others`);
    for (const peer of peers) await assertRefused(peer, 408, 'request_timeout');
  });

  const parts = {
    'one byte': 'G',
    'a request line': 'GET /healthz HTTP/1.1\r\n',
    'all but the last byte': get('/healthz').slice(0, -1),
  };
  for (const [what, bytes] of Object.entries(parts))
    test(`${what}, and then none: 408`, async () => {
      const begun = Date.now();
      const peer = dial(weir.port, bytes);

      await assertRefused(peer, 408, 'request_timeout');
      inTime(begun, deadline.header);
    });

  const idle = { 'on which nothing comes': '', 'that had an answer': get('/healthz') };
  for (const [what, first] of Object.entries(idle))
    test(`a connection ${what} is closed without a word`, async () => {
      const begun = Date.now();
      const peer = dial(weir.port, first);
      if (first) await peer.until('the answer', isComplete);
      const had = responsesIn(peer.text).length;

      assert.equal(responsesIn(await peer.ended()).length, had);
      assert.equal(peer.end, 'closed');
      inTime(begun, deadline.keepAlive);
    });
});

test('heads that come as fast as bytes can, until their deadline is over, and no further: 408 too', async () => {
  const peers = [];
  for (let round = 0; round < 8; ++round) {
    const some = slow(60);
    peers.push(...some);
    for (const until = Date.now() + deadline.header + 80; Date.now() < until;) {
      some.forEach((peer) => peer.end ?? peer.send('y'));
      await new Promise(setImmediate);
    }
  }
  await eventually('all of them to end', () => peers.every(({ end }) => end), { within: late }).catch(() => {});

  const left = peers.filter(({ end }) => !end);
  left.forEach(({ socket }) => socket.destroy());
  assert.equal(left.length, 0, `${left.length} of ${peers.length} are open without a deadline`);
});

describe('a body that does not come', { concurrency: true }, () => {
  const ways = {
    'held until it is whole': { target: '/openai/v1/chat/completions', seen: false },
    'sent on as it comes': { target: '/openai/v1/embeddings', seen: true },
  };
  for (const [what, { target, seen }] of Object.entries(ways)) {
    test(`${what}: 408 at idle_timeout, and the provider is let go`, async () => {
      const call = tagged();
      const begun = Date.now();
      const peer = dial(weir.port, ask(call, { target, body: chatBody().slice(0, 20), length: 500 }));

      await assertRefused(peer, 408, 'request_timeout');
      inTime(begun, deadline.idle);
      if (seen) await vendorSawItEnd(mock, call);
      else assert.equal(await seenBy(mock, call.id), undefined);
      assertRow(await rowOf(weir, call), { response_status: 408 });
    });

    test(`${what}, in chunks: the same`, async () => {
      const call = tagged();
      const begun = Date.now();
      const headers = [host, json, ...listOf(call), ['Transfer-Encoding', 'chunked']];
      const peer = dial(weir.port, request('POST', target, headers, '20\r\n{"model"'));

      await assertRefused(peer, 408, 'request_timeout');
      inTime(begun, deadline.idle);
      assertRow(await rowOf(weir, call), { response_status: 408 });
    });

    test(`${what}, with pauses shorter than that: it is served`, async () => {
      const call = tagged();
      const body = chatBody({ input: 'hi' });
      const peer = dial(patient.port, ask(call, { target, body: '', length: body.length }));
      const size = Math.ceil(body.length / 4);
      for (let at = 0; at < body.length; at += size) {
        await pause(patience / 3.5); // all of them are longer than the deadline
        peer.send(body.slice(at, at + size));
      }
      await peer.until('the answer', isComplete);

      assert.equal(responsesIn(peer.text)[0].status, 200, peer.text);
      assert.equal((await seenBy(mock, call.id)).body, body);
    });
  }

  test('behind 100 Continue: 408', async () => {
    const headers = [host, json, ...listOf(tagged()), ['Content-Length', 9], ['Expect', '100-continue']];
    const peer = dial(weir.port, request('POST', '/openai/v1/chat/completions', headers));

    await assertRefused(peer, 408, 'request_timeout');
    assert.match(peer.text, /^HTTP\/1\.1 100 /);
  });
});

describe('a client that reads nothing', () => {
  /** weir's memory, in MiB. */
  const resident = () => {
    const status = readFileSync(`/proc/${weir.process.child.pid}/status`, 'latin1');
    return Number(status.match(/VmRSS:\s+(\d+)/)[1]) / 1024;
  };
  const long = {
    'a stream': { call: tagged(endlessStream), ...stream },
    'a plain answer': { call: tagged({ 'x-mock-body-bytes': '400MB', 'x-mock-content-type': 'application/octet-stream' }) },
  };
  for (const [what, { call, ...body }] of Object.entries(long))
    test(`of ${what}: it costs little memory, and is given up at idle_timeout`, async () => {
      const before = resident();
      let most = 0;
      let closed = false;
      const socket = connect(weir.port, '127.0.0.1', () => socket.write(ask(call, body)));
      socket.pause().on('error', () => {}).on('close', () => {
        closed = true;
      });
      await eventually('the vendor to see the end', async () => {
        most = Math.max(most, resident());
        return (await seenBy(mock, call.id))?.aborted;
      });
      let text = '';
      socket.resume().on('data', (data) => {
        text += data.toString('latin1');
      });
      await eventually('the end', () => closed);

      assert.ok(most - before < 40, `${most - before} MiB more`);
      assert.ok(!isComplete(text), 'what it then reads is not whole');
      assertRow(await rowOf(weir, call), { response_status: -1 });
    });
});

describe('a client that vanishes', () => {
  const stages = {
    'in its head': { bytes: () => 'POST /openai/v1/chat/completions HTTP/1.1\r\nHost: we', rows: false },
    'in a body that is held': { bytes: (call) => ask(call, half) },
    'in a body that is sent on': { bytes: (call) => ask(call, { ...half, target: '/openai/v1/embeddings' }), seen: true },
    'while weir connects': { bytes: (call) => ask(call, { target: '/frozen/v1/embeddings' }) },
    'while the provider thinks': { knobs: { 'x-mock-stall': 'head' }, bytes: (call) => ask(call), seen: true },
    'in mid-stream': { knobs: { 'x-mock-stall': '2' }, bytes: (call) => ask(call, stream), seen: true, until: /data: / },
  };
  for (const [stage, { knobs, bytes, rows = true, seen, until }] of Object.entries(stages))
    for (const how of ['end', 'reset'])
      test(`${stage}, by ${how}: nothing of it stays, and its row says so`, async () => {
        await connections(patient, 0);
        const call = tagged(knobs);
        const peer = dial(patient.port, bytes(call));
        if (seen) await eventually('the vendor to be asked', () => seenBy(mock, call.id));
        if (until) await peer.until('the first event', (text) => until.test(text));
        await connections(patient, 1);
        if (rows) await eventually('weir to have some of it', async () => (await metric(patient, 'weir_capture_memory_bytes')) > 0);
        if (how === 'reset') peer.socket.resetAndDestroy();
        else peer.socket.destroy();

        await connections(patient, 0);
        if (seen) await vendorSawItEnd(mock, call);
        else assert.equal(await seenBy(mock, call.id), undefined);
        if (rows) assertRow(await rowOf(patient, call), { response_status: -3 });
        else assert.deepEqual((await patient.rows()).filter(({ request_id: id }) => id === call.id), []);
      });
});

testNothingIsLeftOpen(weir, patient);
