// SIGHUP: what can change does, what cannot is named, and a broken file changes nothing.
import assert from 'node:assert/strict';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { chat, tagged } from './support/calls.mjs';
import { clientsOf } from './support/clients.mjs';
import { eventually } from './support/eventually.mjs';
import { startWorld } from './support/world.mjs';

const { weir } = await startWorld();
const { openai } = clientsOf(weir);
const file = join(weir.directory, 'weir.toml');
const original = await readFile(file, 'utf8');

/** Sends SIGHUP and waits for a line that the log did not have before. */
async function hangUp(pattern) {
  const before = weir.process.log.length;
  weir.process.child.kill('SIGHUP');
  return eventually(`a line like ${pattern}`, () => weir.process.log.slice(before).match(pattern));
}

test('a new price, provider and level are in force; a new address waits for a restart', async () => {
  const prices = join(weir.directory, 'prices.json');
  await writeFile(prices, await readFile(new URL('../../pricing/data/model-prices.json', import.meta.url)));
  const changed = original
    .replace('listen = "127.0.0.1:0"', 'listen = "127.0.0.1:1"')
    .replace('[storage]', '[log]\nlevel = "debug"\n[storage]');
  await writeFile(file, `${changed}\n[providers.added]\nbase_url = "${original.match(/base_url = "([^"]+)"/)[1]}"\n`);

  await hangUp(/reloaded the configuration changed="?[^\n]*log\.level[^\n]*providers\.added/);
  assert.match(weir.process.log, /after a restart keys=gateway\.listen/);
  const answer = await fetch(`${weir.gateway}/added/v1/models`);
  assert.equal(answer.status, 200);
});

test('a file with an error changes nothing', async () => {
  await appendFile(file, '\n[gatewy]\nlisten = 1\n');

  await hangUp(/not reloaded reason=[^\n]*gatewy[^\n]*did you mean/);
  const call = tagged();
  assert.ok(await openai.chat.completions.create(chat(), call.options));
  assert.equal((await fetch(`${weir.gateway}/added/v1/models`)).status, 200);
});
