// Keys of providers in the vault, and proxy keys that stand for them, from the REST API to the provider.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import OpenAI from 'openai';
import { answerTo, chat, hello, plainCalls, seenBy, streams, tagged } from './support/calls.mjs';
import { clientsOf } from './support/clients.mjs';
import { eventually } from './support/eventually.mjs';
import { runKeys } from './support/keys.mjs';
import { binary } from './support/process.mjs';
import { newDirectory, startMock, startWeir } from './support/world.mjs';

const mock = await startMock();
const { directory, remove } = await newDirectory();
after(remove);
const masterKey = randomBytes(32).toString('base64');
const settings = { env: { WEIR_VAULT_MASTER_KEY: masterKey }, more: '[log]\nlevel = "trace"\n[auth]\nrequired = true' };
const adminKey = runKeys(directory, 'create', '--name', 'admin').stdout.trim();
const secrets = { openai: 'sk-vault-openai-4711', anthropic: 'sk-ant-vault-4711', google: 'AIza-vault-4711' };

let weir = await startWeir(mock, directory, settings);

async function rest(method, path, body, key = adminKey) {
  const answer = await fetch(`${weir.admin}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body && { 'content-type': 'application/json' }) },
    body: body && JSON.stringify(body),
  });
  const text = await answer.text();
  return { status: answer.status, body: text && JSON.parse(text) };
}

/** Stores a provider's key and makes a proxy key for it. */
async function makeProxyKey(provider) {
  const stored = await rest('POST', '/v1/api-keys/provider-key',
    { providerName: provider, providerKeyName: 'e2e', providerKey: secrets[provider], config: {} });
  assert.equal(stored.status, 200, JSON.stringify(stored.body));
  const made = await rest('POST', '/v1/api-keys/proxy-key', { providerKeyId: stored.body.id, proxyKeyName: 'e2e' });
  assert.equal(made.status, 200, JSON.stringify(made.body));
  return { id: stored.body.id, key: made.body.proxyKey };
}

const proxies = {};
for (const provider of Object.keys(secrets)) proxies[provider] = await makeProxyKey(provider);
const sdks = (which) => clientsOf(which, undefined,
  { openai: proxies.openai.key, anthropic: proxies.anthropic.key, gemini: proxies.google.key });

const codeOf = (key) => fetch(`${weir.gateway}/openai/v1/models`, { headers: { authorization: `Bearer ${key}` } })
  .then(async (answer) => { await answer.text(); return answer.headers.get('x-weir-error') ?? answer.status; });

test('a proxy key works soon, as the apiKey of each SDK', async () => {
  for (const { key } of Object.values(proxies))
    await eventually('the gateway to know a proxy key', async () => (await codeOf(key)) !== 'unknown_proxy_key');

  for (const [name, read] of [...Object.entries(plainCalls), ...Object.entries(streams)]) {
    const call = tagged();
    assert.equal(await read(sdks(weir), call), answerTo(hello), name);
    const seen = JSON.stringify(await seenBy(mock, call.id));
    assert.ok(Object.values(secrets).some((secret) => seen.includes(secret)), `${name}: the provider got its own key`);
    assert.ok(!seen.includes('sk-helicone'), `${name}: and no proxy key`);
  }
});

test('an unknown proxy key is the SDK\'s AuthenticationError and goes nowhere', async () => {
  await mock.clear();
  const client = new OpenAI({ apiKey: `${proxies.openai.key}x`, baseURL: `${weir.gateway}/openai/v1`, maxRetries: 0 });

  await assert.rejects(client.chat.completions.create(chat()),
                       (error) => error instanceof OpenAI.AuthenticationError && error.code === 'unknown_proxy_key');

  assert.deepEqual(await mock.requests(), []);
});

test('an API key made and revoked by REST counts soon', async () => {
  const made = await rest('POST', '/v1/api-keys', { api_key_name: 'reader', key_permissions: 'r' });
  assert.equal(made.status, 200);
  const { id, apiKey } = made.body;
  await eventually('the new key to count', async () => (await rest('GET', '/v1/api-keys', undefined, apiKey)).status === 200);

  assert.equal((await rest('POST', '/v1/api-keys', { api_key_name: 'x' }, apiKey)).status, 403);
  assert.equal((await rest('DELETE', `/v1/api-keys/${id}`)).status, 204);
  await eventually('the revoked key to end', async () => (await rest('GET', '/v1/api-keys', undefined, apiKey)).status === 401);
});

test('no key of a provider, proxy key or master key is in the files or the log; restarts and other master keys', async () => {
  assert.equal(await weir.process.stop(), 0, weir.process.log);
  const everything = `${await weir.files()}\n${weir.process.log}`;
  assert.match(everything, /gpt-4o/, 'the files that are searched hold the rows');
  const keys = Object.values(proxies).map(({ key }) => key);
  for (const secret of [...Object.values(secrets), ...keys, masterKey, Buffer.from(masterKey, 'base64').toString('latin1')])
    assert.ok(!everything.includes(secret), `${secret} was found`);

  const file = join(directory, 'master.key');
  await writeFile(file, Buffer.from(masterKey, 'base64'));
  weir = await startWeir(mock, directory, { more: `[vault]\nmaster_key_file = "${file}"\n[auth]\nrequired = true` });
  assert.equal(await codeOf(proxies.openai.key), 200);
  const shown = await rest('GET', `/v1/vault/key/${proxies.openai.id}`);
  assert.equal(shown.body.data.provider_key, 'sk-…4711');
  assert.equal(await weir.process.stop(), 0);

  weir = await startWeir(mock, directory, { ...settings, env: { WEIR_VAULT_MASTER_KEY: randomBytes(32).toString('hex') } });
  assert.equal(await codeOf(proxies.openai.key), 'missing_provider_key');
  assert.equal((await rest('GET', '/v1/vault/keys')).status, 409);
  assert.equal((await rest('DELETE', `/v1/api-keys/provider-key/${proxies.openai.id}`)).status, 204);
  await eventually('the proxy key to end', async () => (await codeOf(proxies.openai.key)) === 'unknown_proxy_key');
  assert.equal(await weir.process.stop(), 0);
  assert.match(weir.process.log, /proxy keys are of no use.*vault\.master_key_file/);
});

test('a malformed master key ends check and serve with 2, one line and no echo', async () => {
  const file = join(directory, 'bad.key');
  await writeFile(file, 'secret-but-malformed');
  const cases = [
    [{ WEIR_VAULT_MASTER_KEY: 'secret-but-malformed' }, [], /^weir: environment WEIR_VAULT_MASTER_KEY: must be 32 bytes.*\n$/],
    [{}, ['--set', `vault.master_key_file=${file}`], /^weir: command line: vault\.master_key_file: \S+bad\.key: must be 32 bytes.*\n$/],
    [{}, ['--set', 'vault.master_key_file=/nonexistent'], /^weir: command line: vault\.master_key_file: \/nonexistent cannot be read\n$/],
  ];
  const empty = await newDirectory();
  after(empty.remove);
  for (const command of ['check', 'serve'])
    for (const [env, args, message] of cases) {
      const { status, stdout, stderr } = spawnSync(binary, [command, ...args],
        { cwd: empty.directory, encoding: 'utf8', timeout: 20_000, env: { ...process.env, ...env } });
      assert.equal(status, 2, `${command}: ${stderr}`);
      assert.match(stderr, message);
      assert.ok(!`${stdout}${stderr}`.includes('secret-but-malformed'));
    }
});
