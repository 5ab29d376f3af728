// scripts/run --demo as a newcomer meets it. A copy of the script runs beside the binary under test, a `build` that builds nothing,
// and with a free port for its mock provider.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { access, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join, resolve as absolute } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { answerTo } from './support/calls.mjs';
import { eventually } from './support/eventually.mjs';
import { pageAt } from './support/pages.mjs';
import { binary } from './support/process.mjs';
import { newDirectory } from './support/world.mjs';

const { directory, remove } = await newDirectory();
after(remove);

/** A port that nobody has. */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const isOpen = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });

/** Puts the script where it finds what it needs; resolves to its path. */
async function copyOfRun(mockPort) {
  for (const folder of ['scripts', 'build/release']) await mkdir(join(directory, folder), { recursive: true });
  await symlink(absolute(binary), join(directory, 'build/release/weir'));
  await writeFile(join(directory, 'scripts/build'), '#!/bin/sh\necho "$@" >"$(dirname "$0")/built"\n', { mode: 0o755 });
  const text = await pageAt('scripts/run');
  const copy = text.replace(/^mock_port=8788$/m, `mock_port=${mockPort}`);
  assert.notEqual(copy, text);
  await writeFile(join(directory, 'scripts/run'), copy, { mode: 0o755 });
  return join(directory, 'scripts/run');
}

test('the demo builds, says a call that works, and ends on SIGINT with its mock provider', async (t) => {
  const mockPort = await freePort();
  const script = await copyOfRun(mockPort);
  const demo = spawn(script, ['--demo', '--gateway-listen', '127.0.0.1:0', '--admin-listen', '127.0.0.1:0'], {
    cwd: directory,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  demo.stderr.setEncoding('utf8').on('data', (text) => {
    log += text;
  });
  const ended = new Promise((resolve) => demo.on('exit', resolve));
  t.after(async () => {
    demo.kill('SIGTERM');
    await ended;
  });

  const [command] = await eventually('the call to try', () => {
    if (demo.exitCode !== null) throw new Error(log);
    return log.match(/^ +curl [^]*?\}'$/m);
  }, { within: 30_000, fatal: true });
  const { stdout } = await promisify(execFile)('sh', ['-c', command]);
  assert.equal(JSON.parse(stdout).choices[0].message.content, answerTo('hello'));
  assert.equal(await readFile(join(directory, 'scripts/built'), 'utf8'), 'release --target weir\n');
  await access(join(directory, 'weir-demo.db'));
  assert.equal(await isOpen(mockPort), true);

  demo.kill('SIGINT');
  assert.equal(await ended, 0, log);
  await eventually('the mock provider to end', async () => !(await isOpen(mockPort)));
});
