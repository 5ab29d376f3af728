// Calls that weir did not carry, logged by Helicone's own helper and by OpenTelemetry's formats, on both listeners.
import { HeliconeManualLogger } from '@helicone/helpers';
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { answerTo, chat, hello, message, tagged } from './support/calls.mjs';
import { clientsOf } from './support/clients.mjs';
import { eventually } from './support/eventually.mjs';
import { runKeys } from './support/keys.mjs';
import { assertRow, bodyOf, costOf } from './support/rows.mjs';
import { startWorld } from './support/world.mjs';

const { weir } = await startWorld();
const { openai } = clientsOf(weir);

// The helper always sends a key, and the admin side takes none that is wrong.
const apiKey = runKeys(weir.directory, 'create', '--name', 'logger').stdout.trim();
await eventually('the server to know the key', async () => {
  const answer = await fetch(`${weir.admin}/v1/request/00000000-0000-4000-8000-000000000000`, { headers: { authorization: `Bearer ${apiKey}` } });
  return answer.status === 404;
});

const usage = { prompt_tokens: 20, completion_tokens: 10, total_tokens: 30 };
const completion = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  model: 'gpt-4o',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
  usage,
};

const loggerAt = (base, headers) =>
  new HeliconeManualLogger({ apiKey, loggingEndpoint: `${base}/custom/v1/log`, headers });

const post = (base, path, body, headers = {}) =>
  fetch(base + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
  });

for (const [listener, base] of [['gateway', weir.gateway], ['admin side', weir.admin]])
  describe(`Helicone's manual logger at the ${listener}`, () => {
    test('logRequest: a row with usage, cost, bodies and labels', async () => {
      const { id } = tagged();
      const logger = loggerAt(base, { 'Helicone-Property-App': 'shop' });
      const headers = { 'Helicone-Request-Id': id, 'Helicone-User-Id': 'ann', 'Helicone-Session-Id': 's1', 'Helicone-Prompt-Id': 'p1' };
      const begun = Date.now();

      await logger.logRequest(chat(), async (recorder) => {
        await new Promise((resolve) => setTimeout(resolve, 30));
        recorder.appendResults(completion);
      }, headers, 'openai');

      const row = await weir.row(id);
      assertRow(row, {
        provider: 'OPENAI',
        request_path: 'async-unknown-path',
        request_model: 'gpt-4o',
        response_status: 200,
        prompt_tokens: 20,
        completion_tokens: 10,
        total_tokens: 30,
        request_user_id: 'ann',
        cost: costOf('gpt-4o', 20, 10),
      });
      assert.equal(row.request_properties.App, 'shop');
      assert.equal(row.request_properties['Helicone-Session-Id'], 's1');
      assert.deepEqual(bodyOf(row.request_body), chat());
      assert.equal(bodyOf(row.response_body).choices[0].message.content, 'Hi');
      assert.ok(row.delay_ms >= 25 && row.delay_ms < 10_000, `delay_ms ${row.delay_ms}`);
      assert.ok(Math.abs(Date.parse(row.request_created_at) - begun) < 5_000, row.request_created_at);
    });

    test('logStream: the stream of the OpenAI SDK is put together', async () => {
      const { id } = tagged();
      const stream = await openai.chat.completions.create(chat(hello, { stream: true }));
      const [mine, logged] = stream.tee();

      await loggerAt(base).logStream(chat(hello, { stream: true }), async (recorder) => {
        recorder.attachStream(logged.toReadableStream());
        return mine;
      }, { 'Helicone-Request-Id': id });

      const row = await weir.row(id);
      assert.equal(bodyOf(row.response_body).choices[0].message.content, answerTo(hello));
      assert.equal(row.response_status, 200);
      assert.equal(typeof row.time_to_first_token, 'number');
    });

    test('logBuilder: a stream of the client, and an error', async () => {
      const { id } = tagged();
      const stream = await openai.chat.completions.create(chat(hello, { stream: true }));
      const builder = loggerAt(base).logBuilder(chat(hello, { stream: true }), { 'Helicone-Request-Id': id });
      for await (const _ of builder.toReadableStream(stream));
      await builder.sendLog();
      const row = await weir.row(id);
      assert.equal(bodyOf(row.response_body).choices[0].message.content, answerTo(hello));

      const failed = tagged();
      const failing = loggerAt(base).logBuilder(chat(), { 'Helicone-Request-Id': failed.id });
      failing.setError(new Error('it broke'));
      await failing.sendLog();
      const failure = await weir.row(failed.id);
      assert.equal(failure.response_status, 500);
      assert.match(JSON.stringify(failure.response_body), /it broke/);
    });

    test('sendLog: a call of yesterday stands where yesterday was', async () => {
      const { id } = tagged();
      const startTime = Date.now() - 86_400_000;
      await loggerAt(base).sendLog(message(), { type: 'message', model: 'claude-sonnet-4-5', role: 'assistant', content: [{ type: 'text', text: 'Hi' }], stop_reason: 'end_turn', usage: { input_tokens: 20, output_tokens: 10 } },
        { startTime, endTime: startTime + 1500, additionalHeaders: { 'Helicone-Request-Id': id }, provider: 'ANTHROPIC' });

      const row = await weir.row(id);
      assertRow(row, { provider: 'ANTHROPIC', delay_ms: 1500, total_tokens: 30, cost: costOf('claude-sonnet-4-5', 20, 10) });
      assert.equal(Date.parse(row.request_created_at), startTime);
      assert.ok((await weir.rows()).slice(-2).some((one) => one.request_id === id)); // with the other listener's, the oldest
    });

    test('the answer is "ok" with the id; what is no log is 400', async () => {
      const log = { providerRequest: { url: 'x', json: chat(), meta: {} }, providerResponse: { json: completion, status: 200, headers: {} } };
      const good = await post(base, '/custom/v1/log', log);
      assert.equal(good.status, 200);
      assert.equal(await good.text(), 'ok');
      assert.equal((await weir.row(good.headers.get('helicone-id'))).request_model, 'gpt-4o');

      for (const bad of ['{}', 'nothing', { ...log, providerResponse: { status: 'fine' } }])
        assert.equal((await post(base, '/oai/v1/log', bad)).status, 400);
      assert.equal((await post(base, '/oai/v1/log', ' '.repeat(10 * 1024 * 1024 + 1))).status, 413);
    });
  });

test('the admin side takes the same body at the paths of its own', async () => {
  for (const path of ['/v1/trace/custom/log', '/v1/trace/custom/v1/log']) {
    const { id } = tagged();
    const answer = await post(weir.admin, path, {
      providerRequest: { url: 'x', json: chat(), meta: { 'Helicone-Request-Id': id, 'Helicone-Property-From': 'meta' } },
      providerResponse: { json: completion, status: 200, headers: {} },
    });
    assert.equal(answer.status, 204);
    assertRow(await weir.row(id), { provider: 'OPENAI', total_tokens: 30, request_properties: { From: 'meta' } });
  }
});

describe('a trace of OpenTelemetry becomes calls', () => {
  const attributes = (tag) => ({
    'gen_ai.system': 'OpenAI',
    'gen_ai.request.model': 'gpt-4o',
    'gen_ai.response.model': 'gpt-4o',
    'gen_ai.prompt.0.role': 'user',
    'gen_ai.prompt.0.content': 'Hi?',
    'gen_ai.completion.0.role': 'assistant',
    'gen_ai.completion.0.content': 'Hi!',
    'gen_ai.usage.prompt_tokens': 20,
    'gen_ai.usage.completion_tokens': 10,
    'llm.usage.total_tokens': 30,
    'traceloop.association.properties.Helicone-User-Id': tag,
    'traceloop.association.properties.Helicone-Property-App': 'shop',
  });
  const startNs = BigInt(Date.now() - 60_000) * 1_000_000n, endNs = startNs + 250_000_000n;

  const jsonTrace = (tag) => JSON.stringify({
    resourceSpans: [{ scopeSpans: [{ spans: [{
      name: 'openai.chat',
      startTimeUnixNano: String(startNs),
      endTimeUnixNano: String(endNs),
      attributes: Object.entries(attributes(tag)).map(([key, value]) => ({
        key,
        value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value },
      })),
    }] }] }],
  });

  const varint = (value) => {
    const bytes = [];
    for (let left = BigInt(value); ; left >>= 7n) {
      if (left < 0x80n) return Buffer.from([...bytes, Number(left)]);
      bytes.push(Number(left & 0x7fn) | 0x80);
    }
  };
  const bytesField = (field, bytes) => Buffer.concat([varint(field * 8 + 2), varint(bytes.length), bytes]);
  const fixedField = (field, value) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(value);
    return Buffer.concat([varint(field * 8 + 1), bytes]);
  };
  const protobufTrace = (tag) => {
    const spans = Object.entries(attributes(tag)).map(([key, value]) => {
      const any = typeof value === 'number' ? Buffer.concat([varint(3 * 8), varint(value)]) : bytesField(1, Buffer.from(value));
      return bytesField(9, Buffer.concat([bytesField(1, Buffer.from(key)), bytesField(2, any)]));
    });
    return bytesField(1, bytesField(2, bytesField(2, Buffer.concat([fixedField(7, startNs), fixedField(8, endNs), ...spans]))));
  };

  const cases = {
    'as JSON': ['/v1/trace/log', jsonTrace, {}],
    'as protobuf': ['/v1/trace/log-python', protobufTrace, { 'content-type': 'application/x-protobuf' }],
    'as protobuf, compressed': ['/v1/trace/log-python', (tag) => gzipSync(protobufTrace(tag)), { 'content-type': 'application/x-protobuf', 'content-encoding': 'gzip' }],
  };
  for (const [what, [path, body, headers]] of Object.entries(cases))
    test(what, async () => {
      const tag = `user ${what}`;
      const answer = await post(weir.admin, path, body(tag), headers);
      assert.equal(answer.status, 204, await answer.text());

      const rows = await weir.rows({ request: { user_id: { equals: tag } } });
      assert.equal(rows.length, 1);
      assertRow(rows[0], { provider: 'OPENAI', delay_ms: 250, response_status: 200, total_tokens: 30, request_properties: { App: 'shop' }, cost: costOf('gpt-4o', 20, 10) });
      const row = await weir.row(rows[0].request_id);
      assert.equal(bodyOf(row.response_body).choices[0].message.content, 'Hi!');
    });
});
