import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { all, answerTo, hello, message, tagged, weatherSchema, words } from './support/calls.mjs';
import { clientsOf, directClients } from './support/clients.mjs';
import { assertRow, assertStreamTimes, bodyOf, costOf, rowOfAnswer } from './support/rows.mjs';
import { startWorld } from './support/world.mjs';

const { mock, weir } = await startWorld();
const { anthropic } = clientsOf(weir);
const direct = directClients(mock).anthropic;

const model = 'claude-sonnet-4-5';
const promptTokens = words(hello);
const completionTokens = words(answerTo(hello));
const recorded = rowOfAnswer('ANTHROPIC', model, promptTokens, completionTokens);

describe('messages', () => {
  test('a plain answer', async () => {
    const call = tagged();
    const { data, response } = await anthropic.messages.create(message(), call.options).withResponse();

    assert.deepEqual(data, await direct.messages.create(message()));
    assert.equal(response.headers.get('helicone-id'), call.id);
    const row = await weir.row(call.id);
    assertRow(row, recorded);
    assert.deepEqual(bodyOf(row.request_body), message());
    assert.deepEqual(bodyOf(row.response_body), JSON.parse(JSON.stringify(data)));
  });

  test('a stream, read event by event', async () => {
    const call = tagged();
    const body = message(hello, { stream: true });
    const got = await all(await anthropic.messages.create(body, call.options));

    assert.deepEqual(got, await all(await direct.messages.create(body)));
    const row = await weir.row(call.id);
    assertRow(row, recorded);
    assertStreamTimes(row);
    const { id: _, ...stored } = bodyOf(row.response_body);
    const { id: __, ...plain } = JSON.parse(JSON.stringify(await direct.messages.create(message())));
    assert.deepEqual(stored, plain, 'what is stored is the answer that the client would have got without streaming');
  });

  test('a stream, read by the helper', async () => {
    const call = tagged();
    const got = await anthropic.messages.stream(message(), call.options).finalMessage();

    assert.deepEqual(got, await direct.messages.stream(message()).finalMessage());
    assertRow(await weir.row(call.id), recorded);
  });

  test('a tool use, streamed or not', async () => {
    const body = message('The weather in Zürich?', { tools: [{ name: 'get_weather', input_schema: weatherSchema }] });
    const plainCall = tagged();
    const streamCall = tagged();
    const plain = await anthropic.messages.create(body, plainCall.options);
    const streamed = await anthropic.messages.stream(body, streamCall.options).finalMessage();

    assert.deepEqual(plain, await direct.messages.create(body));
    assert.deepEqual(streamed.content, plain.content);
    for (const { id } of [plainCall, streamCall]) {
      const stored = bodyOf((await weir.row(id)).response_body);
      assert.equal(stored.stop_reason, 'tool_use');
      assert.deepEqual(stored.content[0].input, { location: 'Zürich', unit: 'celsius' });
    }
  });

  test('cache reads and writes are counted and priced apart', async () => {
    const cached = (text, ttl) => ({ type: 'text', text, cache_control: { type: 'ephemeral', ...(ttl && { ttl }) } });
    const body = message(hello, {
      system: [cached('one two three four')],
      messages: [{ role: 'user', content: [cached('five six'), cached('a b c', '1h'), { type: 'text', text: 'hi' }] }],
    });
    for (const stream of [false, true]) {
      const call = tagged();
      const got = stream
        ? await anthropic.messages.stream(body, call.options).finalMessage()
        : await anthropic.messages.create(body, call.options);

      assert.equal(got.usage.cache_read_input_tokens, 4);
      assert.equal(got.usage.cache_creation_input_tokens, 5);
      const output = got.usage.output_tokens;
      assertRow(await weir.row(call.id), {
        prompt_tokens: 1,
        prompt_cache_read_tokens: 4,
        prompt_cache_write_tokens: 5,
        completion_tokens: output,
        cost: costOf(model, 1, output, 4 * 0.3 + 2 * 3.75 + 3 * 6),
      });
    }
  });

  test('the older header for the key works too', async () => {
    const call = tagged();
    const response = await fetch(`${weir.gateway}/v1/messages`, {
      method: 'POST',
      headers: { ...call.headers, 'x-api-key': 'sk-ant-old', 'anthropic-version': '2023-06-01' },
      body: JSON.stringify(message()),
    });

    assert.equal(response.status, 200);
    assertRow(await weir.row(call.id), { ...recorded });
  });
});

describe('other endpoints', () => {
  test('counting tokens costs nothing', async () => {
    const call = tagged();
    const { model: name, messages } = message();
    const got = await anthropic.messages.countTokens({ model: name, messages }, call.options);

    assert.deepEqual(got, { input_tokens: promptTokens });
    const row = await weir.row(call.id);
    assertRow(row, { response_status: 200, provider: 'ANTHROPIC' });
    assert.equal(row.cost ?? 0, 0);
  });

  test('models', async () => {
    assert.deepEqual(await all(anthropic.models.list()), await all(direct.models.list()));
  });
});
