// scripts/run and scripts/setup as a newcomer meets them. A copy of the former runs beside the binary under test, a `build` that builds
// nothing, and with a free port for its mock provider; the latter with a Debian that is played.
import assert from 'node:assert/strict';
import { execFile, spawn, spawnSync } from 'node:child_process';
import { access, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join, resolve as absolute } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { answerTo } from './support/calls.mjs';
import { eventually } from './support/eventually.mjs';
import { pageAt } from './support/pages.mjs';
import { binary } from './support/process.mjs';
import { newDirectory } from './support/world.mjs';

/** A directory for a test of this file. */
async function freshDirectory() {
  const { directory, remove } = await newDirectory();
  after(remove);
  return directory;
}

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

/** Puts the script into a directory where it finds what it needs; resolves to its path. */
async function copyOfRun(directory, mockPort = 8788) {
  for (const folder of ['scripts', 'build/release']) await mkdir(join(directory, folder), { recursive: true });
  await symlink(absolute(binary), join(directory, 'build/release/weir'));
  await writeFile(join(directory, 'scripts/build'), '#!/bin/sh\necho "$@" >"$(dirname "$0")/built"\n', { mode: 0o755 });
  const text = await pageAt('scripts/run');
  const copy = text.replace(/^mock_port=8788$/m, `mock_port=${mockPort}`);
  assert.ok(copy.includes(`\nmock_port=${mockPort}\n`));
  await writeFile(join(directory, 'scripts/run'), copy, { mode: 0o755 });
  return join(directory, 'scripts/run');
}

/** Runs the script at `path` in the directory `cwd`: `{child, log(), ended}`, the last resolving to its exit code. */
function start(t, path, args, cwd) {
  const child = spawn(path, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    log += text;
  });
  const ended = new Promise((resolve) => child.on('exit', resolve));
  t.after(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  return { child, log: () => log, ended };
}

/** What the log of a script says, once it does. */
const said = (script, what, pattern) =>
  eventually(what, () => {
    if (script.child.exitCode !== null) throw new Error(script.log());
    return script.log().match(pattern);
  }, { within: 30_000, fatal: true });

const anyPorts = ['--gateway-listen', '127.0.0.1:0', '--admin-listen', '127.0.0.1:0'];

test('the demo builds, says a call that works, and ends on SIGINT with its mock provider', async (t) => {
  const directory = await freshDirectory();
  const mockPort = await freePort();
  const demo = start(t, await copyOfRun(directory, mockPort), ['--demo', ...anyPorts], directory);

  const [command] = await said(demo, 'the call to try', /^ +curl [^]*?\}'$/m);
  const { stdout } = await promisify(execFile)('sh', ['-c', command]);
  assert.equal(JSON.parse(stdout).choices[0].message.content, answerTo('hello'));
  assert.equal(await readFile(join(directory, 'scripts/built'), 'utf8'), 'release --target weir\n');
  await access(join(directory, 'weir-demo.db'));
  assert.equal(await isOpen(mockPort), true);

  demo.child.kill('SIGINT');
  assert.equal(await demo.ended, 0, demo.log());
  await eventually('the mock provider to end', async () => !(await isOpen(mockPort)));
});

test('without --demo it builds, serves with the current directory\'s weir.db, and ends on SIGTERM', async (t) => {
  const directory = await freshDirectory();
  const current = join(directory, 'elsewhere');
  await mkdir(current);
  const run = start(t, await copyOfRun(directory), anyPorts, current);

  for (const side of ['gateway', 'admin']) {
    const [, port] = await said(run, `the ${side} to listen`, new RegExp(`${side} listening on 127\\.0\\.0\\.1:(\\d+)`));
    assert.equal((await fetch(`http://127.0.0.1:${port}/healthz`)).status, 200, side);
  }
  assert.equal(await readFile(join(directory, 'scripts/built'), 'utf8'), 'release --target weir\n');
  await access(join(current, 'weir.db'));
  assert.ok(!run.log().includes('scripts/run: the demo'), run.log());

  run.child.kill('SIGTERM');
  assert.equal(await run.ended, 0, run.log());
});

/**
 * Runs scripts/setup on a Debian where all packages are installed but those named, and apt-get and sudo do nothing but
 * note that they were called; these fail unless something is missing. `{status, stderr, calls}`, the last as lines.
 */
async function setup(args, ...missing) {
  const directory = await freshDirectory();
  const calls = join(directory, 'calls');
  const lacks = missing.map((name) => `[ "$4" != "${name}" ] || exit 1`).join('\n');
  const played = {
    'dpkg-query': `${lacks}\nprintf installed`,
    'apt-get': `echo "apt-get $*" >>"${calls}"\nexit ${missing.length > 0 ? 0 : 1}`,
    sudo: missing.length > 0 ? 'exec "$@"' : `echo "sudo $*" >>"${calls}"\nexit 1`,
  };
  for (const [name, text] of Object.entries(played))
    await writeFile(join(directory, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  const script = fileURLToPath(new URL('../../scripts/setup', import.meta.url));
  const { status, stderr } = spawnSync(script, args, {
    env: { ...process.env, PATH: `${directory}:${process.env.PATH}` },
    encoding: 'utf8',
  });
  const noted = await readFile(calls, 'utf8').catch(() => '');
  return { status, stderr, calls: noted.split('\n').filter(Boolean) };
}

test('setup does nothing where nothing is missing', async () => {
  for (const args of [['build', 'test'], []])
    assert.deepEqual(await setup(args), { status: 0, stderr: '', calls: [] }, args.join(' '));
});

test('setup installs the one package that is missing, by its name', async () => {
  for (const name of ['libre2-dev', 'jq']) { // one of each group
    const { status, stderr, calls } = await setup(['build', 'test'], name);

    assert.equal(status, 0, stderr);
    assert.equal(stderr, `scripts/setup: installing ${name}\n`);
    assert.deepEqual(calls, ['apt-get update -qq', `apt-get install -qq -y --no-install-recommends ${name}`]);
  }
});
