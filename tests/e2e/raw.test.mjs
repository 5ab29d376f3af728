// What other clients send: Python's SDKs byte for byte, and what only a careless or hostile client would.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { answerTo, chat, hello, message, seenBy, tagged, words } from './support/calls.mjs';
import { clientsOf } from './support/clients.mjs';
import { assertRow } from './support/rows.mjs';
import { chunkedEnds, dial, exchange, request, responsesIn, statusOf } from './support/wire.mjs';
import { startWorld } from './support/world.mjs';

const { mock, weir } = await startWorld();

const utf8 = (text) => Buffer.from(text).toString('latin1'); // bytes as the characters that `exchange` writes
const send = (text, options) => exchange(weir.port, Buffer.from(text, 'latin1'), options);
const host = ['Host', `127.0.0.1:${weir.port}`];
const listOf = (headers) => Object.entries(headers);
const body = utf8(JSON.stringify(chat()));

/** Until the one JSON answer is there. */
const wholeAnswer = (text) => {
  const length = text.match(/\r\ncontent-length: (\d+)/i);
  const head = text.indexOf('\r\n\r\n');
  return head > 0 && (length ? text.length >= head + 4 + Number(length[1]) : text.endsWith('\r\n0\r\n\r\n'));
};

describe('the Python SDKs', () => {
  test('OpenAI over httpx', async () => {
    const call = tagged();
    const headers = [
      host,
      ['Accept-Encoding', 'gzip, deflate, br, zstd'],
      ['Connection', 'keep-alive'],
      ['Accept', 'application/json'],
      ['Content-Type', 'application/json'],
      ['User-Agent', 'AsyncOpenAI/Python 2.9.0'],
      ['X-Stainless-Lang', 'python'],
      ['X-Stainless-Package-Version', '2.9.0'],
      ['X-Stainless-OS', 'Linux'],
      ['X-Stainless-Arch', 'x64'],
      ['X-Stainless-Runtime', 'CPython'],
      ['X-Stainless-Runtime-Version', '3.11.2'],
      ['Authorization', 'Bearer sk-python'],
      ['X-Stainless-Async', 'async:asyncio'],
      ['x-stainless-retry-count', '0'],
      ['x-stainless-read-timeout', '600'],
      ...listOf(call.headers),
      ['Content-Length', body.length],
    ];
    const got = await send(request('POST', '/openai/v1/chat/completions', headers, body), { enough: wholeAnswer });

    assert.equal(statusOf(got), 200);
    const seen = await seenBy(mock, call.id);
    assert.equal(seen.target, '/v1/chat/completions');
    const expected = headers
      .filter(([name]) => !/^(helicone-.*|host|connection|content-length)$/i.test(name));
    const passed = seen.headers.filter(([name]) => !/^(host|connection|content-length)$/i.test(name));
    assert.deepEqual(passed, expected, 'names, case, order and values stay');
    assert.equal(seen.body, JSON.stringify(chat()));
    assertRow(await weir.row(call.id), { response_status: 200, provider: 'OPENAI', completion_tokens: words(answerTo(hello)) });
  });

  test('Anthropic over httpx, streamed, with x-api-key', async () => {
    const call = tagged();
    const text = utf8(JSON.stringify(message(hello, { stream: true })));
    const headers = [
      host,
      ['accept-encoding', 'gzip, deflate'],
      ['connection', 'keep-alive'],
      ['accept', 'application/json'],
      ['content-type', 'application/json'],
      ['user-agent', 'Anthropic/Python 0.75.0'],
      ['x-stainless-async', 'false'],
      ['anthropic-version', '2023-06-01'],
      ['x-api-key', 'sk-ant-python'],
      ['x-stainless-timeout', 'NOT_GIVEN'],
      ...listOf(call.headers),
      ['content-length', text.length],
    ];
    const got = await send(request('POST', '/v1/messages', headers, text), { enough: chunkedEnds(1) });

    assert.equal(statusOf(got), 200);
    assert.match(got, /\r\ntransfer-encoding: chunked\r\n/i);
    assert.doesNotMatch(got, /\r\nconnection: close/i);
    assert.match(got, /message_stop/);
    assertRow(await weir.row(call.id), { provider: 'ANTHROPIC', completion_tokens: words(answerTo(hello)) });
  });

  /** What httpx writes: the head, then the body on its own. Resolves to the answer, whose connection is kept. */
  async function overHttpx(target, headers, text, enough) {
    const peer = dial(weir.port, request('POST', target, headers));
    peer.send(text);
    await peer.until('the answer', enough);
    const [answer, ...others] = responsesIn(peer.text);
    assert.deepEqual([answer.complete, others], [true, []]);
    assert.equal(answer.headers.get('connection'), undefined);
    const length = peer.text.length;
    peer.send(request('GET', '/healthz', [host]));
    await peer.until('the next answer on the same connection', (all) => all.startsWith('HTTP/1.1 200 ', length));
    peer.socket.destroy();
    return answer;
  }

  const openaiHeaders = (call) => [
    host,
    ['Accept-Encoding', 'gzip, deflate'],
    ['Connection', 'keep-alive'],
    ['Accept', 'application/json'],
    ['User-Agent', 'OpenAI/Python 2.9.0'],
    ['X-Stainless-Lang', 'python'],
    ['X-Stainless-Async', 'false'],
    ['Authorization', 'Bearer sk-python'],
    ['x-stainless-retry-count', '0'],
    ['x-stainless-read-timeout', '600'],
    ...listOf(call.headers),
  ];

  /** The headers that must arrive as they were sent. */
  const passedOn = (headers, ...except) =>
    headers.filter(([name]) => !/^(helicone-.*|host|connection|content-length)$/i.test(name) && !except.includes(name));

  test('OpenAI over httpx, streamed: usage is asked for, recorded and kept from the client', async () => {
    const call = tagged();
    const text = utf8(JSON.stringify(chat(hello, { stream: true })));
    const headers = [...openaiHeaders(call), ['Content-Type', 'application/json'], ['Content-Length', text.length]];
    const answer = await overHttpx('/openai/v1/chat/completions', headers, text, chunkedEnds(1));

    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('content-type'), /^text\/event-stream/);
    const events = Buffer.from(answer.body, 'latin1').toString().split('\n\n').filter(Boolean);
    assert.equal(events.pop(), 'data: [DONE]');
    const chunks = events.map((event) => JSON.parse(event.replace(/^data: /, '')));
    assert.deepEqual(chunks.filter(({ usage }) => usage), []);
    assert.equal(chunks.map(({ choices }) => choices[0].delta.content ?? '').join(''), answerTo(hello));
    const seen = await seenBy(mock, call.id);
    assert.deepEqual(passedOn(seen.headers), [...passedOn(headers, 'Accept-Encoding'), ['Accept-Encoding', 'identity']]);
    assert.deepEqual(JSON.parse(seen.body), { ...chat(hello, { stream: true }), stream_options: { include_usage: true } });
    const completion = words(answerTo(hello));
    assertRow(await weir.row(call.id), { response_status: 200, provider: 'OPENAI', completion_tokens: completion });
  });

  test('OpenAI over httpx, a transcription whose upload has a length', async () => {
    const call = tagged();
    const boundary = '2d3f1a0b9c8e7d6f5a4b3c2d1e0f9a8b';
    const part = (fields, content) => `--${boundary}\r\nContent-Disposition: form-data; ${fields}\r\n\r\n${content}\r\n`;
    const sound = Buffer.from(Array.from({ length: 50_000 }, (_, i) => (i * 31) % 256)).toString('latin1');
    const text = `${part('name="model"', 'gpt-4o-transcribe')}${part('name="file"; filename="speech.wav"\r\nContent-Type: audio/x-wav', sound)}--${boundary}--\r\n`;
    const headers = [
      ...openaiHeaders(call),
      ['Content-Length', text.length],
      ['Content-Type', `multipart/form-data; boundary=${boundary}`],
    ];
    const answer = await overHttpx('/openai/v1/audio/transcriptions', headers, text, wholeAnswer);

    assert.equal(answer.status, 200);
    const heard = JSON.parse(answer.body).text;
    assert.match(heard, /50000 bytes of speech\.wav/);
    const seen = await seenBy(mock, call.id);
    assert.deepEqual(passedOn(seen.headers), passedOn(headers));
    assert.equal(seen.body_bytes, text.length);
    const row = await weir.row(call.id);
    assertRow(row, { response_status: 200, model: 'gpt-4o-transcribe', prompt_audio_tokens: 500, completion_tokens: words(heard) });
    assert.match(JSON.stringify(row.request_body), /speech\.wav/);
  });

  test('Anthropic over httpx, with x-api-key', async () => {
    const call = tagged();
    const text = utf8(JSON.stringify(message()));
    const headers = [
      host,
      ['Accept-Encoding', 'gzip, deflate'],
      ['Connection', 'keep-alive'],
      ['Accept', 'application/json'],
      ['Content-Type', 'application/json'],
      ['User-Agent', 'Anthropic/Python 0.75.0'],
      ['X-Stainless-Lang', 'python'],
      ['X-Stainless-Async', 'false'],
      ['anthropic-version', '2023-06-01'],
      ['X-Api-Key', 'sk-ant-python'],
      ['x-stainless-retry-count', '0'],
      ['x-stainless-timeout', '600'],
      ...listOf(call.headers),
      ['Content-Length', text.length],
    ];
    const answer = await overHttpx('/anthropic/v1/messages', headers, text, wholeAnswer);

    assert.equal(answer.status, 200);
    assert.equal(JSON.parse(Buffer.from(answer.body, 'latin1')).content[0].text, answerTo(hello));
    const seen = await seenBy(mock, call.id);
    assert.equal(seen.target, '/v1/messages');
    assert.deepEqual(passedOn(seen.headers), passedOn(headers));
    assert.equal(seen.body, JSON.stringify(message()));
    assertRow(await weir.row(call.id), { response_status: 200, provider: 'ANTHROPIC', completion_tokens: words(answerTo(hello)) });
  });
});

describe('bodies', () => {
  const chunk = (text) => `${text.length.toString(16)}\r\n${text}\r\n`;

  test('Expect: 100-continue is answered before the body is sent, and not passed on', async () => {
    const call = tagged();
    const headers = [host, ['Expect', '100-continue'], ...listOf(call.headers), ['Content-Length', body.length]];
    let sent = false;
    const got = await send(request('POST', '/v1/chat/completions', headers), {
      more: (socket, text) => {
        if (sent || !text.includes('100 Continue\r\n\r\n')) return;
        sent = true;
        socket.write(Buffer.from(body, 'latin1'));
      },
      enough: (text) => wholeAnswer(text.replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, '')),
    });

    assert.match(got, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200/);
    const names = (await seenBy(mock, call.id)).headers.map(([name]) => name.toLowerCase());
    assert.ok(!names.includes('expect'));
  });

  test('Expect: 100-continue on what is refused gets the refusal alone', async () => {
    const headers = [host, ['Expect', '100-continue'], ['Content-Length', 100]];
    const got = await send(request('POST', '/v1/gateway/nosuch/v1/chat/completions', headers));

    assert.equal(statusOf(got), 404);
  });

  test('chunks of any size, with extensions and a trailer', async () => {
    const call = tagged();
    const headers = [host, ['Transfer-Encoding', 'chunked'], ['Trailer', 'x-t'], ...listOf(call.headers)];
    const pieces = [...body.slice(0, 20)].map(chunk).join('');
    const rest = body.slice(20);
    const odd = `${pieces}000${rest.length.toString(16)};name="v"\r\n${rest}\r\n0\r\nx-t: 1\r\n\r\n`;
    const got = await send(request('POST', '/v1/chat/completions', headers, odd), { enough: wholeAnswer });

    assert.equal(statusOf(got), 200);
    assert.equal((await seenBy(mock, call.id)).body, JSON.stringify(chat()));
  });

  test('a compressed body is passed on as it is', async () => {
    const call = tagged();
    const zipped = gzipSync(JSON.stringify(chat())).toString('latin1');
    const headers = [host, ['Content-Encoding', 'gzip'], ...listOf(call.headers), ['Content-Length', zipped.length]];
    await send(request('POST', '/v1/chat/completions', headers, zipped), { enough: wholeAnswer });

    const seen = await seenBy(mock, call.id);
    assert.equal(seen.body_bytes, zipped.length);
    assertRow(await weir.row(call.id), { request_model: 'gpt-4o' });
  });

  test('the query string stays byte for byte', async () => {
    const call = tagged();
    const target = '/openai/v1/models?b=2&a=%2F%3a+x&&empty=&z=~!*()';
    await send(request('GET', target, [host, ...listOf(call.headers)]), { enough: wholeAnswer });

    assert.equal((await seenBy(mock, call.id)).target, target.replace('/openai', ''));
  });
});

describe('answers', () => {
  for (const status of [204, 304])
    test(`${status} has no body and no framing`, async () => {
      const call = tagged({ 'x-mock-status': String(status) });
      const headers = [host, ...listOf(call.headers)];
      const got = await send(request('GET', '/v1/models', headers) + request('GET', '/healthz', [host]), {
        enough: (text) => text.split('HTTP/1.1 ').length > 2,
      });

      assert.equal(statusOf(got), status);
      const head = got.slice(0, got.indexOf('\r\n\r\n'));
      assert.doesNotMatch(head, /transfer-encoding/i);
    });

  test('HEAD has a head only', async () => {
    const call = tagged();
    let asked = false;
    const got = await send(request('HEAD', '/v1/models', [host, ...listOf(call.headers)]), {
      more: (socket, text) => {
        if (asked || !text.includes('\r\n\r\n')) return;
        asked = true;
        socket.write(request('GET', '/healthz', [host]));
      },
      enough: (text) => text.split('HTTP/1.1 ').length > 2,
    });

    assert.match(got, /^HTTP\/1\.1 200[^]*?\r\n\r\nHTTP\/1\.1 200/);
  });

  test('pipelined requests are answered in order', async () => {
    const one = (text) => {
      const json = JSON.stringify(chat(text));
      return request('POST', '/v1/chat/completions', [host, ['Content-Length', json.length]], json);
    };
    const got = await send(one('first') + one('second') + one('third'), { enough: (text) => text.includes('You said: third') });

    const order = [...got.matchAll(/You said: (\w+)/g)].map(([, word]) => word);
    assert.deepEqual(order, ['first', 'second', 'third']);
  });

  for (const [what, line, version] of [['asked for Connection: close', [['Connection', 'close']], '1.1'], ['speaks HTTP/1.0', [], '1.0']])
    test(`a client that ${what} sees a cut as an error event`, async () => {
      const call = tagged({ 'x-mock-cut': '2' });
      const text = JSON.stringify(chat('hi', { stream: true }));
      const headers = [host, ...line, ...listOf(call.headers), ['Content-Length', text.length]];
      const asked = request('POST', '/v1/chat/completions', headers, text).replace('HTTP/1.1', `HTTP/${version}`);
      const got = await send(asked);

      assert.match(got, /data: \{.*"error":\{.*\n\n/);
      assertRow(await weir.row(call.id), { response_status: 200 });
    });

  test('a connection that the vendor dropped between calls is replaced unnoticed', async () => {
    const { openai } = clientsOf(weir);
    for (const how of ['on', 'at-once'])
      for (let i = 0; i < 5; ++i) {
        const call = tagged({ 'x-mock-refuse-reuse': how });
        const answer = await openai.chat.completions.create(chat(), call.options);
        assert.equal(answer.choices[0].message.content, answerTo(hello));
        assertRow(await weir.row(call.id), { response_status: 200 });
      }
  });
});

describe('what must be refused', () => {
  const refused = {
    'both Content-Length and Transfer-Encoding': [['Content-Length', 5], ['Transfer-Encoding', 'chunked']],
    'two Content-Lengths': [['Content-Length', 5], ['Content-Length', 6]],
    'a space before the colon': [['X-Space ', '1'], ['Content-Length', 0]],
    'an unknown transfer coding': [['Transfer-Encoding', 'gzip, magic']],
  };
  for (const [what, lines] of Object.entries(refused))
    test(what, async () => {
      const call = tagged();
      const got = await send(request('POST', '/v1/chat/completions', [host, ...listOf(call.headers), ...lines], '0\r\n\r\n'));

      assert.equal(statusOf(got), 400);
      assert.equal(await seenBy(mock, call.id), undefined);
    });

  test('a head that is too large', async () => {
    const got = await send(request('GET', '/v1/models', [host, ['X-Long', 'x'.repeat(100_000)]]));

    assert.equal(statusOf(got), 431);
  });

  test('a web page\'s origin', async () => {
    const call = tagged();
    const headers = [host, ['Origin', 'https://evil.example'], ...listOf(call.headers), ['Content-Length', body.length]];
    const got = await send(request('POST', '/v1/chat/completions', headers, body), { enough: wholeAnswer });

    assert.equal(statusOf(got), 403);
    assert.equal(await seenBy(mock, call.id), undefined);
  });
});
