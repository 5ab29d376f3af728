// A client that goes away takes the vendor's call with it.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { chat, contents, hello, message, seenBy, tagged } from './support/calls.mjs';
import { clientsOf } from './support/clients.mjs';
import { eventually } from './support/eventually.mjs';
import { assertRow } from './support/rows.mjs';
import { startWorld } from './support/world.mjs';

const { mock, weir } = await startWorld();
const { openai, anthropic, gemini } = clientsOf(weir);

const endless = { 'x-mock-chunks': '100000', 'x-mock-interval': '20ms' };

const vendorSawItEnd = (id) =>
  eventually('the vendor to see the abort', async () => (await seenBy(mock, id))?.aborted);

/** Opens a stream; resolves to it. */
const open = {
  OpenAI: (call, signal) => openai.chat.completions.create(chat(hello, { stream: true }), { ...call.options, signal }),
  'OpenAI responses': (call, signal) =>
    openai.responses.create({ model: 'gpt-4o', input: hello, stream: true }, { ...call.options, signal }),
  Anthropic: (call, signal) => anthropic.messages.create(message(hello, { stream: true }), { ...call.options, signal }),
  Gemini: (call, signal) =>
    gemini.models.generateContentStream(contents(hello, { ...call.config, abortSignal: signal })),
};

describe('a client that has seen the first event', () => {
  for (const [name, openStream] of Object.entries(open)) {
    test(`${name}: aborts`, async () => {
      const call = tagged({ ...endless, 'x-mock-chunks': '2000' });
      const controller = new AbortController();
      const stream = await openStream(call, controller.signal);
      const reading = (async () => {
        for await (const event of stream) if (event) controller.abort();
      })();
      await reading.catch(() => {}); // whether an abort throws is the SDK's business

      await vendorSawItEnd(call.id);
      assertRow(await weir.row(call.id), { response_status: -3 });
    });
  }

  test('OpenAI: breaks out of its loop', async () => {
    const call = tagged(endless);
    for await (const event of await open.OpenAI(call)) if (event.choices[0]?.delta.content) break;

    await vendorSawItEnd(call.id);
    const row = await weir.row(call.id);
    assertRow(row, { response_status: -3, model: 'gpt-4o', provider: 'OPENAI' });
    assert.equal(typeof row.time_to_first_token, 'number');
  });

  test('Anthropic: aborts the helper', async () => {
    const call = tagged(endless);
    const stream = anthropic.messages.stream(message(), call.options);
    stream.on('error', () => {});
    stream.on('abort', () => {});
    stream.once('text', () => stream.abort());
    await stream.done().catch(() => {});

    await vendorSawItEnd(call.id);
    assertRow(await weir.row(call.id), { response_status: -3 });
  });
});

describe('a client that waits for the head', () => {
  for (const knob of [{ 'x-mock-delay': '1m' }, { 'x-mock-stall': 'head' }])
    test(`and gives up: ${Object.keys(knob)}`, async () => {
      const call = tagged(knob);
      const controller = new AbortController();
      const asking = openai.chat.completions.create(chat(), { ...call.options, signal: controller.signal });
      const refused = assert.rejects(asking, { name: 'Error' });
      await eventually('the vendor to be asked', () => seenBy(mock, call.id));
      controller.abort();

      await refused;
      await vendorSawItEnd(call.id);
      assertRow(await weir.row(call.id), { response_status: -3 });
    });
});

test('after many aborts nothing is left open', async () => {
  const before = (await mock.stats()).open;
  await Promise.all(
    Array.from({ length: 50 }, async () => {
      for await (const event of await open.OpenAI(tagged(endless))) if (event) break;
    }),
  );

  await eventually('the vendor\'s connections to close', async () => (await mock.stats()).open <= before + 2);
});
