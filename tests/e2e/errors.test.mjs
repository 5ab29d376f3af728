import Anthropic from '@anthropic-ai/sdk';
import { ApiError } from '@google/genai';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import OpenAI from 'openai';
import {
  answerTo, chat, contents, errorOf, hello, message, plainCalls, seenBy, streams, tagged,
} from './support/calls.mjs';
import { clientsOf, directClients } from './support/clients.mjs';
import { eventually } from './support/eventually.mjs';
import { assertRow } from './support/rows.mjs';
import { startWeirForFile, startWorld } from './support/world.mjs';

const { mock, weir } = await startWorld({ gateway: 'first_byte_timeout = "4s"\nmax_request_body = "20kB"' });
const clients = clientsOf(weir);
/** For providers that do not answer: it would miss the answer of one that does, on a busy machine. */
const impatient = await startWeirForFile(mock, { gateway: 'first_byte_timeout = "400ms"' });
const direct = directClients(mock);

const vendors = { OpenAI: 'OPENAI', Anthropic: 'ANTHROPIC', Gemini: 'GOOGLE' };

/** The class that each SDK raises for a status. */
const errorClass = {
  OpenAI: (status) =>
    ({ 400: OpenAI.BadRequestError, 401: OpenAI.AuthenticationError, 403: OpenAI.PermissionDeniedError,
       404: OpenAI.NotFoundError, 429: OpenAI.RateLimitError })[status] ?? OpenAI.InternalServerError,
  Anthropic: (status) =>
    ({ 400: Anthropic.BadRequestError, 401: Anthropic.AuthenticationError, 403: Anthropic.PermissionDeniedError,
       404: Anthropic.NotFoundError, 429: Anthropic.RateLimitError })[status] ?? Anthropic.InternalServerError,
  Gemini: () => ApiError,
};

describe('errors of the vendor pass through', () => {
  for (const [sdk, provider] of Object.entries(vendors))
    for (const status of [400, 401, 403, 404, 409, 429, 500, 503, 529])
      test(`${sdk} ${status}`, async () => {
        const knobs = { 'x-mock-status': String(status), ...(status === 429 && { 'x-mock-retry-after': '7' }) };
        const call = tagged(knobs);
        const error = await errorOf(plainCalls[sdk](clients, call));
        const wanted = await errorOf(plainCalls[sdk](direct, tagged(knobs)));

        if (sdk !== 'Gemini' && status !== 409) assert.ok(error instanceof errorClass[sdk](status), error.constructor.name);
        assert.equal(error.constructor, wanted.constructor);
        assert.equal(error.status, status);
        assert.equal(error.message, wanted.message);
        assert.equal(error.headers?.get('x-weir-error') ?? null, null);
        if (status === 429 && error.headers) assert.equal(error.headers.get('retry-after'), '7');
        assertRow(await weir.row(call.id), { response_status: status, provider });
      });

  for (const sdk of Object.keys(vendors))
    test(`${sdk}: an HTML page instead of an answer`, async () => {
      const call = tagged({ 'x-mock-html': '1' });
      const error = await errorOf(plainCalls[sdk](clients, call));

      assert.equal(error.status, 502);
      assert.equal(error.message, (await errorOf(plainCalls[sdk](direct, tagged({ 'x-mock-html': '1' })))).message);
      const row = await weir.row(call.id);
      assertRow(row, { response_status: 502 });
      assert.match(String(row.response_body), /<html>/);
    });

  for (const [name, read] of Object.entries(streams))
    test(`${name}: an error in answer to a streaming call`, async () => {
      const call = tagged({ 'x-mock-status': '429' });
      const error = await errorOf(read(clients, call));

      assert.equal(error.status, 429);
      assertRow(await weir.row(call.id), { response_status: 429 });
    });

  test('a wrong key is the vendor\'s to refuse', async () => {
    const wrong = new OpenAI({ apiKey: 'invalid', baseURL: `${weir.gateway}/v1`, maxRetries: 0 });
    const error = await errorOf(wrong.chat.completions.create(chat()));

    assert.ok(error instanceof OpenAI.AuthenticationError);
    assert.equal(error.code, 'invalid_api_key');
  });

  test('a retry of the SDK is a call and a row of its own', async () => {
    const key = randomUUID();
    const headers = { 'x-e2e-id': key, 'x-mock-status': '429', 'x-mock-times': '1', 'x-mock-key': key,
                      'x-mock-response-header': 'retry-after-ms: 20', 'Helicone-Property-Retry': key };
    const answer = await clients.openai.chat.completions.create(chat(), { headers, maxRetries: 2 });

    assert.equal(answer.choices[0].message.content, answerTo(hello));
    const seen = await mock.withHeader('x-e2e-id', key);
    assert.deepEqual(seen.map((r) => r.headers.find(([n]) => n.toLowerCase() === 'x-stainless-retry-count')[1]), ['0', '1']);
    const rows = await eventually('both rows', async () => {
      const found = (await weir.rows()).filter((row) => Object.values(row.properties).includes(key));
      return found.length >= 2 && found;
    });
    assert.deepEqual(rows.map((row) => row.response_status), [200, 429], 'newest first');
    assert.notEqual(rows[0].request_id, rows[1].request_id);
  });
});

describe('errors of weir are typed errors too', () => {
  const other = (path) => ({ openai: path, anthropic: path, gemini: path });
  const cases = {
    'an unknown provider': { status: 404, code: 'unknown_provider', clients: clientsOf(weir, other('v1/gateway/nosuch')) },
    'a target that is not allowed': {
      status: 403,
      code: 'target_not_allowed',
      clients: clientsOf(weir, other('.')),
      headers: { 'Helicone-Target-Url': 'https://169.254.169.254' },
    },
    'a provider that cannot be reached': {
      status: 502,
      code: 'upstream_unreachable',
      clients: clientsOf(weir, { openai: 'refused', anthropic: 'refused_claude', gemini: 'refused_gemini' }),
    },
    'a provider that does not answer': {
      status: 504,
      code: 'upstream_timeout',
      of: impatient,
      clients: clientsOf(impatient),
      headers: { 'x-mock-stall': 'head' },
      rowStatus: -1,
    },
  };
  for (const [what, c] of Object.entries(cases))
    for (const sdk of Object.keys(vendors))
      test(`${sdk}: ${what}`, async () => {
        const call = tagged(c.headers);
        const error = await errorOf(plainCalls[sdk](c.clients, call));

        assert.ok(error instanceof errorClass[sdk](c.status), `${error.constructor.name}: ${error.message}`);
        assert.equal(error.status, c.status);
        assert.match(error.message, /weir/i);
        if (error.headers) {
          assert.equal(error.headers.get('x-weir-error'), c.code);
          assert.equal(error.headers.get('helicone-id'), call.id);
        }
        if (sdk === 'OpenAI') assert.equal(error.code, c.code);
        assertRow(await (c.of ?? weir).row(call.id), { response_status: c.rowStatus ?? c.status });
      });

  const long = 'too long '.repeat(4000);
  const tooLarge = {
    OpenAI: (call) => clients.openai.chat.completions.create(chat(long), call.options),
    Anthropic: (call) => clients.anthropic.messages.create(message(long), call.options),
    Gemini: (call) => clients.gemini.models.generateContent(contents(long, call.config)),
  };
  const generalClass = { OpenAI: OpenAI.APIError, Anthropic: Anthropic.APIError, Gemini: ApiError };
  for (const [sdk, ask] of Object.entries(tooLarge))
    test(`${sdk}: a request that is too large`, async () => {
      const call = tagged();
      const error = await errorOf(ask(call));

      assert.ok(error instanceof generalClass[sdk], `${error.constructor.name}: ${error.message}`);
      assert.equal(error.status, 413);
      assert.match(error.message, /weir: the request body is larger than gateway\.max_request_body/);
      if (error.headers) {
        assert.equal(error.headers.get('x-weir-error'), 'request_too_large');
        assert.equal(error.headers.get('helicone-id'), call.id);
      }
      if (sdk === 'OpenAI') assert.equal(error.code, 'request_too_large');
      if (sdk === 'Gemini') assert.match(error.message, /INVALID_ARGUMENT/);
      assertRow(await weir.row(call.id), { response_status: 413, provider: vendors[sdk] });
      assert.equal(await seenBy(mock, call.id), undefined);
    });

  for (const [name, read] of Object.entries(streams))
    test(`${name}: a provider that does not answer a streaming call`, async () => {
      const call = tagged({ 'x-mock-stall': 'head' });
      assert.equal((await errorOf(read(clientsOf(impatient), call))).status, 504);
      assertRow(await impatient.row(call.id), { response_status: -1 });
    });

  test('the body suits every SDK at once', async () => {
    const response = await fetch(`${weir.gateway}/refused/v1/chat/completions`, {
      method: 'POST',
      headers: tagged().headers,
      body: JSON.stringify(chat()),
    });
    const body = await response.json();

    assert.equal(response.status, 502);
    assert.match(response.headers.get('content-type'), /^application\/json/);
    assert.equal(body.type, 'error');
    assert.equal(body.message, body.error.message);
    assert.deepEqual({ ...body.error, message: '' },
                     { type: 'weir_error', code: 'upstream_unreachable', message: '', param: null });
    assert.equal(body.request_id, response.headers.get('helicone-id'));
  });

  test('google targets get Google\'s shape', async () => {
    const response = await fetch(`${weir.gateway}/refused_gemini/v1beta/models/g:generateContent`, {
      method: 'POST',
      body: JSON.stringify({ contents: [] }),
    });
    const { error } = await response.json();

    assert.equal(error.code, 502);
    assert.equal(error.status, 'UNAVAILABLE');
    assert.equal(response.headers.get('x-weir-error'), 'upstream_unreachable');
  });

  test('a doubled /v1 says what the base URL should be, and reaches no vendor', async () => {
    const call = tagged();
    const doubled = new Anthropic({ apiKey: 'k', baseURL: `${weir.gateway}/v1`, maxRetries: 0 });
    const error = await errorOf(doubled.messages.create(message(), call.options));

    assert.ok(error instanceof Anthropic.NotFoundError);
    assert.match(error.message, /base url/i);
    assert.equal(await seenBy(mock, call.id), undefined);
  });

  test('a slow stream is not a silent provider', async () => {
    const call = tagged({ 'x-mock-first-chunk-delay': '5s' });
    const got = await clients.gemini.models.generateContent(contents(hello, call.config));
    assert.equal(got.text, answerTo(hello));
  });
});
