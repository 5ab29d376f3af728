// Websockets to OpenAI's realtime API through weir, with the client that Node programs use.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import WebSocket from 'ws';
import { answerTo, hello, seenBy, tagged, words } from './support/calls.mjs';
import { keys } from './support/clients.mjs';
import { assertRow, bodyOf } from './support/rows.mjs';
import { newDirectory, startWeir, startWorld } from './support/world.mjs';

const { mock, weir } = await startWorld();
const create = { type: 'response.create' };
const say = (text) => ({
  type: 'conversation.item.create',
  item: { type: 'message', role: 'user', content: [{ type: 'input_text', text }] },
});

/** A session as it goes on: its events, its end as `[code, reason]`, or the refusal as `{status, body}`. */
function open(target, { headers = {}, protocols = [], port = weir.port } = {}) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${target}`, protocols, { headers });
  const session = { socket, events: [], waiting: [] };
  const settle = () => session.waiting.forEach((look) => look());
  socket.on('message', (data, isBinary) => {
    session.events.push(isBinary ? data : JSON.parse(data));
    settle();
  });
  session.closed = new Promise((resolve) => {
    socket.on('close', (code, reason) => resolve([code, reason.toString()]));
  });
  session.refused = new Promise((resolve) => {
    socket.on('unexpected-response', async (request, answer) => {
      let body = '';
      for await (const part of answer) body += part;
      resolve({ status: answer.statusCode, headers: answer.headers, body });
    });
  });
  socket.on('error', () => {}); // what it was shows in `closed`
  session.send = (event) => socket.send(JSON.stringify(event));
  /** The first event of that type. */
  session.reached = (type) =>
    new Promise((resolve, reject) => {
      const look = () => {
        const found = session.events.find((event) => event.type === type);
        if (found) resolve(found);
      };
      session.waiting.push(look);
      session.closed.then(() => reject(new Error(`closed before ${type}: ${JSON.stringify(session.events)}`)));
      look();
    });
  return session;
}

describe('a realtime session', () => {
  test('is what it would be without weir, and one row', async () => {
    const call = tagged({ authorization: `Bearer ${keys.openai}`, 'Helicone-User-Id': 'ann' });
    const session = open('/v1/realtime?model=gpt-realtime', call);
    await session.reached('session.created');
    for (const text of [hello, 'and again']) {
      session.send(say(text));
      session.send(create);
      await session.reached('response.done');
      if (text === hello) session.events = [];
    }
    session.socket.ping();
    session.socket.close(1000, 'thanks');
    assert.deepEqual(await session.closed, [1000, '']); // as the mock answers it

    const seen = await seenBy(mock, call.id);
    assert.ok(!seen.headers.some(([name]) => /^(helicone-|sec-websocket-extensions)/i.test(name)));
    const row = await weir.row(call.id);
    const replies = [hello, 'and again'].map((text) => words(answerTo(text)));
    const input = words(hello) + (words(hello) + replies[0] + words('and again')); // the second time all of it again
    assertRow(row, {
      provider: 'OPENAI',
      model: 'gpt-realtime',
      response_status: 101,
      request_user_id: 'ann',
      prompt_tokens: input,
      completion_tokens: replies[0] + replies[1],
      cost: (input * 4 + (replies[0] + replies[1]) * 16) / 1e6,
    });
    assert.deepEqual(bodyOf(row.request_body), [say(hello), create, say('and again'), create]);
    const told = bodyOf(row.response_body);
    assert.equal(told[0].type, 'session.created');
    assert.equal(told.at(-1).type, 'response.done');
    assert.equal(told.at(-1).response.output[0].content[0].text, answerTo('and again'));
  });

  test('has a row from its beginning', async () => {
    const call = tagged();
    const session = open('/v1/realtime?model=gpt-realtime', call);
    await session.reached('session.created');
    const pending = await weir.row(call.id, { open: true });
    session.socket.close(1000);

    assertRow(pending, { provider: 'OPENAI', model: 'gpt-realtime', response_status: -2, delay_ms: null });
    assertRow(await weir.row(call.id), { provider: 'OPENAI', model: 'gpt-realtime', response_status: 101 });
  });

  test('of a weir that was killed is ended by the next start', async () => {
    const { directory, remove } = await newDirectory();
    const killed = await startWeir(mock, directory);
    const call = tagged();
    const session = open('/v1/realtime?model=gpt-realtime', { ...call, port: killed.port });
    await session.reached('session.created');
    await killed.row(call.id, { open: true });
    killed.process.child.kill('SIGKILL');
    await killed.process.ended;

    const next = await startWeir(mock, directory);
    assertRow(await next.row(call.id), { response_status: 101, model: 'gpt-realtime' });
    await next.process.stop();
    await remove();
  });

  test('carries binary messages and large ones in both directions', async () => {
    const session = open('/v1/realtime?model=gpt-realtime');
    await session.reached('session.created');
    const audio = Buffer.alloc(3_000_000, 7);
    session.socket.send(audio);
    while (session.events.length < 2) await new Promise((resolve) => session.waiting.push(resolve));

    assert.ok(audio.equals(session.events[1]));
    session.socket.close(3001);
    assert.equal((await session.closed)[0], 3001);
  });

  test('that the provider refuses ends with its status and body', async () => {
    for (const status of [401, 429, 500]) {
      const call = tagged();
      const session = open(`/v1/realtime?model=gpt-realtime&mock-status=${status}&mock-retry-after=7`, call);
      const { status: got, headers, body } = await session.refused;

      assert.equal(got, status);
      assert.equal(headers['helicone-id'], call.id);
      assert.equal(headers['retry-after'], '7');
      assert.ok(JSON.parse(body).error.message);
      assertRow(await weir.row(call.id), { response_status: status });
    }
  });

  test('that breaks off is an abnormal end, and its row has what came', async () => {
    for (const knob of ['3', '3,rst']) {
      const call = tagged();
      const session = open(`/v1/realtime?model=gpt-realtime&mock-cut=${knob}`, call);
      await session.reached('session.created');
      session.send(say(hello));
      session.send(create);
      assert.equal((await session.closed)[0], 1006);

      const row = await weir.row(call.id);
      assert.equal(row.response_status, 101);
      const deltas = bodyOf(row.response_body).filter(({ type }) => type === 'response.output_text.delta');
      assert.ok(deltas.length <= 3);
    }
  });

  test('of a client that vanishes is cancelled', async () => {
    const call = tagged();
    const session = open('/v1/realtime?model=gpt-realtime&mock-interval=50', call);
    await session.reached('session.created');
    session.send(say(hello));
    session.send(create);
    await session.reached('response.output_text.delta');
    session.socket.terminate();

    assert.equal((await weir.row(call.id)).response_status, -3);
  });

  test('of a browser keeps its key out of the record and the log', async () => {
    const secret = 'sk-e2e-browser-0123456789';
    const call = tagged();
    const protocols = ['realtime', `openai-insecure-api-key.${secret}`, 'openai-beta.realtime-v1'];
    const session = open('/v1/realtime?model=gpt-realtime', { ...call, protocols });
    await session.reached('session.created');
    assert.equal(session.socket.protocol, 'realtime');
    session.socket.close(1000);
    await session.closed;

    const seen = await seenBy(mock, call.id);
    assert.ok(seen.headers.some(([name, value]) => /^sec-websocket-protocol$/i.test(name) && value.includes(secret)));
    await weir.row(call.id);
    assert.ok(!(await weir.files()).includes(secret));
    assert.ok(!weir.process.log.includes(secret));
  });

  test('of a web page is refused unless its origin is allowed', async () => {
    const session = open('/v1/realtime?model=gpt-realtime', { headers: { origin: 'https://evil.example' } });
    const { status, headers } = await session.refused;

    assert.equal(status, 403);
    assert.equal(headers['x-weir-error'], 'origin_not_allowed');
  });
});
