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

/** What the next call costs, by its row, for each of its tokens. */
async function costOfOneToken() {
  const call = tagged();
  await openai.chat.completions.create(chat(), call.options);
  const row = await weir.row(call.id);
  return row.cost / (row.prompt_tokens + row.completion_tokens);
}

test('a new price and provider are in force; a new address waits for a restart', async () => {
  const override = { provider: 'openai', model: 'gpt-4o', input: 0.5, output: 0.5 };
  await writeFile(join(weir.directory, 'prices.json'), JSON.stringify({ overrides: [override] }));
  const provider = `[providers.added]\nbase_url = "${original.match(/base_url = "([^"]+)"/)[1]}"\n`;
  const changed = original.replace('listen = "127.0.0.1:0"', 'listen = "127.0.0.1:1"');
  await writeFile(file, `${changed}\n[cost]\nprices_file = "prices.json"\n[log]\nlevel = "debug"\n${provider}`);
  assert.ok((await costOfOneToken()) < 0.001, 'nothing changes before the signal');

  await hangUp(/reloaded the configuration changed="?[^\n]*log\.level[^\n]*providers\.added/);
  assert.match(weir.process.log, /after a restart keys=gateway\.listen/);
  assert.equal((await fetch(`${weir.gateway}/added/v1/models`)).status, 200);
  assert.equal(await costOfOneToken(), 0.5);

  override.input = override.output = 0.25; // the file alone changes
  await writeFile(join(weir.directory, 'prices.json'), JSON.stringify({ overrides: [override] }));
  await hangUp(/reloaded the configuration/);
  assert.equal(await costOfOneToken(), 0.25);
});

test('a file with an error changes nothing', async () => {
  await appendFile(file, '\n[gatewy]\nlisten = 1\n');

  await hangUp(/not reloaded reason=[^\n]*gatewy[^\n]*did you mean/);
  const call = tagged();
  assert.ok(await openai.chat.completions.create(chat(), call.options));
  assert.equal((await fetch(`${weir.gateway}/added/v1/models`)).status, 200);
});
