// What the process makes of its settings when it starts: threads, and prices of the operator's own.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { chat, hello, answerTo, tagged, words } from './support/calls.mjs';
import { makeCertificates } from './support/certificates.mjs';
import { clientsOf } from './support/clients.mjs';
import { startProcess } from './support/process.mjs';
import { assertRow } from './support/rows.mjs';
import { newDirectory, startMock, startWeir } from './support/world.mjs';

const mock = await startMock();

/** How many threads a weir with these settings has, for as long as it runs. */
async function threadsWith(gateway) {
  const { directory, remove } = await newDirectory();
  const weir = await startWeir(mock, directory, { gateway });
  const count = async () => {
    const text = await (await fetch(`${weir.admin}/metrics`)).text();
    return Number(text.match(/^process_threads (\d+)$/m)[1]);
  };
  // All that stay are there by now; one that only tried something at the start may still be ending.
  let fewest = await count();
  for (const until = Date.now() + 500; Date.now() < until;) fewest = Math.min(fewest, await count());
  assert.equal(await weir.process.stop(), 0);
  await remove();
  return fewest;
}

test('there is a network thread for each core, or as many as gateway.threads says', async () => {
  const one = await threadsWith('threads = 1');

  assert.equal(await threadsWith('threads = 3'), one + 2);
  assert.equal(await threadsWith(''), one + os.availableParallelism() - 1);
  assert.equal(await threadsWith('threads = 0'), one + os.availableParallelism() - 1);
});

test('prices of the operator\'s own come before the built-in ones', async () => {
  const { directory, remove } = await newDirectory();
  after(remove);
  const overrides = [{ provider: 'openai', model: { operator: 'startsWith', value: 'gpt-4o' }, input: 1e-3, output: 2e-3 }];
  const models = [{ provider: 'openai', model: 'unheard-of-model', input: 3e-3, output: 4e-3 }];
  await writeFile(join(directory, 'prices.json'), JSON.stringify({ overrides, models }));
  const weir = await startWeir(mock, directory, { more: '[cost]\nprices_file = "prices.json"' });
  const { openai } = clientsOf(weir);
  const prompt = words('Be brief.') + words(hello);
  const completion = words(answerTo(hello));

  for (const [model, input, output] of [['gpt-4o', 1e-3, 2e-3], ['unheard-of-model', 3e-3, 4e-3]]) {
    const call = tagged();
    await openai.chat.completions.create(chat(hello, { model }), call.options);

    assertRow(await weir.row(call.id), { model, cost: prompt * input + completion * output });
  }
  const call = tagged();
  await openai.chat.completions.create(chat(hello, { model: 'gpt-3.5-turbo' }), call.options);
  assertRow(await weir.row(call.id), { cost: (prompt * 0.5 + completion * 1.5) / 1e6 }); // as built in
  assert.equal(await weir.process.stop(), 0);
});

test('what passes the network in clear is warned of, in a line for each listener', async () => {
  const { directory, remove } = await newDirectory();
  after(remove);
  const { certificate, key } = makeCertificates();
  const warnings = async (gateway, admin, ...more) => {
    const weir = await startProcess(
      ['serve', '--insecure', '--gateway-listen', `${gateway}:0`, '--admin-listen', `${admin}:0`, ...more],
      { admin: /admin listening on \S+:(\d+)/ }, { cwd: directory });
    assert.equal(await weir.stop(), 0);
    return weir.log.split('\n').filter((line) => / warning .* in clear/.test(line));
  };

  assert.deepEqual(await warnings('127.0.0.1', '127.0.0.1'), []);
  const [ofGateway, ofAdmin, ...others] = await warnings('0.0.0.0', '0.0.0.0');
  assert.match(ofGateway, /gateway\.listen .*\[gateway\.tls\].*TLS proxy/);
  assert.match(ofAdmin, /admin\.listen .*TLS proxy/);
  assert.deepEqual(others, []);
  const tls = [`gateway.tls.certificate=${certificate}`, `gateway.tls.key=${key}`].flatMap((pair) => ['--set', pair]);
  assert.deepEqual(await warnings('0.0.0.0', '127.0.0.1', ...tls), []);
});
