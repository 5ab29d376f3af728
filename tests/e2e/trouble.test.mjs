// A store that refuses: the traffic goes on, operators are told, and everything recovers by itself.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { chat, hello, tagged } from './support/calls.mjs';
import { clientsOf } from './support/clients.mjs';
import { eventually } from './support/eventually.mjs';
import { newDirectory, startWeir, startWorld } from './support/world.mjs';

const { mock, weir } = await startWorld();
const file = join(weir.directory, 'weir.db');

const readiness = async (of = weir) => {
  const answer = await fetch(`${of.admin}/readyz`);
  return { status: answer.status, text: await answer.text() };
};
async function ready(status, of = weir) {
  const isSo = async () => {
    const now = await readiness(of);
    return now.status === status && now;
  };
  return eventually(`/readyz to say ${status}`, isSo, { within: 30_000 });
}

/** The value of a metric's line. */
const metric = async (name, of = weir) => {
  const text = await (await fetch(`${of.admin}/metrics`)).text();
  return Number(text.split('\n').find((line) => line.startsWith(`${name} `))?.split(' ')[1] ?? 0);
};

/** Some calls that all succeed; their ids. */
async function calls(count = 5, of = weir) {
  const all = Array.from({ length: count }, () => tagged());
  const { openai } = clientsOf(of);
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

/**
 * A command under which weir has a disk of 16 MiB of its own at `folder`, which nobody else sees but through /proc. None
 * where no file system may be mounted.
 */
function smallDisk(folder) {
  for (const options of ['-m', '-rm']) {
    const under = ['unshare', options, 'sh', '-c', 'mount -t tmpfs -o size=16m weir "$0" && exec "$@"', folder];
    if (spawnSync(under[0], [...under.slice(1), 'true']).status === 0) return under;
  }
  return undefined;
}

/** Writes into a file until there is no room left. */
async function fill(name) {
  const into = await open(name, 'w');
  try {
    for (let size = 1 << 20; size >= 1; )
      await into.write(Buffer.alloc(size)).then(({ bytesWritten }) => bytesWritten < size && (size >>= 1), (error) => {
        assert.equal(error.code, 'ENOSPC');
        size >>= 1;
      });
  } finally {
    await into.close();
  }
}

describe('the store refuses', () => {
  test('no room for its files', async () => {
    // Less than a page: whatever is written next, and wherever in the log, does not fit.
    await goesOnAndRecovers(/written|full/, () => limitFiles(1024), () => limitFiles('unlimited'));
  });

  test('a disk that is full', async (context) => {
    const { directory, remove } = await newDirectory();
    const disk = join(directory, 'disk');
    await mkdir(disk);
    const under = smallDisk(disk);
    if (!under) {
      await remove();
      return context.skip('no file system may be mounted here');
    }
    const own = await startWeir(mock, directory, {
      under, env: { WEIR_STORAGE_PATH: join(disk, 'weir.db'), WEIR_STORAGE_MAX_QUEUE: '32KiB' },
    });
    const ballast = join('/proc', String(own.process.child.pid), 'root', disk, 'ballast');
    try {
      for (const id of await calls(5, own)) await own.row(id);
      await fill(ballast);
      await eventually('/readyz to say 503', async () => {
        await calls(5, own); // which go on; those of some pages may still find room
        const { status, text } = await readiness(own);
        return status === 503 && /the disk is full/.test(text);
      });
      const dropped = () => metric('weir_records_dropped_total{reason="queue_full"}', own);
      await eventually('records to be dropped and counted', async () => {
        await calls(20, own);
        return (await dropped()) > 0;
      });

      await rm(ballast);
      await ready(200, own);
      // Until what waits has been written, the queue may still be too full for more.
      await eventually('an empty queue', async () => (await metric('weir_recorder_queue_records', own)) === 0);
      for (const id of await calls(5, own)) await own.row(id);
    } finally {
      assert.equal(await own.process.stop(), 0, own.process.log);
      await remove();
    }
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
      assert.equal((await readiness()).status, 503);
    } finally {
      await rename(`${file}.away`, file);
    }
    await ready(200);
  });
});
