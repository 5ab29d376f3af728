// Small calls that many tests make, each with an id of its own by which its row and its recorded request are found.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';

/**
 * `{id, headers, options, config}`: headers that give a call the row id `id` and that the mock records, plus `more`; the
 * same as the request options of the OpenAI and Anthropic SDKs and as the config of Google's.
 */
export function tagged(more = {}) {
  const id = randomUUID();
  const headers = { 'Helicone-Request-Id': id, 'x-e2e-id': id, ...more };
  return { id, headers, options: { headers }, config: { httpOptions: { headers } } };
}

/** The mock's own record of a tagged call. */
export const seenBy = async (mock, id) => (await mock.withHeader('x-e2e-id', id))[0];

export const hello = 'Grüße from the tests 👋 to all';
export const answerTo = (text) => `Hello from the mock provider. You said: ${text}`;

/** How the mock counts tokens. */
export const words = (text) => text.split(/[ \t\n\v\f\r]+/).filter(Boolean).length;

export const chat = (text = hello, more = {}) => ({
  model: 'gpt-4o',
  messages: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: text },
  ],
  ...more,
});

export const message = (text = hello, more = {}) => ({
  model: 'claude-sonnet-4-5',
  max_tokens: 256,
  messages: [{ role: 'user', content: text }],
  ...more,
});

export const contents = (text = hello, config = {}) => ({ model: 'gemini-2.5-flash', contents: text, config });

export const weatherSchema = {
  type: 'object',
  properties: { location: { type: 'string' }, unit: { type: 'string' } },
  required: ['location'],
};

/** Everything an async iterable gives. */
export async function all(iterable) {
  const list = [];
  for await (const one of iterable) list.push(one);
  return list;
}

/** What a call throws; fails when it does not. */
export async function errorOf(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new assert.AssertionError({ message: 'the call succeeded' });
}

/** The Responses API tells of a failure by an event, which its SDK gives to the caller like any other. */
function textOfResponseEvent(event) {
  if (event.type === 'error') throw new Error(event.message);
  return event.type === 'response.output_text.delta' ? event.delta : '';
}

/** One streamed call of each SDK, told the same way: `read(client, call)` resolves to the text it got. */
export const streams = {
  'OpenAI chat': async ({ openai }, call, text) => {
    const stream = await openai.chat.completions.create(chat(text, { stream: true }), call.options);
    return (await all(stream)).map((chunk) => chunk.choices[0]?.delta.content ?? '').join('');
  },
  'OpenAI responses': async ({ openai }, call, text = hello) => {
    const stream = await openai.responses.create({ model: 'gpt-4o', input: text, stream: true }, call.options);
    return (await all(stream)).map(textOfResponseEvent).join('');
  },
  'Anthropic iterate': async ({ anthropic }, call, text) => {
    const stream = await anthropic.messages.create(message(text, { stream: true }), call.options);
    return (await all(stream)).map((e) => (e.type === 'content_block_delta' ? e.delta.text : '')).join('');
  },
  'Anthropic helper': async ({ anthropic }, call, text) => {
    const final = await anthropic.messages.stream(message(text), call.options).finalMessage();
    return final.content[0].text;
  },
  Gemini: async ({ gemini }, call, text) => {
    const stream = await gemini.models.generateContentStream(contents(text, call.config));
    return (await all(stream)).map((chunk) => chunk.text ?? '').join('');
  },
};

/** One plain call of each SDK, resolving to its text. */
export const plainCalls = {
  OpenAI: async ({ openai }, call) =>
    (await openai.chat.completions.create(chat(), call.options)).choices[0].message.content,
  Anthropic: async ({ anthropic }, call) => (await anthropic.messages.create(message(), call.options)).content[0].text,
  Gemini: async ({ gemini }, call) => (await gemini.models.generateContent(contents(hello, call.config))).text,
};
