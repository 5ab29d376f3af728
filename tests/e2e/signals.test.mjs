// What SIGTERM and SIGINT do to the process: calls under way, new ones, the exit code, and what is there afterwards.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { describe, test } from 'node:test';
import { chat, hello, seenBy, tagged } from './support/calls.mjs';
import { eventually } from './support/eventually.mjs';
import { assertRow, bodyOf } from './support/rows.mjs';
import { newDirectory, startMock, startWeir } from './support/world.mjs';

const mock = await startMock();
const chunks = 50;

/** Runs `use(weir, directory)` with a weir of its own, which `use` ends. */
async function withWeir(settings, use) {
  const { directory, remove } = await newDirectory();
  const weir = await startWeir(mock, directory, settings);
  try {
    await use(weir, directory);
  } finally {
    weir.process.child.kill('SIGKILL');
    await remove();
  }
}

/** Asks for a slow stream; resolves once its first bytes are there, to `{first, rest}`: `rest()` reads the others. */
async function openStream(weir, call, interval) {
  const response = await fetch(`${weir.gateway}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: { ...call.headers, 'content-type': 'application/json', 'x-mock-chunks': String(chunks), 'x-mock-interval': interval },
    body: JSON.stringify(chat(hello, { stream: true })),
  });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  const rest = async () => {
    let text = '';
    for (let next = await reader.read(); !next.done; next = await reader.read()) text += next.value;
    return text;
  };
  return { first: (await reader.read()).value, rest };
}

const isRefused = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(false);
    });
    socket.on('error', ({ code }) => resolve(code === 'ECONNREFUSED'));
  });

describe('a stream under way when the process is asked to end', () => {
  for (const signal of ['SIGTERM', 'SIGINT'])
    test(`${signal}: it comes to its end, nothing new is accepted, and its row is there afterwards`, () =>
      withWeir({}, async (weir, directory) => {
        const call = tagged();
        const stream = await openStream(weir, call, '150ms');
        weir.process.child.kill(signal);
        await eventually('new connections to be refused', () => isRefused(weir.port));
        assert.equal((await seenBy(mock, call.id)).finished, false, 'the stream still runs');

        const text = stream.first + (await stream.rest());
        assert.match(text, /data: \[DONE\]\n\n$/);
        assert.equal(text.match(/"delta":\{"content":"[^"]/g).length, chunks);
        assert.equal(await weir.process.ended, 0, weir.process.log);

        const next = await startWeir(mock, directory);
        assertRow(await next.row(call.id), { response_status: 200, completion_tokens: chunks });
        assert.equal(await next.process.stop(), 0);
      }));

  test('beyond drain_timeout it is cut, and the row says so', () =>
    withWeir({ gateway: 'drain_timeout = "100ms"' }, async (weir, directory) => {
      const call = tagged();
      const stream = await openStream(weir, call, '10s');
      weir.process.child.kill('SIGTERM');

      await assert.rejects(stream.rest(), 'the client sees that it is not whole');
      assert.equal(await weir.process.ended, 0, weir.process.log);

      const next = await startWeir(mock, directory);
      const row = await next.row(call.id);
      assertRow(row, { response_status: 200, completion_tokens: null });
      assert.equal(bodyOf(row.response_body).choices[0].finish_reason ?? null, null);
      assert.match(await next.files(), /weir was stopped before the answer's end \(gateway\.drain_timeout\)/);
      assert.equal(await next.process.stop(), 0);
    }));
});

test('without calls it ends at once', () =>
  withWeir({}, async (weir) => {
    const begun = Date.now();
    weir.process.child.kill('SIGINT');

    assert.equal(await weir.process.ended, 0, weir.process.log);
    assert.ok(Date.now() - begun < 20_000, 'long before the drain_timeout of 30 s');
  }));
