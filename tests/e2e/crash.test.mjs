// What a killed process leaves behind: with durability "commit" every answer that a client saw complete is in the record.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { eventually } from './support/eventually.mjs';
import { startProcess } from './support/process.mjs';

const rounds = 20, clients = 16;

const directory = await mkdtemp(join(tmpdir(), 'weir-crash-'));
const mock = await startProcess(['mock-provider', '--record', 'off', '--listen', '127.0.0.1:0'], {
  http: /listening on 127\.0\.0\.1:(\d+)/,
});
after(async () => {
  await mock.stop();
  await rm(directory, { recursive: true, force: true });
});

const database = (durability) => join(directory, `${durability}.db`);

const serve = (durability) =>
  startProcess(
    ['serve', '--gateway-listen', '127.0.0.1:0', '--admin-listen', '127.0.0.1:0', '--database', database(durability),
      '--set', `storage.durability=${durability}`, '--set', 'log.level=info'],
    { gateway: /gateway listening on 127\.0\.0\.1:(\d+)/ },
    { cwd: directory, env: { WEIR_PROVIDERS_OPENAI_BASE_URL: `http://127.0.0.1:${mock.ports.http}` } },
  );

/** Resolves to the id of one call whose answer came whole, else to nothing. Every third answer is a stream, every fifth weir's own 404. */
function call(port, agent, number) {
  const stream = number % 3 === 0;
  const refused = number % 5 === 0;
  const path = refused ? '/nobody/v1/chat/completions' : '/v1/chat/completions';
  const body = JSON.stringify({ model: 'gpt-4o', stream, messages: [{ role: 'user', content: `call ${number} `.repeat(20) }] });
  return new Promise((resolve) => {
    const asked = request(
      { port, agent, method: 'POST', path, headers: { 'content-type': 'application/json', 'content-length': body.length } },
      (answer) => {
        answer.on('data', () => {});
        answer.on('error', () => resolve());
        answer.on('end', () => resolve(answer.complete && answer.statusCode === (refused ? 404 : 200) ? answer.headers['helicone-id'] : undefined));
      },
    );
    asked.on('error', () => resolve());
    asked.end(body);
  });
}

/** Calls without a pause until the process has ended, not before some were answered; the ids of the answers that came whole. */
async function seenComplete(weir, forMs, signal = 'SIGKILL') {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const seen = [];
  let alive = true, number = 0;
  const client = async () => {
    while (alive) {
      const id = await call(weir.ports.gateway, agent, number++);
      if (id) seen.push(id);
    }
  };
  const all = Array.from({ length: clients }, client);
  await new Promise((resolve) => setTimeout(resolve, forMs));
  await eventually('some answers, also on a busy machine', () => seen.length > clients);
  weir.child.kill(signal);
  const [code] = await once(weir.child, 'close');
  if (signal === 'SIGTERM') assert.equal(code, 0, weir.log);
  alive = false;
  await Promise.all(all);
  agent.destroy();
  return seen;
}

const ask = (durability, sql) => execFileSync('sqlite3', [database(durability), sql], { encoding: 'utf8' }).trim();

/** Ends weir under load, again and again; how many answers were seen, and how many of them have no row. */
async function endAgainAndAgain(durability, signal, times) {
  const seen = [];
  for (let round = 0; round < times; ++round) {
    const weir = await serve(durability); // on what the round before left
    seen.push(...(await seenComplete(weir, 60 + Math.random() * 200, signal)));
    assert.equal(ask(durability, 'PRAGMA integrity_check'), 'ok', `after round ${round}`);
  }
  const recorded = new Set(ask(durability, 'SELECT lower(hex(request_id)) FROM request').split('\n'));
  const lost = seen.filter((id) => !recorded.has(id.replaceAll('-', '')));
  const orphans = ask(durability, 'SELECT count(*) FROM request WHERE body_ref NOT IN (SELECT id FROM body_block)');
  assert.equal(orphans, '0');
  return { seen: seen.length, lost: lost.length };
}

describe(`a process killed under load, ${rounds} times`, () => {
  test('with durability "commit" nothing is lost that a client saw complete', async (context) => {
    const { seen, lost } = await endAgainAndAgain('commit', 'SIGKILL', rounds);
    context.diagnostic(`${lost} of ${seen} complete answers lost`);
    assert.ok(seen > rounds, 'the load was too small to say anything');
    assert.equal(lost, 0);
  });

  test('with durability "async" the database stays sound, and only the last moments are lost', async (context) => {
    const { seen, lost } = await endAgainAndAgain('async', 'SIGKILL', rounds);
    context.diagnostic(`${lost} of ${seen} complete answers lost`);
    assert.ok(lost < seen);
  });

  test('asked to end instead, it loses nothing, and exits with 0', async () => {
    await rm(database('async'), { force: true });
    const { seen, lost } = await endAgainAndAgain('async', 'SIGTERM', 3);
    assert.ok(seen > clients, 'the load was too small to say anything');
    assert.equal(lost, 0);
  });
});
