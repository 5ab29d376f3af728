// Peers that are slow, silent or gone: each wait ends at its deadline, the other side is let go, and the row says what
// happened.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { after, describe, test } from 'node:test';
import { chat, seenBy, tagged } from './support/calls.mjs';
import { eventually } from './support/eventually.mjs';
import { assertRow } from './support/rows.mjs';
import { dial, ok, request, responsesIn, startFrozenProvider, startRawProvider } from './support/wire.mjs';
import { newDirectory, startWeir, startWorld } from './support/world.mjs';

const deadline = { header: 400, idle: 500, firstByte: 400, keepAlive: 400, connect: 300 };
const late = 15_000; // what a busy machine may add: half of what the least of them is by default, but for connect
const patience = 3000; // of a weir that meets no deadline of these tests, unless one waits for it
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const provider = await startRawProvider();
const frozenPort = await startFrozenProvider();
const providers = `[providers.raw]\nbase_url = "${provider.url}"\n[providers.frozen]\nbase_url = "http://127.0.0.1:${frozenPort}"\n`;
const { mock, weir } = await startWorld({
  gateway: `header_timeout = "${deadline.header}ms"
idle_timeout = "${deadline.idle}ms"
first_byte_timeout = "${deadline.firstByte}ms"
keep_alive_timeout = "${deadline.keepAlive}ms"
connect_timeout = "${deadline.connect}ms"`,
  more: providers,
});
/** For peers that do something before a deadline, also on a busy machine. */
const patientHome = await newDirectory();
const patient = await startWeir(mock, patientHome.directory, {
  gateway: `idle_timeout = "${patience}ms"\nkeep_alive_timeout = "${patience}ms"\nconnect_timeout = "60s"`,
  more: providers,
});
after(async () => {
  assert.equal(await patient.process.stop(), 0, patient.process.log);
  await patientHome.remove();
});

const host = ['Host', 'weir'];
const json = ['Content-Type', 'application/json'];
const listOf = ({ headers }) => Object.entries(headers);
const get = (target, call = tagged()) => request('GET', target, [host, ...listOf(call)]);
const chatBody = (more) => JSON.stringify(chat('hi', more));
/** A chat with the mock; `body` is what of it is sent. */
const ask = (call, { more, body = chatBody(more), length = body.length, target = '/openai/v1/chat/completions' } = {}) =>
  request('POST', target, [host, json, ...listOf(call), ['Content-Length', length]], body);
const stream = { more: { stream: true } };
const half = { body: '{', length: 9 };
const endlessStream = { 'x-mock-chunks': '400000', 'x-mock-filler-bytes': '1000' };

const isComplete = (text) => responsesIn(text).at(-1)?.complete;
const inTime = (begun, limit) => {
  const took = Date.now() - begun;
  assert.ok(took >= limit - 60 && took < limit + late, `${took} ms, not ${limit} ms`);
};

/** Until the peer has an error of weir's own and its connection is closed. */
async function assertRefused(peer, status, code, { closes = true } = {}) {
  if (closes) await peer.ended();
  else await peer.until('the answer', isComplete);
  const answers = responsesIn(peer.text, peer.end).filter((answer) => answer.status !== 100);
  const seen = answers.map((answer) => [answer.status, answer.headers.get('x-weir-error'), answer.complete]);
  assert.deepEqual(seen, [[status, code, true]], peer.text);
  if (closes) assert.equal(answers[0].headers.get('connection'), 'close');
}

/** The row of a call, of which there must be one. */
async function rowOf(call, of = weir) {
  const row = await of.row(call.id);
  assert.equal((await of.rows()).filter(({ request_id: id }) => id === call.id).length, 1, 'one row');
  return row;
}

const vendorSawItEnd = (call) =>
  eventually('the vendor to see the end', async () => (await seenBy(mock, call.id))?.aborted);

async function metric(name, of = weir) {
  const text = await (await fetch(`${of.admin}/metrics`)).text();
  return Number(text.split('\n').find((line) => line.startsWith(`${name} `))?.split(' ')[1] ?? 0);
}

const connections = (count, of = weir) =>
  eventually(`${count} connections`, async () => (await metric('weir_client_connections', of)) === count);

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
      if (seen) await vendorSawItEnd(call);
      else assert.equal(await seenBy(mock, call.id), undefined);
      assertRow(await rowOf(call), { response_status: 408 });
    });

    test(`${what}, in chunks: the same`, async () => {
      const call = tagged();
      const begun = Date.now();
      const headers = [host, json, ...listOf(call), ['Transfer-Encoding', 'chunked']];
      const peer = dial(weir.port, request('POST', target, headers, '20\r\n{"model"'));

      await assertRefused(peer, 408, 'request_timeout');
      inTime(begun, deadline.idle);
      assertRow(await rowOf(call), { response_status: 408 });
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
      assertRow(await rowOf(call), { response_status: -1 });
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
        await connections(0, patient);
        const call = tagged(knobs);
        const peer = dial(patient.port, bytes(call));
        if (seen) await eventually('the vendor to be asked', () => seenBy(mock, call.id));
        if (until) await peer.until('the first event', (text) => until.test(text));
        await connections(1, patient);
        if (rows) await eventually('weir to have some of it', async () => (await metric('weir_capture_memory_bytes', patient)) > 0);
        if (how === 'reset') peer.socket.resetAndDestroy();
        else peer.socket.destroy();

        await connections(0, patient);
        if (seen) await vendorSawItEnd(call);
        else assert.equal(await seenBy(mock, call.id), undefined);
        if (rows) assertRow(await rowOf(call, patient), { response_status: -3 });
        else assert.deepEqual((await patient.rows()).filter(({ request_id: id }) => id === call.id), []);
      });
});

describe('a provider that does not go on', () => {
  const raw = (call) => get('/raw/v1/things', call);
  const part = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n';

  test('that accepts no connection is 502 at connect_timeout', async () => {
    const call = tagged();
    const begun = Date.now();
    const peer = dial(weir.port, get('/frozen/v1/models', call));

    await assertRefused(peer, 502, 'upstream_unreachable', { closes: false });
    inTime(begun, deadline.connect);
    assertRow(await rowOf(call), { response_status: 502 });
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
      assertRow(await rowOf(call), { response_status: -1 });
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
      assertRow(await rowOf(call), { response_status: -1 });
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
    assertRow(await rowOf(call, patient), { response_status: 200 });
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
      assertRow(await rowOf(call, patient), { response_status: status });
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
      assertRow(await rowOf(call, of), { response_status: row });
    });
});

test('after all this nothing is left open', async () => {
  for (const one of [weir, patient]) {
    await connections(0, one);
    await eventually('no connection to a provider to be in use', async () =>
      !/weir_upstream_connections\{[^}]*state="active"\} [1-9]/.test(await (await fetch(`${one.admin}/metrics`)).text()));
  }
});

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
        await connections(3, own);
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
    await connections(7, own);

    const begun = Date.now();
    own.process.child.kill('SIGTERM');
    assert.equal(await own.process.ended, 0, own.process.log);
    const took = Date.now() - begun;
    deaf.destroy();
    for (const peer of peers) await peer.ended();

    assert.ok(took < 500 + 1000 + late, `${took} ms; the admin side's calls may have 1 s of their own`);
    const next = await startWeir(mock, directory);
    for (const call of [held, sentOn, thinking]) assertRow(await rowOf(call, next), { response_status: -100 });
    for (const call of [streaming, unread]) assertRow(await rowOf(call, next), { response_status: 200 });
    assert.equal(await next.process.stop(), 0);
  }));
