// How many connections clients may have, and what becomes of them when weir ends.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { describe, test } from 'node:test';
import { seenBy, tagged } from './support/calls.mjs';
import { eventually } from './support/eventually.mjs';
import {
  ask, assertRefused, connections, endlessStream, get, half, host, isComplete, json, late, listOf, rowOf, stream,
} from './support/peers.mjs';
import { assertRow } from './support/rows.mjs';
import { dial, request, responsesIn } from './support/wire.mjs';
import { newDirectory, startMock, startWeir } from './support/world.mjs';

const mock = await startMock();

/** Runs `use(weir, directory)` with a weir of its own. */
async function withWeir(gateway, use) {
  const { directory, remove } = await newDirectory();
  const own = await startWeir(mock, directory, { gateway });
  try {
    await use(own, directory);
  } finally {
    own.process.child.kill('SIGKILL');
    await own.process.ended;
    await remove();
  }
}

describe('connections beyond the limit', () => {
  const short = ['header', 'keep_alive', 'idle'].map((which) => `${which}_timeout = "3s"\n`).join('');
  const limits = { max_connections: {}, max_connections_per_client: { others: true } };
  for (const [limit, { others }] of Object.entries(limits)) {
    test(`${limit}: 503 and the end, the others and the admin side go on, and a place is free once one leaves`, () =>
      withWeir(`${limit} = 3`, async (own) => {
        const peers = [];
        for (let i = 0; i < 3; ++i) {
          peers.push(dial(own.port, get('/healthz')));
          await peers[i].until('the answer', isComplete);
        }
        const refused = dial(own.port, get('/healthz'));
        await assertRefused(refused, 503, 'overloaded');
        assert.equal(responsesIn(refused.text)[0].headers.get('retry-after'), '1');
        assert.match(JSON.parse(responsesIn(refused.text)[0].body).message, new RegExp(`gateway\\.${limit}\\b`));

        assert.equal((await fetch(`${own.admin}/readyz`)).status, 200);
        peers[0].send(get('/healthz'));
        await peers[0].until('another answer', (text) => responsesIn(text).length === 2 && isComplete(text));
        if (others) {
          const other = connect({ port: own.port, host: '127.0.0.1', localAddress: '127.0.0.2' });
          other.write(get('/healthz'));
          assert.match(String(await new Promise((resolve) => other.once('data', resolve))), /^HTTP\/1\.1 200/);
          other.destroy();
        }

        peers[1].socket.resetAndDestroy();
        await eventually('a place', async () => {
          const next = dial(own.port, request('GET', '/healthz', [host, ['Connection', 'close']]));
          return /^HTTP\/1\.1 200/.test(await next.ended());
        });
        peers.forEach(({ socket }) => socket.destroy());
      }));

    test(`${limit}: those that only hold their places lose them at their deadlines`, () =>
      withWeir(`${limit} = 3\n${short}`, async (own) => {
        const peers = ['', 'GET / HT', ask(tagged(), half)].map((bytes) => dial(own.port, bytes));
        await connections(own, 3);
        await eventually('places for others', async () => (await fetch(`${own.gateway}/healthz`).catch(() => ({}))).ok);

        await Promise.all(peers.map((peer) => peer.ended()));
      }));
  }
});

test('SIGTERM with peers that are stuck at every stage: it ends within drain_timeout, and each call has its row', () =>
  withWeir('drain_timeout = "500ms"', async (own, directory) => {
    const [held, sentOn] = [tagged(), tagged()];
    const thinking = tagged({ 'x-mock-stall': 'head' });
    const [streaming, unread] = [tagged({ 'x-mock-stall': '2' }), tagged(endlessStream)];
    const adminPort = Number(new URL(own.admin).port);
    const reader = dial(own.port, ask(streaming, stream));
    const headers = [host, json, ...listOf(held), ['Content-Length', half.length], ['Expect', '100-continue']];
    const waiting = dial(own.port, request('POST', '/openai/v1/chat/completions', headers));
    const peers = [
      reader,
      dial(own.port),
      dial(own.port, 'GET /v1/mod'),
      waiting,
      dial(own.port, ask(sentOn, { ...half, target: '/openai/v1/embeddings' })),
      dial(own.port, ask(thinking)),
      dial(adminPort),
      dial(adminPort, 'GET /healthz HT'),
      dial(adminPort, request('POST', '/v1/request/query', [['Host', '127.0.0.1'], json, ['Content-Length', 9]], '{')),
    ];
    const deaf = connect(own.port, '127.0.0.1', () => deaf.write(ask(unread, stream)));
    deaf.pause().on('error', () => {});
    for (const { id } of [sentOn, thinking, streaming, unread])
      await eventually('the vendor to be asked', () => seenBy(mock, id));
    await reader.until('the first event', (text) => text.includes('data: '));
    await waiting.until('the call to have begun', (text) => text.includes(' 100 '));
    waiting.send(half.body);
    await connections(own, 7);

    const begun = Date.now();
    own.process.child.kill('SIGTERM');
    assert.equal(await own.process.ended, 0, own.process.log);
    const took = Date.now() - begun;
    deaf.destroy();
    for (const peer of peers) await peer.ended();

    assert.ok(took < 500 + 1000 + late, `${took} ms; the admin side's calls may have 1 s of their own`);
    const next = await startWeir(mock, directory);
    for (const call of [held, sentOn, thinking]) assertRow(await rowOf(next, call), { response_status: -100 });
    for (const call of [streaming, unread]) assertRow(await rowOf(next, call), { response_status: 200 });
    assert.equal(await next.process.stop(), 0);
  }));
