// Bytes that no honest peer sends: requests to both listeners, and answers of a provider. What readers of HTTP disagree on
// is refused as a whole, the connection ends, and nothing of it, or behind it, is carried out.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { tagged } from './support/calls.mjs';
import { eventually } from './support/eventually.mjs';
import { answers, handshakes } from './support/hostile_answers.mjs';
import {
  chunks, families, fill, get, headed, host, long, oddButRight, sentOn, targets, websocket,
} from './support/hostile_requests.mjs';
import { assertRow } from './support/rows.mjs';
import { dial, ok, responsesIn, startRawProvider } from './support/wire.mjs';
import { startWorld } from './support/world.mjs';

const provider = await startRawProvider();
const internal = await startRawProvider(); // in nobody's configuration
const loopback = ['localhost', '2130706433', '0x7f000001', '017700000001', '127.1', '0.0.0.0'];
const kinds = { raw: 'openai', raw_claude: 'anthropic', raw_gemini: 'google' };
const { mock, weir } = await startWorld({
  gateway: `threads = 1
default_provider = "raw"
max_request_body = "64KiB"
header_timeout = "5s"
idle_timeout = "5s"
first_byte_timeout = "3s"
allowed_origins = ["*"]
allowed_targets = ${JSON.stringify(loopback)}`,
  more: Object.entries(kinds)
    .map(([name, kind]) => `[providers.${name}]\nbase_url = "${provider.url}"\nkind = "${kind}"\n`)
    .join(''),
});

const gateway = {
  port: weir.port,
  get: '/raw/v1/things',
  post: '/raw/v1/things',
  behind: '/raw/v1/smuggled',
  toomuch: 64 * 1024 + 1,
};
const admin = {
  port: Number(new URL(weir.admin).port),
  get: '/healthz',
  post: '/v1/request/query',
  behind: '/readyz',
  toomuch: 50 * 1024 * 1024 + 1,
};
const behind = `GET @behind HTTP/1.1\r\n${host}X-E2e-Id: behind-@id\r\n\r\n`;

/** A connection on which a case's bytes are sent. */
const send = (bytes, listener = gateway) => dial(listener.port, fill(bytes, listener, randomUUID()));

/** The one answer of a connection from its byte `from` on, those with 1xx left out; it closes the connection. */
async function answerOf(peer, from = 0) {
  const found = () => responsesIn(peer.text.slice(from), peer.end).filter(({ status }) => !(status < 200));
  await peer.until('the answer', () => peer.end || found()[0]?.complete);
  peer.socket.destroy();
  assert.equal(found().length, 1, `one answer: ${JSON.stringify(peer.text.slice(from, from + 600))}`);
  return found()[0];
}

/** Statuses of requests that are well framed: whoever sent them may go on. */
const harmless = [404, 405, 421];

/** That what came is an answer of that status in the listener's own shape, and the last one on the connection. */
async function assertRefused(peer, listener, statuses) {
  const enough = (text) => peer.end || responsesIn(text).length > 1;
  await peer.until('the end', enough).finally(() => peer.socket.destroy());
  const came = JSON.stringify(peer.text.slice(0, 400));
  const all = responsesIn(peer.text, peer.end);
  const [{ status, headers, body, complete }] = all;
  assert.ok([statuses].flat().includes(status), `${status} instead of ${statuses}: ${came}`);
  assert.ok(complete, came);
  if (!harmless.includes(status)) {
    assert.equal(headers.get('connection'), 'close', came);
    assert.equal(all.length, 1, `nothing behind it is answered: ${came}`);
    assert.ok(peer.end);
  }
  const said = JSON.parse(body);
  if (listener === gateway) assert.equal(said.error.code, headers.get('x-weir-error'));
  else assert.equal(said.data, null);
}

/** A case's name in characters that can be read. */
const readable = (what) => JSON.stringify([what].flat().join(' + ')).slice(1, -1);

for (const [name, listener] of Object.entries({ gateway, admin }))
  for (const [family, rows] of Object.entries(families)) {
    if (family === 'websockets' && listener === admin) continue;
    describe(`${name} refuses ${family}`, () => {
      for (const [what, bytes, statuses = 400] of rows)
        test(readable(what), async () => {
          provider.forget();
          if (rows === sentOn) provider.answer = () => {}; // not before the end of the request
          const differ = typeof statuses === 'object' && !Array.isArray(statuses);
          await assertRefused(send(bytes + behind, listener), listener, differ ? (statuses[name] ?? 400) : statuses);

          if (rows === sentOn) assert.doesNotMatch(provider.received(), /\r\n0\r\n|smuggled/, 'a provider got no end');
          else assert.equal(provider.received(), '', 'a provider got nothing');
        });
    });
  }

test('of all this nothing was carried out', async () => {
  provider.forget();
  const call = tagged();
  await answerOf(send(get(`Helicone-Request-Id: ${call.id}`)));
  await weir.row(call.id); // behind those of all that came before

  const wrong = (row) => row.response_status < 400 || row.request_path.includes('smuggled');
  const others = (await weir.rows()).filter((row) => row.request_id !== call.id).filter(wrong);
  assert.deepEqual(others.map((row) => [row.response_status, row.request_path]), []);
  assert.deepEqual(await mock.requests(), []);
  assert.equal(provider.peers.length, 1);
});

describe('a body beyond the limit', () => {
  const large = gateway.toomuch;
  const bodies = {
    'in one chunk': `${large.toString(16)}\r\n${long(large)}\r\n0\r\n\r\n`,
    'in a chunk of 2^64 - 1': `ffffffffffffffff\r\n${long(large)}`,
    'in small chunks': `${long(large, '1\r\nx\r\n')}0\r\n\r\n`,
  };
  for (const [what, body] of Object.entries(bodies))
    test(`${what}: 413, and the provider has no end of it`, async () => {
      provider.forget();
      provider.answer = () => {};
      await assertRefused(send(chunks(body) + behind), gateway, 413);

      await eventually('the provider to be let go', () => provider.peers.every(({ end }) => end));
      assert.doesNotMatch(provider.received(), /\r\n0\r\n|smuggled/);
    });

  for (const size of [admin.toomuch.toString(16), 'ffffffffffffffff'])
    test(`on the admin side, in a chunk of 0x${size}`, () =>
      assertRefused(send(chunks(`${size}\r\nhello`), admin), admin, 413));
});

describe('what is odd but right arrives as one request, and the next one behind it', () => {
  for (const [what, bytes, line, body, wanted = /^/, unwanted = /smuggled/] of oddButRight)
    test(readable(what), async () => {
      provider.forget();
      const peer = send(bytes);
      await peer.until('the answer', (text) => responsesIn(text)[0]?.complete);
      assert.equal(responsesIn(peer.text)[0].status, 200, peer.text);
      peer.send(fill(`GET /raw/v1/next HTTP/1.1\r\n${host}\r\n`, gateway));
      await peer.until('the next answer', (text) => responsesIn(text)[1]?.complete);
      peer.socket.destroy();

      const [head, rest, ...more] = provider.received().split('\r\n\r\n');
      assert.equal(head.split('\r\n')[0], line);
      assert.ok(rest.startsWith(`${body}GET /v1/next HTTP/1.1\r\n`), rest);
      assert.deepEqual(more, ['']);
      assert.match(`${head}\r\n`, new RegExp(`\r\nHost: 127\\.0\\.0\\.1:${provider.port}\r\n`));
      assert.match(`${head}\r\n`, wanted);
      assert.doesNotMatch(`${head}\r\n`, unwanted);
    });

  test('HTTP/1.0 without a Host', async () => {
    provider.forget();
    const peer = send('GET @get HTTP/1.0\r\n\r\nGET @behind HTTP/1.0\r\n\r\n');
    await peer.ended();

    assert.deepEqual(responsesIn(peer.text).map(({ status }) => status), [200]);
    assert.doesNotMatch(provider.received(), /smuggled/);
  });

  test('on the admin side, absolute form to weir itself', async () => {
    assert.equal((await answerOf(send(`GET http://@host@get HTTP/1.1\r\n${host}\r\n`, admin))).status, 200);
  });
});

describe('paths of the admin side lead to nothing but its endpoints', () => {
  const paths = [
    '/v1/request/../../etc/passwd', '/v1/request/%2e%2e/%2e%2e/etc/passwd', '/..%2f..%2fetc/passwd', '/v1//request',
    '//healthz/..', '/healthz%00', '/v1/request/%00', '/v1/request/x%00y', '/%2e/healthz', '/./healthz', '/weir.db',
    '/v1/request/..%2f..%2fweir.db', '/%68ealthz%2f',
  ];
  for (const path of paths)
    test(path, async () => {
      const { status, body } = await answerOf(send(headed(`GET ${path} HTTP/1.1`), admin));

      assert.ok(status === 404 || status === 400, `${status} ${body}`);
      assert.equal(JSON.parse(body).data, null);
    });
});

describe('a target that may not be called is refused, and nothing is sent there', () => {
  const { malformed, foreign } = targets(internal.port, loopback);
  const rows = [...malformed.map((target) => [target, [400, 403]]), ...foreign.map((target) => [target, [403]])];
  for (const header of ['Helicone-Target-Url', 'Helicone-OpenAI-Api-Base'])
    for (const [target, statuses] of rows)
      test(`${header}: ${readable(target)}`, async () => {
        provider.forget();
        const { status, headers } = await answerOf(send(headed('GET /v1/things HTTP/1.1', `${header}: ${target}\r\n`)));

        assert.ok(statuses.includes(status), `${status}`);
        assert.match(headers.get('x-weir-error'), /^(invalid_target|target_not_allowed)$/);
        assert.equal(internal.peers.length, 0);
        assert.equal(provider.received(), '');
      });

  test('of two targets the first counts, for the check as for the call', async () => {
    provider.forget();
    const lines = [provider.url, internal.url].map((target) => `Helicone-Target-Url: ${target}\r\n`).join('');
    await answerOf(send(headed('GET /v1/things HTTP/1.1', lines)));

    assert.equal(internal.peers.length, 0);
    assert.match(provider.received(), /^GET \/v1\/things HTTP\/1\.1\r\n/);
  });
});

describe('nothing that weir repeats becomes a field of its own', () => {
  const payloads = [
    '%0d%0aX-Injected: 1', '\\r\\nX-Injected: 1', '\x85X-Injected: 1', '\xe5\x98\x8a\xe5\x98\x8dX-Injected: 1',
    '\xe2\x80\xa8X-Injected: 1', 'x\tX-Injected: 1', '", "X-Injected": "1', '\xff\xfe', '%00', '<script>',
  ];
  const names = [
    'Helicone-Request-Id', 'Helicone-User-Id', 'Helicone-Property-X', 'Helicone-Session-Id', 'Helicone-Prompt-Id',
    'Helicone-Auth', 'Helicone-Target-Url', 'Origin', 'helicone-id', 'x-weir-error', 'Server-Timing', 'Authorization',
    'Sec-WebSocket-Protocol',
  ];
  const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;
  const known = new RegExp('^(content-(type|length)|helicone-(id|status)|server-timing|connection|vary|www-authenticate|' +
                           'x-weir-error|x-should-retry|access-control-.*)$');
  const preflight = (payload) =>
    headed('OPTIONS @get HTTP/1.1', ['Origin', 'Access-Control-Request-Method', 'Access-Control-Request-Headers']
      .map((name) => `${name}: ${payload}\r\n`).join(''));
  const ways = Object.fromEntries([
    ...names.map((name) => [name, (payload) => get(`${name}: ${payload}`)]),
    ['a preflight', preflight],
    ['the path', (payload) => headed(`GET /nosuch${encodeURI(payload)}/v1/x HTTP/1.1`)],
  ]);
  for (const [way, ask] of Object.entries(ways))
    test(way, async () => {
      for (const payload of payloads) {
        const { headers, body } = await answerOf(send(ask(payload)));

        for (const name of headers.keys()) assert.match(name, known, readable(payload));
        if (ask !== preflight) assert.match(headers.get('helicone-id'), uuid);
        if (headers.has('x-weir-error')) JSON.parse(body);
      }
    });
});

/** Lets the provider answer its first request with `pieces`, and every other as it should. */
function answerFirst(pieces, how) {
  const left = [pieces].flat();
  let first;
  const next = () => {
    first.socket.write(Buffer.from(left.shift(), 'latin1'));
    if (left.length === 0 && how === 'close') first.socket.end();
    if (left.length === 0 && how === 'reset') first.socket.resetAndDestroy();
  };
  provider.answer = (peer) => {
    if (first) {
      peer.socket.write(ok('"next"'));
    } else {
      first = peer;
      next();
    }
  };
  /** Sends another piece, if there is one. */
  return () => {
    if (first && left.length > 0) next();
  };
}

for (const [family, rows] of Object.entries(answers))
  describe(`a provider's ${family}`, () => {
    for (const [what, pieces, outcomes, how] of rows)
      test(readable(what), async () => {
        provider.forget();
        const sendMore = answerFirst(pieces, how);
        const peer = send(get());
        peer.socket.on('data', sendMore);
        const { status, headers, body, complete } = await answerOf(peer);

        const outcome = !complete ? 'cut' : status === 502 ? 502 : body;
        assert.ok([outcomes].flat().includes(outcome), `${JSON.stringify(outcome)}: ${JSON.stringify(peer.text)}`);
        if (outcome === 502) {
          assert.match(headers.get('x-weir-error'), how ? /^upstream_(malformed|unreachable)$/ : /^upstream_malformed$/);
          assert.equal(JSON.parse(body).error.code, headers.get('x-weir-error'));
        }
        assert.equal((await answerOf(send(get()))).body, '"next"', 'the next caller gets its own answer');
        assert.equal(provider.peers.length, 2, 'on another connection');
      });
  });

describe('a provider that answers a websocket\'s handshake wrongly', () => {
  for (const [what, bytes] of handshakes)
    test(what, async () => {
      provider.forget();
      answerFirst(bytes);
      const { status, headers } = await answerOf(send(websocket()));

      assert.equal(status, 502);
      assert.equal(headers.get('x-weir-error'), 'upstream_malformed');
    });

  test('by no upgrade at all: what the client sent behind its handshake is no request', async () => {
    provider.forget();
    const peer = send(websocket() + behind);
    await peer.ended();

    assert.equal((await answerOf(peer)).status, 200);
    assert.doesNotMatch(provider.received(), /smuggled/);
  });
});

describe('a provider', () => {
  const endless = {
    'one by one': { bytes: 'HTTP/1.1 103 Early Hints\r\n\r\n', pause: 10 },
    'in floods': { bytes: long(2000, 'HTTP/1.1 100 Continue\r\n\r\n'), pause: 0 },
    'in floods that go on to the client': { bytes: long(500, 'HTTP/1.1 103 Early Hints\r\n\r\n'), pause: 0 },
  };
  for (const [what, { bytes, pause }] of Object.entries(endless))
    test(`that sends informational answers for ever, ${what}, is given up at first_byte_timeout`, async () => {
      provider.forget();
      const flood = (socket) => {
        if (!socket.destroyed) socket.write(bytes, () => setTimeout(flood, pause, socket));
      };
      provider.answer = ({ socket }) => flood(socket);
      const peer = send(get());
      peer.socket.on('data', () => {
        peer.text = peer.text.slice(-2000);
      });
      await peer.until('the end of it', (text) => peer.end || /HTTP\/1\.1 50\d/.test(text)).finally(provider.forget);
      peer.socket.destroy();

      assert.match(peer.text, /HTTP\/1\.1 50[24] /);
    });

  test('whose answer to HEAD has a body does not send it to anybody', async () => {
    provider.forget();
    answerFirst('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged');
    const peer = send(headed('HEAD @get HTTP/1.1'));
    await peer.until('the head', (text) => text.endsWith('\r\n\r\n'));
    peer.send(fill(get(), gateway));

    assert.equal((await answerOf(peer, peer.text.length)).body, '"next"');
    assert.equal(provider.peers.length, 2);
  });

  test('cannot set what is weir\'s to say, nor cookies', async () => {
    provider.forget();
    const lines = [
      'helicone-id: x', 'helicone-status: x', 'x-weir-error: x', 'Set-Cookie: a=b', 'Access-Control-Allow-Origin: x',
      'Keep-Alive: x', 'Upgrade: x', 'Connection: helicone-id, server-timing, content-length, x-private', 'X-Private: x',
    ];
    answerFirst(`HTTP/1.1 200 OK\r\n${lines.join('\r\n')}\r\nContent-Length: 2\r\n\r\nok`);
    const { headers, body } = await answerOf(send(get()));

    assert.equal(body, 'ok');
    assert.deepEqual([...headers.keys()].sort(), ['content-length', 'helicone-id', 'helicone-status', 'server-timing']);
    assert.notEqual(headers.get('helicone-id'), 'x');
  });

  const shapes = {
    raw: /"code":"upstream_malformed"/,
    raw_claude: /^\{"type":"error"/,
    raw_gemini: /"status":"UNAVAILABLE"/,
  };
  for (const [path, shape] of Object.entries(shapes))
    test(`of ${kinds[path]} that answers garbage: the error has its shape`, async () => {
      provider.forget();
      answerFirst('garbage\r\n\r\n');
      const { status, body } = await answerOf(send(headed(`GET /${path}/v1/things HTTP/1.1`)));

      assert.equal(status, 502);
      assert.match(body, shape);
    });

  test('whose surplus comes after its answer does not answer the next caller with it', async () => {
    provider.forget();
    await answerOf(send(get()));
    await new Promise((sent) => provider.peers[0].socket.write(ok('"forged"'), sent));

    assert.equal((await answerOf(send(get()))).body, '{}');
  });
});

test('weir goes on after all this', async () => {
  provider.forget();
  const call = tagged();
  assert.equal((await answerOf(send(get(`Helicone-Request-Id: ${call.id}`)))).status, 200);

  assertRow(await weir.row(call.id), { response_status: 200 });
});
