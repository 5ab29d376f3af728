import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { all, answerTo, contents, hello, tagged, weatherSchema, words } from './support/calls.mjs';
import { clientsOf, directClients, keys } from './support/clients.mjs';
import { assertRow, assertStreamTimes, bodyOf, costOf, rowOfAnswer } from './support/rows.mjs';
import { startWorld } from './support/world.mjs';

const { mock, weir } = await startWorld();
const { gemini } = clientsOf(weir);
const direct = directClients(mock).gemini;

const model = 'gemini-2.5-flash';
const promptTokens = words(hello);
const completionTokens = words(answerTo(hello));
const recorded = rowOfAnswer('GOOGLE', model, promptTokens, completionTokens);

/** What the SDK read, without the headers it kept. */
const read = (response) => {
  const { sdkHttpResponse, ...rest } = JSON.parse(JSON.stringify(response));
  return rest;
};

/** The vendor's answer to the same without streaming, as it stands on the wire. */
async function plainAnswer() {
  const response = await fetch(`${mock.url}/v1beta/models/${model}:generateContent`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ contents: [{ role: 'user', parts: [{ text: hello }] }] }),
  });
  return response.json();
}

const withoutId = ({ responseId, createTime, ...rest }) => rest;

const textOf = (stored) =>
  stored.candidates[0].content.parts.map((part) => part.text ?? '').join('');

describe('generateContent', () => {
  test('a plain answer', async () => {
    const call = tagged();
    const got = await gemini.models.generateContent(contents(hello, call.config));

    assert.deepEqual(read(got), read(await direct.models.generateContent(contents())));
    assert.equal(got.text, answerTo(hello));
    const row = await weir.row(call.id);
    assertRow(row, recorded);
    assert.equal(textOf(bodyOf(row.response_body)), answerTo(hello));
  });

  test('a stream', async () => {
    const call = tagged();
    const got = await all(await gemini.models.generateContentStream(contents(hello, call.config)));

    const wanted = await all(await direct.models.generateContentStream(contents()));
    assert.deepEqual(got.map(read), wanted.map(read));
    const row = await weir.row(call.id);
    assertRow(row, recorded);
    assertStreamTimes(row);
    assert.deepEqual(withoutId(bodyOf(row.response_body)), withoutId(await plainAnswer()),
                     'what is stored is the answer that the client would have got without streaming');
  });

  test('the stream that is a JSON array', async () => {
    const call = tagged();
    const response = await fetch(`${weir.gateway}/v1beta/models/${model}:streamGenerateContent?key=${keys.gemini}`, {
      method: 'POST',
      headers: { ...call.headers, 'content-type': 'application/json' },
      body: JSON.stringify({ contents: [{ role: 'user', parts: [{ text: hello }] }] }),
    });

    const list = await response.json();
    assert.equal(list.map((one) => one.candidates[0].content.parts[0].text).join(''), answerTo(hello));
    const row = await weir.row(call.id);
    assertRow(row, recorded);
    assert.ok(!row.target_url.includes(keys.gemini), row.target_url);
    assert.deepEqual(withoutId(bodyOf(row.response_body)), withoutId(await plainAnswer()));
  });

  test('a function call, streamed or not', async () => {
    const tools = [{ functionDeclarations: [{ name: 'get_weather', parametersJsonSchema: weatherSchema }] }];
    const text = 'The weather in Kraków?';
    const plainCall = tagged();
    const streamCall = tagged();
    const plain = await gemini.models.generateContent(contents(text, { tools, ...plainCall.config }));
    const stream = await gemini.models.generateContentStream(contents(text, { tools, ...streamCall.config }));
    const streamed = (await all(stream)).flatMap((chunk) => chunk.functionCalls ?? []);

    const expected = [{ name: 'get_weather', args: { location: 'Kraków', unit: 'celsius' } }];
    assert.deepEqual(plain.functionCalls, expected);
    assert.deepEqual(streamed, expected);
    for (const { id } of [plainCall, streamCall]) {
      const [part] = bodyOf((await weir.row(id)).response_body).candidates[0].content.parts;
      assert.deepEqual(part.functionCall, expected[0]);
    }
  });

  test('thoughts count as output, cached content as cache reads', async () => {
    const call = tagged({ 'x-mock-reasoning-tokens': '11', 'x-mock-cached-tokens': '2' });
    await gemini.models.generateContent(contents(hello, call.config));

    assertRow(await weir.row(call.id), {
      prompt_tokens: promptTokens - 2,
      prompt_cache_read_tokens: 2,
      completion_tokens: completionTokens + 11,
      total_tokens: promptTokens + completionTokens + 11,
      cost: costOf(model, promptTokens - 2, completionTokens + 11, 2 * 0.03),
    });
  });
});

describe('other methods', () => {
  test('embedContent and countTokens', async () => {
    const call = tagged();
    const asked = { model: 'gemini-embedding-001', contents: ['one', 'two'] };
    const got = await gemini.models.embedContent({ ...asked, config: call.config });
    assert.deepEqual(read(got), read(await direct.models.embedContent(asked)));
    assertRow(await weir.row(call.id), { provider: 'GOOGLE', response_status: 200 });

    const counted = await gemini.models.countTokens({ model, contents: hello });
    assert.equal(counted.totalTokens, promptTokens);
  });
});
