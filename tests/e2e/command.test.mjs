// The command line: exit codes, and what stands on standard error.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { startProcess } from './support/process.mjs';

const binary = process.env.WEIR_BINARY ?? 'build/release/weir';
const directory = mkdtempSync(join(tmpdir(), 'weir-command-'));
after(() => rmSync(directory, { recursive: true }));

const run = (args, env, cwd = directory) =>
  spawnSync(binary, args, { cwd, encoding: 'utf8', timeout: 20_000, env: { ...process.env, ...env } });
const weir = (...args) => run(args);
/** A start that fails: its database would stand in a folder that is not there. */
const failingStart = (format) => weir('serve', '--database', join(directory, 'missing', 'weir.db'), '--set', `log.format=${format}`);

test('log lines are text, or JSON when asked for', () => {
  const text = failingStart('text');
  assert.equal(text.status, 1);
  assert.match(text.stderr, /^\d{4}-\d\d-\d\dT[\d:.]+Z error .*weir\.db cannot be written.*\n$/);

  const json = failingStart('json');
  assert.equal(json.status, 1);
  const line = JSON.parse(json.stderr);
  assert.equal(line.level, 'error');
  assert.match(line.message, /weir\.db cannot be written/);
  assert.ok(!Number.isNaN(Date.parse(line.time)));
});

test('check names each error with file, line and key, and exits with 2', () => {
  const file = join(directory, 'bad.toml');
  writeFileSync(file, '[gateway]\nlisten = "nowhere"\nidle_timeout = 5\n');

  const { status, stderr } = weir('check', '--config', file);

  assert.equal(status, 2);
  assert.match(stderr, /bad\.toml:2: gateway\.listen: /);
  assert.match(stderr, /bad\.toml:3: gateway\.idle_timeout: /);
});

test('check names what is wrong with prices, certificate and vault beside all else, each with its place', () => {
  const file = join(directory, 'files.toml');
  writeFileSync(file, 'log.level = "loud"\ncost.prices_file = "absent"\ngateway.tls.certificate = "absent"\ngateway.tls.key = "absent"\n' +
                      'vault.master_key_file = "absent"\ngateway.ca_file = "absent"\n');

  const { status, stderr } = weir('check', '--config', file);

  assert.equal(status, 2);
  for (const [line, key] of [[1, 'log.level'], [2, 'cost.prices_file'], [3, 'gateway.tls.certificate'], [5, 'vault.master_key_file'],
                             [6, 'gateway.ca_file']])
    assert.ok(stderr.includes(`files.toml:${line}: ${key}: `), stderr);
  const started = weir('serve', '--set', 'gateway.ca_file=/etc/passwd');
  assert.equal(started.status, 2);
  assert.match(started.stderr, /gateway\.ca_file: \/etc\/passwd is no file of certificates/);
});

test('a prices file that is missing or broken is named, and nothing starts', () => {
  const broken = {
    'missing.json': [null, /cannot be read/],
    'syntax.json': ['{"overrides":[', /syntax\.json: /],
    'member.json': ['{"overrides":[{"provider":"openai","model":"gpt-4o","inputt":1e-6}]}', /inputt/],
  };
  for (const [name, [text, said]] of Object.entries(broken)) {
    const file = join(directory, name);
    if (text !== null) writeFileSync(file, text);
    for (const command of ['check', 'serve']) {
      const { status, stderr } = weir(command, '--set', `cost.prices_file=${file}`);

      assert.equal(status, 2, `${command} with ${name}`);
      assert.ok(stderr.includes(`cost.prices_file: ${file}`), stderr);
      assert.match(stderr, said);
      assert.equal(stderr.trim().split('\n').length, 1);
    }
  }
});

test('check of a good configuration exits with 0 and says what was read', () => {
  const readBy = (args, env = {}) => {
    const { status, stdout } = run(['check', ...args], env);
    assert.equal(status, 0);
    return stdout;
  };
  const file = join(directory, 'good.toml');
  writeFileSync(file, '[log]\nlevel = "warn"\n');

  assert.equal(readBy([]), 'the configuration is valid: defaults only\n');
  assert.equal(readBy(['--config', file]), `the configuration is valid: ${file}\n`);
  assert.equal(readBy(['--gateway-listen', '127.0.0.1:1', '--set', 'log.level=info'], { WEIR_LOG_FORMAT: 'json' }),
               'the configuration is valid: environment WEIR_LOG_FORMAT, command line gateway.listen, command line log.level\n');
});

test('weir.toml in the working directory is read where no file is named', () => {
  const folder = join(directory, 'with-file');
  mkdirSync(folder);
  writeFileSync(join(folder, 'weir.toml'), 'log.level = "warn"\n');
  const other = join(directory, 'other.toml');
  writeFileSync(other, '');

  assert.equal(run(['check'], {}, folder).stdout, 'the configuration is valid: weir.toml\n');
  assert.equal(run(['check', '--config', other], {}, folder).stdout, `the configuration is valid: ${other}\n`);
  writeFileSync(join(folder, 'weir.toml'), 'log.level = "loud"\n');
  assert.match(run(['check'], {}, folder).stderr, /^weir: weir\.toml:1: log\.level: /);
});

test('listening beyond loopback needs keys, or --insecure', () => {
  for (const [option, key] of [['--gateway-listen', 'gateway.listen'], ['--admin-listen', 'admin.listen']]) {
    for (const command of ['serve', 'check']) {
      const { status, stderr } = weir(command, option, '0.0.0.0:0');
      assert.equal(status, 2, stderr);
      assert.match(stderr, new RegExp(`^weir: command line: ${key.replace('.', '\\.')}: listens beyond loopback[^\\n]*--insecure[^\\n]*\\n$`));
    }
    assert.equal(weir('check', option, '0.0.0.0:0', '--insecure').status, 0);
    assert.equal(weir('check', option, '0.0.0.0:0', '--set', 'auth.required=true').status, 0);
  }
});

test('a start that fails is one line that says what to do, and exits with 1', async () => {
  const taken = createServer();
  await new Promise((resolve) => taken.listen(0, '127.0.0.1', resolve));
  after(() => taken.close());
  const { port } = taken.address();
  const free = ['--gateway-listen', '127.0.0.1:0', '--admin-listen', '127.0.0.1:0'];
  const notes = join(directory, 'notes.txt'), newer = join(directory, 'newer.db');
  writeFileSync(notes, 'not a database, and dear to somebody\n'.repeat(50));
  weir('keys', 'create', '--name', 'n', '--database', newer);
  const bytes = readFileSync(newer);
  bytes.writeUInt32BE(bytes.readUInt32BE(60) + 1, 60); // SQLite's user_version: the schema's
  writeFileSync(newer, bytes);
  const before = [notes, newer].map((file) => readFileSync(file));
  const used = join(directory, 'used.db');
  const other = await startProcess(['serve', '--database', used, ...free], { gateway: /gateway listening on 127\.0\.0\.1:(\d+)/ },
                                   { cwd: directory });

  for (const [args, said] of [
    [['--gateway-listen', `127.0.0.1:${port}`, '--admin-listen', '127.0.0.1:0', '--database', join(directory, 'a.db')],
     new RegExp(`the gateway cannot listen on 127\\.0\\.0\\.1:${port} .*choose another address with gateway\\.listen`)],
    [['--gateway-listen', '127.0.0.1:0', '--admin-listen', `127.0.0.1:${port}`, '--database', join(directory, 'b.db')],
     new RegExp(`127\\.0\\.0\\.1:${port} .*admin\\.listen`)],
    [['--database', notes, ...free], /notes\.txt is not a weir database and was not touched: name another file with storage\.path/],
    [['--database', newer, ...free], /newer\.db was written by a newer weir .* run that version, or name another file with storage\.path/],
    [['--database', used, ...free], /used\.db is in use by another weir: stop that one, or name another file with storage\.path/],
  ]) {
    const { status, stderr } = weir('serve', ...args);
    assert.equal(status, 1, stderr);
    const errors = stderr.split('\n').filter((line) => / error /.test(line));
    assert.equal(errors.length, 1, stderr);
    assert.match(errors[0], said);
  }
  assert.deepEqual([notes, newer].map((file) => readFileSync(file)), before);
  assert.equal(await other.stop(), 0, other.log);
});

test('wrong usage is one line that says what to do, and exits with 2', () => {
  for (const [args, said] of [
    [[], 'weir: a subcommand is required; see weir --help'],
    [['start'], 'weir: unexpected argument "start"; see weir --help'],
    [['check', '--no-such-option'], 'weir check: unexpected argument "--no-such-option"; see weir check --help'],
    [['serve', 'weir.toml'], 'weir serve: unexpected argument "weir.toml"; see weir serve --help'],
    [['keys', 'make'], 'weir keys: unexpected argument "make"; see weir keys --help'],
    [['keys', 'create'], 'weir keys create: --name is required; see weir keys create --help'],
  ]) {
    const { status, stdout, stderr } = weir(...args);

    assert.equal(status, 2, stderr);
    assert.equal(stdout, '');
    assert.equal(stderr, `${said}\n`);
  }
  assert.match(weir('--version').stdout, /^weir \d/);
});

/** The commands that a help text lists. */
function commandsIn(text) {
  const [, list = ''] = text.split(/^Subcommands:$/m);
  return [...list.matchAll(/^ {2}([a-z][a-z-]*) /gm)].map(([, name]) => name);
}

test('--help names every command, and each has a help of its own', () => {
  const helped = (command) => {
    const { status, stdout } = weir(...command, '--help');
    assert.equal(status, 0, command.join(' '));
    assert.match(stdout, new RegExp(`^Usage: \\S*weir${command.map((word) => ` ${word}`).join('')} `, 'm'));
    return commandsIn(stdout);
  };

  const commands = helped([]);
  assert.deepEqual(commands, ['serve', 'check', 'keys', 'prune', 'export', 'reprice', 'experiment', 'mock-provider']);
  for (const command of commands) for (const inner of helped([command])) helped([command, inner]);
});

test('the help of a command names its options', () => {
  for (const [command, options] of Object.entries({
    serve: ['--config', '--database', '--set', '--gateway-listen', '--admin-listen', '--insecure'],
    check: ['--config', '--set', '--insecure'],
    'keys create': ['--name', '--permissions', '--organization'],
    prune: ['--older-than', '--before'],
    export: ['--format', '--filter', '--organization', '--output'],
    reprice: ['--since', '--until', '--model', '--filter', '--dry-run'],
    'experiment run': ['--url', '--fail-if', '--json', '--junit'],
    'mock-provider': ['--listen'],
  }))
    for (const option of options) assert.ok(weir(...command.split(' '), '--help').stdout.includes(option), `${command} ${option}`);
});
