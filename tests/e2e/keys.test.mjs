// API keys and organisations: made, honoured and revoked beside a running server.
import Anthropic from '@anthropic-ai/sdk';
import { ApiError } from '@google/genai';
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import OpenAI from 'openai';
import { answerTo, errorOf, hello, plainCalls, seenBy, streams, tagged } from './support/calls.mjs';
import { clientsOf, clientsWithKey, keys as vendorKeys } from './support/clients.mjs';
import { eventually } from './support/eventually.mjs';
import { runKeys } from './support/keys.mjs';
import { startWorld } from './support/world.mjs';

// weir's own keys of the vendors, for calls whose only credential is a gateway key.
const ownKeys = { OPENAI: 'own-key-of-openai', ANTHROPIC: 'own-key-of-anthropic', GOOGLE: 'own-key-of-google' };
for (const [vendor, key] of Object.entries(ownKeys)) {
  process.env[`E2E_${vendor}`] = key;
  process.env[`WEIR_PROVIDERS_${vendor}_API_KEY_ENV`] = `E2E_${vendor}`;
}
const { mock, weir } = await startWorld({ more: '[auth]\nrequired = true' });
const clients = clientsOf(weir);

const run = (...args) => runKeys(weir.directory, ...args);

/** Makes a key; resolves once the server knows it. */
async function create(...args) {
  const { status, stdout, stderr } = run('create', ...args);
  assert.equal(status, 0, stderr);
  const key = stdout.trim();
  await eventually('the server to know a new key', async () => (await statusWith(key)) !== 401);
  return key;
}

/** The status of a call to the gateway with a key; 403 stands for one that may only read. */
async function statusWith(key) {
  const calls = await fetch(`${weir.gateway}/openai/v1/models`, { headers: { 'Helicone-Auth': `Bearer ${key}` } });
  const body = await calls.text();
  return body.includes('may only read') ? 403 : calls.status;
}

const idOf = (name) => run('list').stdout.split('\n').find((line) => line.includes(` ${name} `)).split(' ')[0];
const withKey = (key, more = {}) => tagged({ 'Helicone-Auth': `Bearer ${key}`, ...more });

/** The admin side's answer about rows, as the bearer of `key`. */
async function query(key) {
  const answer = await fetch(`${weir.admin}/v1/request/query`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }) },
    body: JSON.stringify({ filter: 'all', limit: 1000 }),
  });
  return { status: answer.status, ...(await answer.json()) };
}
const rowOf = (key, id) =>
  fetch(`${weir.admin}/v1/request/${id}?includeBody=true`, { headers: { authorization: `Bearer ${key}` } });

const unauthorized = { OpenAI: OpenAI.AuthenticationError, Anthropic: Anthropic.AuthenticationError, Gemini: ApiError };

describe('the command', () => {
  test('create prints the key and nothing else, list everything but the key, revoke nothing', () => {
    const made = run('create', '--name', 'printed', '--permissions', 'w', '--organization', 'Größe');
    assert.equal(made.status, 0);
    assert.match(made.stdout, /^pk-helicone(-[0-9a-z]{7}){4}\n$/);
    assert.match(made.stderr, /organisation "Größe" is new/);
    assert.match(run('create', '--name', 'other').stdout, /^sk-helicone(-[0-9a-z]{7}){4}\n$/);

    const before = run('list');
    assert.equal(before.status, 0);
    assert.match(before.stdout, /^ID +NAME +ORGANISATION +PERMISSIONS +CREATED \(UTC\) +REVOKED \(UTC\)\n/);
    assert.match(before.stdout, /^\d+ +printed +Größe +w +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +-$/m);
    assert.ok(!before.stdout.includes('helicone'));

    const revoked = run('revoke', idOf('printed'));
    assert.deepEqual([revoked.status, revoked.stdout, revoked.stderr], [0, '', '']);
    assert.match(run('list').stdout, /^\d+ +printed +Größe +w +\S+ \S+ +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/m);
  });

  test('mistakes are one line that says what to do', () => {
    const cases = [
      [['create', '--name', 'a', '--permissions', 'write'], 2, /^weir: --permissions write: write rw, r .* or w .*\n$/],
      [['create', '--name', ''], 2, /^weir: --name: the name is empty\n$/],
      [['create', '--name', 'a', '--organization', 'a\nb'], 2, /^weir: --organization: the name .*\n$/],
      [['revoke', '4711'], 1, /^weir: there is no key with the ID 4711: weir keys list shows them\n$/],
      [['revoke', 'first'], 2, /^weir: "first" is no ID: weir keys list shows them\n$/],
      [['create'], 2, /--name is required/],
      [['delete'], 2, /./],
    ];
    for (const [args, status, text] of cases) {
      const got = run(...args);
      assert.equal(got.status, status, args.join(' '));
      assert.equal(got.stdout, '');
      assert.match(got.stderr, text);
    }
  });
});

describe('with keys required', () => {
  for (const sdk of Object.keys(plainCalls))
    test(`${sdk} without a key: its own error for 401, and no vendor is called`, async () => {
      const call = tagged();
      const error = await errorOf(plainCalls[sdk](clients, call));

      assert.ok(error instanceof unauthorized[sdk], error.constructor.name);
      assert.equal(error.status, 401);
      assert.match(error.message, /weir: a gateway key is required/);
      assert.equal(await seenBy(mock, call.id), undefined);
    });

  for (const sdk of Object.keys(plainCalls))
    test(`${sdk} with an unknown key`, async () => {
      const error = await errorOf(plainCalls[sdk](clients, withKey('sk-helicone-unknown-unknown-unknown-unknown')));

      assert.ok(error instanceof unauthorized[sdk], error.constructor.name);
      assert.match(error.message, /not known here, or was revoked/);
    });

  test('a key is honoured soon after its making and refused soon after its end', async () => {
    const soon = { within: 5_000 }; // a second is promised
    const key = run('create', '--name', 'short-lived').stdout.trim();
    await eventually('the server to know a new key', async () => (await statusWith(key)) === 200, soon);
    assert.equal(await plainCalls.OpenAI(clients, withKey(key)), answerTo(hello));

    assert.equal(run('revoke', idOf('short-lived')).status, 0);

    await eventually('the server to know the end of a key', async () => (await statusWith(key)) === 401, soon);
    assert.equal((await query(key)).status, 401);
    assert.ok((await errorOf(plainCalls.Anthropic(clients, withKey(key)))) instanceof Anthropic.AuthenticationError);
  });

  test('Helicone-Auth beside every SDK\'s own key, which goes on untouched', async () => {
    const key = await create('--name', 'beside');
    const sent = { OpenAI: `Bearer ${vendorKeys.openai}`, Anthropic: vendorKeys.anthropic, Gemini: vendorKeys.gemini };
    for (const [sdk, read] of Object.entries(plainCalls)) {
      const call = withKey(key);
      assert.equal(await read(clients, call), answerTo(hello));
      assert.ok((await seenBy(mock, call.id)).headers.some(([, value]) => value.endsWith(sent[sdk])), sdk);
    }
    for (const read of Object.values(streams)) assert.equal(await read(clients, withKey(key), hello), answerTo(hello));
  });

  test('a gateway key as the SDK\'s own key is replaced by weir\'s key of the vendor', async () => {
    const key = await create('--name', 'instead');
    const expected = {
      OpenAI: ['authorization', `Bearer ${ownKeys.OPENAI}`],
      Anthropic: ['authorization', `Bearer ${ownKeys.ANTHROPIC}`], // as its SDK sends keys
      Gemini: ['x-goog-api-key', ownKeys.GOOGLE],
    };
    for (const [sdk, read] of Object.entries(plainCalls)) {
      const call = tagged();
      assert.equal(await read(clientsWithKey(weir, key), call), answerTo(hello));
      const headers = (await seenBy(mock, call.id)).headers.map(([name, value]) => [name.toLowerCase(), value]);
      const credentials = headers.filter(([name]) => /^(authorization|(x-|x-goog-)?api-key)$/.test(name));
      assert.deepEqual(credentials, [expected[sdk]], sdk);
    }
  });

  test('where weir has no key of the vendor, the SDK\'s error says what to do', async () => {
    const key = await create('--name', 'alone');
    const elsewhere = clientsOf(weir, { openai: 'refused', anthropic: 'refused_claude', gemini: 'refused_gemini' },
                                { openai: key, anthropic: key, gemini: key });
    for (const [sdk, read] of Object.entries(plainCalls)) {
      const error = await errorOf(read(elsewhere, tagged()));
      assert.ok(error instanceof unauthorized[sdk], error.constructor.name);
      assert.match(error.message, /send the key of refused\w* too, or .*api_key_env/);
    }
  });

  test('a key in the path, for clients that cannot set headers', async () => {
    const key = await create('--name', 'path');
    const response = await fetch(`${weir.gateway}/${key}/openai/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...tagged().headers },
      body: JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: hello }] }),
    });

    assert.equal((await response.json()).choices[0].message.content, answerTo(hello));
  });
});

describe('organisations', () => {
  test('a key writes and reads the rows of its own organisation only', async () => {
    const [ours, theirs] = [await create('--name', 'ours', '--organization', 'Ours'),
                            await create('--name', 'theirs', '--organization', 'Theirs')];
    const [ourCall, theirCall] = [withKey(ours), withKey(theirs)];
    await plainCalls.OpenAI(clients, ourCall);
    await plainCalls.Anthropic(clients, theirCall);

    const idsOf = async (key) => (await query(key)).data.map((row) => row.request_id);
    await eventually('both rows', async () => (await idsOf(ours)).includes(ourCall.id) && (await idsOf(theirs)).includes(theirCall.id));

    assert.ok(!(await idsOf(ours)).includes(theirCall.id));
    assert.ok(!(await idsOf(theirs)).includes(ourCall.id));
    assert.equal((await rowOf(ours, ourCall.id)).status, 200);
    assert.equal((await rowOf(ours, theirCall.id)).status, 404);
    assert.equal((await rowOf(theirs, ourCall.id)).status, 404);
    const other = await create('--name', 'default-reader');
    assert.ok(!(await idsOf(other)).some((id) => [ourCall.id, theirCall.id].includes(id)));
  });

  test('two organisations may choose the same id', async () => {
    const [one, two] = [await create('--name', 'same-1', '--organization', 'One'),
                        await create('--name', 'same-2', '--organization', 'Two')];
    const call = withKey(one);
    await plainCalls.OpenAI(clients, call);
    call.headers['Helicone-Auth'] = `Bearer ${two}`;
    await plainCalls.Anthropic(clients, call);

    const providerOf = (key) =>
      eventually('the row', async () => (await (await rowOf(key, call.id)).json()).data?.provider);
    assert.equal(await providerOf(one), 'OPENAI');
    assert.equal(await providerOf(two), 'ANTHROPIC');
  });
});

describe('permissions', () => {
  test('w calls and does not read', async () => {
    const key = await create('--name', 'writes', '--permissions', 'w');
    assert.equal(await plainCalls.OpenAI(clients, withKey(key)), answerTo(hello));

    const { status, data, error } = await query(key);
    assert.deepEqual([status, data], [401, null]);
    assert.match(error, /may not read/);
  });

  test('r reads and does not call', async () => {
    const key = await create('--name', 'reads', '--permissions', 'r');
    assert.equal((await query(key)).status, 200);

    const error = await errorOf(plainCalls.OpenAI(clients, withKey(key)));
    assert.ok(error instanceof OpenAI.AuthenticationError);
    assert.match(error.message, /permission w/);
  });
});

describe('the admin side', () => {
  test('asks for a key, and says what is wrong with one', async () => {
    const refused = (error) => ({ status: 401, data: null, error, trace: 'isAuthenticated.error' });
    assert.deepEqual(await query(), refused('No authorization header'));
    assert.deepEqual(await query('sk-helicone-unknown-unknown-unknown-unknown'), refused('No API key found'));
    const key = await create('--name', 'bare');
    const bare = await fetch(`${weir.admin}/v1/request/query`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: key },
      body: '{"filter":"all"}',
    });
    assert.equal(bare.status, 200);
  });

  test('health, readiness, metrics and its own description are open', async () => {
    for (const path of ['/healthz', '/readyz', '/metrics', '/openapi.json'])
      assert.equal((await fetch(weir.admin + path)).status, 200, path);
    assert.match(await (await fetch(`${weir.admin}/metrics`)).text(), /^weir_unauthorized_total [1-9]/m);
    assert.equal((await fetch(`${weir.gateway}/healthz`)).status, 200);
  });
});

describe('an open gateway', () => {
  test('takes calls without a key for the default organisation, and none with a wrong one', async () => {
    const open = await startWorld();
    const call = tagged();
    assert.equal(await plainCalls.OpenAI(clientsOf(open.weir), call), answerTo(hello));
    assert.equal((await open.weir.row(call.id)).response_status, 200);

    const wrong = withKey('sk-helicone-unknown-unknown-unknown-unknown');
    assert.equal((await errorOf(plainCalls.OpenAI(clientsOf(open.weir), wrong))).status, 401);
    const admin = await fetch(`${open.weir.admin}/v1/request/${call.id}`, { headers: { authorization: 'Bearer wrong' } });
    assert.equal(admin.status, 401);
  });
});

describe('secrecy', () => {
  test('no gateway key reaches a vendor, the disk or the log', async () => {
    const key = await create('--name', 'secret');
    const everywhere = withKey(key, { 'Helicone-User-Id': key, 'Helicone-Property-Key': `Bearer ${key}`, cookie: `k=${key}`,
                                      'x-other': key });
    await plainCalls.OpenAI(clients, everywhere);
    await plainCalls.Gemini(clientsWithKey(weir, key), tagged());
    await fetch(`${weir.gateway}/${key}/openai/v1/models?key=${key}&a=%73${key.slice(1)}`, { headers: everywhere.headers });
    await fetch(`${weir.gateway}/${key}/nobody/${key}`);
    await fetch(`${weir.gateway}/openai/v1/models`, { headers: { authorization: `Bearer ${key}x` } });
    await eventually('the row', async () => (await rowOf(key, everywhere.id)).status === 200);

    const secret = key.slice('sk-helicone-'.length);
    const places = { vendor: JSON.stringify(await mock.requests()), disk: await weir.files(), log: weir.process.log };
    assert.ok(places.vendor.includes(everywhere.id) && places.disk.includes('secret') && places.log.includes('listening'));
    for (const [place, text] of Object.entries(places)) {
      assert.ok(!text.includes(secret), place);
      assert.ok(!text.includes('sk-helicone-') && !text.includes('pk-helicone-'), place);
    }
    for (const own of Object.values(ownKeys)) assert.ok(!places.disk.includes(own) && !places.log.includes(own), own);
  });
});
