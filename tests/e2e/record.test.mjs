// What is written down of a call, and what is not.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { answerTo, chat, hello, plainCalls, seenBy, streams, tagged, words } from './support/calls.mjs';
import { clientsOf, keys } from './support/clients.mjs';
import { eventually } from './support/eventually.mjs';
import { assertRow, assertStreamTimes, bodyOf, costOf } from './support/rows.mjs';
import { startWorld } from './support/world.mjs';

const { mock, weir } = await startWorld();
const clients = clientsOf(weir);
const { openai } = clients;

const uuid7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('headers that tag a call', () => {
  test('properties, session and user', async () => {
    const call = tagged({
      'Helicone-Property-Environment': 'staging',
      'Helicone-Property-App-Version': 'größe 1.2',
      'Helicone-Session-Id': 'session-1',
      'Helicone-Session-Path': '/outline/chapter',
      'Helicone-Session-Name': 'Writing',
      'Helicone-User-Id': 'user-42',
    });
    // A header value is bytes; fetch takes only Latin-1, so the UTF-8 bytes are given one by one.
    call.headers['Helicone-Property-App-Version'] = Buffer.from('größe 1.2').toString('latin1');
    await openai.chat.completions.create(chat(), call.options);

    const row = await weir.row(call.id);
    assertRow(row, { request_user_id: 'user-42' });
    const lower = Object.fromEntries(Object.entries(row.properties).map(([k, v]) => [k.toLowerCase(), v]));
    assert.equal(lower.environment, 'staging');
    assert.equal(lower['app-version'], 'größe 1.2');
    assert.equal(row.properties['Helicone-Session-Id'], 'session-1');
    assert.equal(row.properties['Helicone-Session-Path'], '/outline/chapter');
    assert.equal(row.properties['Helicone-Session-Name'], 'Writing');
  });

  test('the user of the body, when no header names one', async () => {
    const call = tagged();
    await openai.chat.completions.create(chat(hello, { user: 'from-the-body' }), call.options);

    assertRow(await weir.row(call.id), { request_user_id: 'from-the-body' });
  });

  test('a call without an id of its own is given one', async () => {
    const { response } = await openai.chat.completions.create(chat()).withResponse();
    const id = response.headers.get('helicone-id');

    assert.match(id, uuid7);
    assertRow(await weir.row(id), { request_id: id, response_status: 200 });
  });

  test('an id that is no UUID is as good as none', async () => {
    const options = { headers: { 'Helicone-Request-Id': 'my-own-id' } };
    const { response } = await openai.chat.completions.create(chat(), options).withResponse();
    const id = response.headers.get('helicone-id');

    assert.match(id, uuid7);
    assertRow(await weir.row(id), { request_id: id, response_status: 200 });
  });

  test('none of weir\'s headers reaches the vendor, all others do', async () => {
    const call = tagged({
      'Helicone-Property-A': '1',
      'Helicone-Unheard-Of': 'x',
      'Helicone-Session-Id': 's',
      'X-Of-My-Own': 'kept',
    });
    for (const read of [...Object.values(plainCalls), ...Object.values(streams)]) await read(clients, call);

    const seen = await mock.withHeader('x-e2e-id', call.id);
    assert.equal(seen.length, Object.keys(plainCalls).length + Object.keys(streams).length);
    for (const request of seen) {
      const names = request.headers.map(([name]) => name.toLowerCase());
      assert.deepEqual(names.filter((name) => name.startsWith('helicone')), []);
      assert.ok(names.includes('x-of-my-own') && names.includes('user-agent'), names.join());
      assert.equal(request.headers.find(([name]) => name.toLowerCase() === 'host')[1], new URL(mock.url).host);
    }
  });

  test('the model of a header prices the call', async () => {
    const call = tagged({ 'Helicone-Model-Override': 'gpt-4o' });
    await openai.chat.completions.create(chat(hello, { model: 'my-deployment' }), call.options);

    const prompt = words('Be brief.') + words(hello);
    const cost = costOf('gpt-4o', prompt, words(answerTo(hello)));
    assertRow(await weir.row(call.id), { model: 'gpt-4o', request_model: 'my-deployment', cost });
    assert.equal(JSON.parse((await seenBy(mock, call.id)).body).model, 'my-deployment');
  });

  test('bodies can be left out, figures stay', async () => {
    const call = tagged({ 'Helicone-Omit-Request': 'true', 'Helicone-Omit-Response': 'true' });
    const secret = 'never-to-be-written-4711';
    await openai.chat.completions.create(chat(secret), call.options);

    const row = await weir.row(call.id);
    assert.deepEqual(bodyOf(row.request_body), { model: 'gpt-4o' });
    assert.equal(row.completion_tokens, words(answerTo(secret)));
    assert.ok(!(await weir.files()).includes(secret));
  });
});

describe('odd calls are recorded', () => {
  test('a model without a price has no cost, not a cost of 0', async () => {
    const call = tagged();
    await openai.chat.completions.create(chat(hello, { model: 'unheard-of-model' }), call.options);

    const row = await weir.row(call.id);
    assertRow(row, { model: 'unheard-of-model', response_status: 200 });
    assert.strictEqual(row.costUSD, null);
    assert.strictEqual(row.cost, null);
  });

  test('a compressed answer is read and passed on as it is', async () => {
    for (const encoding of ['gzip', 'deflate']) {
      const call = tagged({ 'x-mock-encoding': encoding });
      const answer = await openai.chat.completions.create(chat(), call.options);

      assert.equal(answer.choices[0].message.content, answerTo(hello));
      const row = await weir.row(call.id);
      assertRow(row, { completion_tokens: words(answerTo(hello)) });
      assert.equal(bodyOf(row.response_body).choices[0].message.content, answerTo(hello));
    }
  });

  test('an answer too long to be stored is relayed whole and counted', async () => {
    const call = tagged({ 'x-mock-body-bytes': '6000000' });
    const answer = await openai.chat.completions.create(chat(), call.options);

    assert.ok(answer.choices[0].message.content.length > 5_900_000);
    assertRow(await weir.row(call.id), { completion_tokens: words(answerTo(hello)), response_status: 200 });
  });

  test('a request too long to be rewritten streams all the same', async () => {
    const call = tagged();
    const text = 'x'.repeat(20_000_000);
    const chunks = [];
    for await (const c of await openai.chat.completions.create(chat(text, { stream: true }), call.options)) chunks.push(c);

    assert.ok((await seenBy(mock, call.id)).body_bytes >= text.length);
    assertRow(await weir.row(call.id), { response_status: 200 });
  });

  test('a path the vendor does not know', async () => {
    const call = tagged();
    const response = await fetch(`${weir.gateway}/openai/v1/no/such/thing`, { headers: call.headers });

    assert.equal(response.status, 404);
    assertRow(await weir.row(call.id), { response_status: 404, request_path: '/openai/v1/no/such/thing' });
  });
});

test('200 streams at once all complete and make 200 rows', async () => {
  const mark = `crowd-${process.pid}`;
  const call = () => tagged({ 'Helicone-User-Id': mark, 'x-mock-chunks': '50', 'x-mock-interval': '5ms' });
  const calls = Array.from({ length: 200 }, call);
  const readers = Object.values(streams);
  const texts = await Promise.all(calls.map((one, i) => readers[i % readers.length](clients, one, `Number ${i}`)));

  texts.forEach((text, i) => assert.ok(text.startsWith(answerTo(`Number ${i}`)), text.slice(0, 100)));
  const rows = await eventually('200 rows', async () => {
    const found = (await weir.rows()).filter((row) => row.request_user_id === mark);
    return found.length >= 200 && found;
  });
  assert.deepEqual(new Set(rows.map((row) => row.request_id)), new Set(calls.map(({ id }) => id)));
  for (const row of rows) {
    assertRow(row, { response_status: 200, completion_tokens: 50 });
    assertStreamTimes(row);
  }
});

test('no key is in the database, its log or weir\'s output', async () => {
  const call = tagged();
  for (const read of Object.values(plainCalls)) await read(clients, call);
  const key = encodeURIComponent(keys.gemini);
  await fetch(`${weir.gateway}/v1beta/models/gemini-2.5-flash:generateContent?key=${key}`, {
    method: 'POST',
    headers: { ...tagged().headers, 'api-key': keys.openai, cookie: `session=${keys.anthropic}` },
    body: JSON.stringify({ contents: [{ parts: [{ text: hello }] }] }),
  });
  await eventually('all rows', async () => (await weir.rows()).length >= 4);

  const everything = `${await weir.files()}\n${weir.process.log}`;
  assert.ok(everything.includes('gpt-4o'), 'the files that are searched hold the rows');
  for (const secret of Object.values(keys)) assert.ok(!everything.includes(secret), `${secret} was found`);
});
