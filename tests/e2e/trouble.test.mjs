// A store that refuses: the traffic goes on, operators are told, and everything recovers by itself.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { chat, hello, tagged } from './support/calls.mjs';
import { clientsOf } from './support/clients.mjs';
import { eventually } from './support/eventually.mjs';
import { startWorld } from './support/world.mjs';

const { weir } = await startWorld();
const { openai } = clientsOf(weir);
const file = join(weir.directory, 'weir.db');

const readiness = async () => {
  const answer = await fetch(`${weir.admin}/readyz`);
  return { status: answer.status, text: await answer.text() };
};
const ready = (status) =>
  eventually(`/readyz to say ${status}`, async () => ((await readiness()).status === status ? readiness() : undefined),
    { within: 30_000 });

/** The value of a metric's line. */
const metric = async (name) => {
  const text = await (await fetch(`${weir.admin}/metrics`)).text();
  return Number(text.split('\n').find((line) => line.startsWith(`${name} `))?.split(' ')[1] ?? 0);
};

/** Some calls that all succeed; their ids. */
async function calls(count = 5) {
  const all = Array.from({ length: count }, () => tagged());
  for (const call of all)
    assert.ok((await openai.chat.completions.create(chat(hello), call.options)).choices[0].message.content);
  return all.map((call) => call.id);
}

/** While the store refuses in one way: calls go on, /readyz says why, what waits is counted; afterwards all rows are there. */
async function goesOnAndRecovers(why, begin, end) {
  const before = await calls();
  for (const id of before) await weir.row(id);
  await begin();
  let during;
  try {
    during = await calls();
    assert.match((await ready(503)).text, why);
    assert.ok((await metric('weir_recorder_queue_records')) >= during.length);
  } finally {
    await end();
  }
  await ready(200);
  for (const id of [...during, ...(await calls())]) await weir.row(id);
  await eventually('an empty queue', async () => (await metric('weir_recorder_queue_records')) === 0);
}

/** The size that files of the process may have; writing beyond it fails as on a full disk. */
const limitFiles = (bytes) => execFileSync('prlimit', ['--pid', String(weir.process.child.pid), `--fsize=${bytes}:`]);

describe('the store refuses', () => {
  test('no room for its files', async () => {
    // Less than a page: whatever is written next, and wherever in the log, does not fit.
    await goesOnAndRecovers(/written|full/, () => limitFiles(1024), () => limitFiles('unlimited'));
  });

  test('locked by another process', async () => {
    let other;
    const begin = () =>
      new Promise((resolve) => {
        other = spawn('sqlite3', [file], { stdio: ['pipe', 'pipe', 'inherit'] });
        other.stdout.once('data', resolve);
        other.stdin.write('.timeout 20000\nBEGIN IMMEDIATE;\nSELECT 1;\n');
      });
    await goesOnAndRecovers(/busy|locked/, begin, () => other.stdin.end('ROLLBACK;\n'));
  });

  test('the file is taken away and put back', async () => {
    await goesOnAndRecovers(/removed or replaced/, () => rename(file, `${file}.away`), () => rename(`${file}.away`, file));
  });

  test('/readyz finds out without any call', async () => {
    await rename(file, `${file}.away`);
    try {
      await ready(503);
    } finally {
      await rename(`${file}.away`, file);
    }
    await ready(200);
  });
});
