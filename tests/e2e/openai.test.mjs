import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { toFile } from 'openai';
import { all, answerTo, chat, hello, seenBy, tagged, weatherSchema, words } from './support/calls.mjs';
import { clientsOf, directClients } from './support/clients.mjs';
import { assertRow, assertStreamTimes, bodyOf, costOf, rowOfAnswer } from './support/rows.mjs';
import { startWorld } from './support/world.mjs';

const { mock, weir } = await startWorld();
const { openai } = clientsOf(weir);
const direct = directClients(mock).openai;

const promptTokens = words('Be brief.') + words(hello);
const completionTokens = words(answerTo(hello));
const recorded = rowOfAnswer('OPENAI', 'gpt-4o', promptTokens, completionTokens);

describe('chat', () => {
  test('a plain answer is the vendor\'s and its row says so', async () => {
    const call = tagged();
    const { data, response } = await openai.chat.completions.create(chat(), call.options).withResponse();

    assert.deepEqual(data, await direct.chat.completions.create(chat()));
    assert.equal(response.headers.get('helicone-id'), call.id);
    assert.match(response.headers.get('server-timing'), /weir;dur=[\d.]+/);
    const row = await weir.row(call.id);
    assertRow(row, { request_id: call.id, ...recorded, request_model: 'gpt-4o', response_model: 'gpt-4o' });
    assert.deepEqual(bodyOf(row.request_body), chat());
    assert.deepEqual(bodyOf(row.response_body), data);
  });

  test('a stream is the vendor\'s, without the usage nobody asked for, and its row has usage', async () => {
    const call = tagged();
    const got = await all(await openai.chat.completions.create(chat(hello, { stream: true }), call.options));

    const wanted = await all(await direct.chat.completions.create(chat(hello, { stream: true })));
    assert.deepEqual(got.map(withoutNullUsage), wanted);
    const row = await weir.row(call.id);
    assertRow(row, recorded);
    assertStreamTimes(row);
    const plain = withoutNames(await direct.chat.completions.create(chat()));
    delete plain.choices[0].message.annotations; // an empty list, of which no event of the vendor's stream tells
    assert.deepEqual(withoutNames(bodyOf(row.response_body)), plain,
                     'what is stored is the answer that the client would have got without streaming');
    assert.deepEqual(bodyOf(row.request_body), chat(hello, { stream: true }));
  });

  test('a stream shows usage to a client that asked', async () => {
    const call = tagged();
    const body = chat(hello, { stream: true, stream_options: { include_usage: true } });
    const got = await all(await openai.chat.completions.create(body, call.options));

    assert.deepEqual(got, await all(await direct.chat.completions.create(body)));
    assert.equal(got.at(-1).usage.completion_tokens, completionTokens);
    assertRow(await weir.row(call.id), recorded);
  });

  test('a tool call arrives whole, streamed or not', async () => {
    const body = chat('What is the weather in São Paulo?', {
      tools: [{ type: 'function', function: { name: 'get_weather', parameters: weatherSchema } }],
    });
    const plainCall = tagged();
    const plain = await openai.chat.completions.create(body, plainCall.options);
    assert.deepEqual(plain, await direct.chat.completions.create(body));

    const streamCall = tagged();
    const runner = openai.chat.completions.stream({ ...body, stream: true }, streamCall.options);
    const { tool_calls: streamed } = (await runner.finalChatCompletion()).choices[0].message;

    assert.equal(streamed[0].function.arguments, plain.choices[0].message.tool_calls[0].function.arguments);
    for (const { id } of [plainCall, streamCall]) {
      const stored = bodyOf((await weir.row(id)).response_body).choices[0];
      assert.equal(stored.finish_reason, 'tool_calls');
      assert.equal(stored.message.tool_calls[0].function.name, 'get_weather');
      assert.deepEqual(JSON.parse(stored.message.tool_calls[0].function.arguments),
                       { location: 'São Paulo', unit: 'celsius' });
    }
  });

  test('cached and reasoning tokens are counted apart', async () => {
    const call = tagged({ 'x-mock-cached-tokens': '3', 'x-mock-reasoning-tokens': '20' });
    await openai.chat.completions.create(chat(), call.options);

    assertRow(await weir.row(call.id), {
      prompt_tokens: promptTokens - 3,
      prompt_cache_read_tokens: 3,
      completion_tokens: completionTokens + 20,
      total_tokens: promptTokens + completionTokens + 20,
      cost: costOf('gpt-4o', promptTokens - 3, completionTokens + 20, 3 * 1.25),
    });
  });
});

/** An answer without what differs from one answer to the next. */
const withoutNames = ({ id, created, ...rest }) => rest;

/** Chunks of a stream whose usage was asked for say `usage: null`, which clients cannot tell from nothing. */
function withoutNullUsage({ usage, ...chunk }) {
  assert.equal(usage ?? null, null);
  return chunk;
}

describe('responses', () => {
  const body = { model: 'gpt-4o', instructions: 'Be brief.', input: hello };

  test('a plain response', async () => {
    const call = tagged();
    const got = await openai.responses.create(body, call.options);

    assert.deepEqual(got, await direct.responses.create(body));
    assert.equal(got.output_text, answerTo(hello));
    assertRow(await weir.row(call.id), recorded);
  });

  test('a streamed response', async () => {
    const call = tagged();
    const got = await all(await openai.responses.create({ ...body, stream: true }, call.options));

    assert.deepEqual(got, await all(await direct.responses.create({ ...body, stream: true })));
    const row = await weir.row(call.id);
    assertRow(row, recorded);
    assertStreamTimes(row);
    assert.deepEqual(bodyOf(row.response_body), got.at(-1).response);
  });

  test('a streamed function call', async () => {
    const call = tagged();
    const tool = { type: 'function', name: 'get_weather', parameters: weatherSchema, strict: false };
    const asked = { model: 'gpt-4o', input: 'The weather in Oslo?', tools: [tool], stream: true };
    const events = await all(await openai.responses.create(asked, call.options));

    assert.deepEqual(events, await all(await direct.responses.create(asked)));
    const stored = bodyOf((await weir.row(call.id)).response_body);
    assert.equal(JSON.parse(stored.output[0].arguments).location, 'Oslo');
  });
});

/** `{fetch, sent}`: a fetch for an SDK that sends a form as the bytes which it adds to `sent`. */
function notingFetch() {
  const sent = [];
  const noting = async (url, options) => {
    if (!options?.body) return fetch(url, options); // the SDK finds out first what a fetch can do
    const form = new Response(options.body); // which chooses the boundary
    sent.push(Buffer.from(await form.arrayBuffer()));
    const headers = new Headers(options.headers);
    headers.set('content-type', form.headers.get('content-type'));
    return fetch(url, { ...options, headers, body: sent.at(-1) });
  };
  return { fetch: noting, sent };
}

describe('other endpoints', () => {
  test('embeddings, as base64 and as numbers', async () => {
    const input = ['one two', 'three'];
    const body = { model: 'text-embedding-3-small', input };
    for (const more of [{}, { encoding_format: 'float' }]) {
      const call = tagged();
      const got = await openai.embeddings.create({ ...body, ...more }, call.options);

      assert.deepEqual(got, await direct.embeddings.create({ ...body, ...more }));
      assertRow(await weir.row(call.id), {
        model: 'text-embedding-3-small',
        prompt_tokens: 3,
        total_tokens: 3,
        cost: costOf('text-embedding-3-small', 3, 0),
      });
    }
  });

  test('a transcription, whose upload comes in chunks', async () => {
    const call = tagged();
    const file = () => toFile(Buffer.alloc(300_000, 7), 'speech.wav', { type: 'audio/wav' });
    const body = { model: 'gpt-4o-transcribe' };
    const got = await openai.audio.transcriptions.create({ ...body, file: await file() }, call.options);

    assert.deepEqual(got, await direct.audio.transcriptions.create({ ...body, file: await file() }));
    assert.match(got.text, /300000 bytes of speech\.wav/);
    const row = await weir.row(call.id);
    const output = words(got.text);
    assertRow(row, {
      model: 'gpt-4o-transcribe',
      response_status: 200,
      prompt_tokens: 3000, // one for each 100 bytes, all of them audio
      prompt_audio_tokens: 3000,
      completion_tokens: output,
      total_tokens: 3000 + output,
      cost: costOf('gpt-4o-transcribe', 3000, output),
    });
    assert.ok(JSON.stringify(row.request_body).length < 20_000, 'file bytes are not stored');
    assert.match(JSON.stringify(row.request_body), /speech\.wav/);
  });

  test('a file upload arrives byte for byte', async () => {
    const call = tagged();
    const bytes = Buffer.from(Array.from({ length: 5_000_000 }, (_, i) => (i * 31) % 251));
    const file = await toFile(bytes, 'training.jsonl');
    const { fetch: noting, sent } = notingFetch();
    const got = await openai.withOptions({ fetch: noting }).files.create({ file, purpose: 'fine-tune' }, call.options);

    assert.deepEqual(got, await direct.files.create({ file, purpose: 'fine-tune' }));
    assert.equal(got.bytes, bytes.length);
    assert.equal(sent.length, 1);
    assert.ok(sent[0].includes(bytes));
    const seen = await seenBy(mock, call.id);
    assert.equal(seen.body_bytes, sent[0].length);
    assert.equal(seen.sha256, createHash('sha256').update(sent[0]).digest('hex'));
    assertRow(await weir.row(call.id), { response_status: 200, provider: 'OPENAI' });
  });

  test('speech, which is binary', async () => {
    const call = tagged({ 'x-mock-body-bytes': '200000' });
    const body = { model: 'tts-1', voice: 'alloy', input: 'Say it.' };
    const got = Buffer.from(await (await openai.audio.speech.create(body, call.options)).arrayBuffer());

    const options = { headers: { 'x-mock-body-bytes': '200000' } };
    assert.ok(got.equals(Buffer.from(await (await direct.audio.speech.create(body, options)).arrayBuffer())));
    const row = await weir.row(call.id);
    const cost = (body.input.length * 15) / 1e6; // $15 for a million characters
    assertRow(row, { response_status: 200, request_model: 'tts-1', prompt_tokens: null, completion_tokens: null, cost });
    assert.ok(JSON.stringify(row.response_body).length < 20_000, 'binary bytes are not stored');
  });

  test('an image', async () => {
    const call = tagged();
    const image = { model: 'gpt-image-1', prompt: 'a cat' };
    assert.deepEqual(await openai.images.generate(image, call.options), await direct.images.generate(image));

    assertRow(await weir.row(call.id), {
      model: 'gpt-image-1',
      response_status: 200,
      prompt_tokens: 2,
      completion_tokens: 272,
      total_tokens: 274,
      cost: (2 * 5 + 272 * 40) / 1e6, // tokens of an image have a price of their own
    });
  });

  const legacy = { model: 'gpt-3.5-turbo-instruct', prompt: hello };
  const legacyRow = {
    model: legacy.model,
    response_status: 200,
    prompt_tokens: words(hello),
    completion_tokens: completionTokens,
    total_tokens: words(hello) + completionTokens,
    cost: costOf(legacy.model, words(hello), completionTokens),
  };

  test('a legacy completion', async () => {
    const call = tagged();
    assert.deepEqual(await openai.completions.create(legacy, call.options), await direct.completions.create(legacy));

    assertRow(await weir.row(call.id), legacyRow);
  });

  test('a legacy completion that is streamed, without the usage nobody asked for', async () => {
    const call = tagged();
    const got = await all(await openai.completions.create({ ...legacy, stream: true }, call.options));

    assert.deepEqual(got.map(withoutNullUsage), await all(await direct.completions.create({ ...legacy, stream: true })));
    const row = await weir.row(call.id);
    assertRow(row, legacyRow);
    assertStreamTimes(row);
    assert.equal(bodyOf(row.response_body).choices[0].text, answerTo(hello));
  });

  test('a moderation costs nothing', async () => {
    const call = tagged();
    const input = { input: 'some violence' };
    assert.deepEqual(await openai.moderations.create(input, call.options), await direct.moderations.create(input));

    assertRow(await weir.row(call.id), { response_status: 200, prompt_tokens: null, costUSD: 0 });
  });

  test('models', async () => {
    assert.deepEqual(await all(openai.models.list()), await all(direct.models.list()));
  });
});
