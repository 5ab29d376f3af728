// The record as a whole: over HTTP and by the command, which must say the same.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import http from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { chat, message, tagged } from './support/calls.mjs';
import { clientsOf } from './support/clients.mjs';
import { binary } from './support/process.mjs';
import { startWorld } from './support/world.mjs';

const { weir } = await startWorld();
const { openai, anthropic } = clientsOf(weir);

const calls = [];
for (const text of ['first', 'second', 'third']) {
  const call = tagged({ 'Helicone-User-Id': text });
  await openai.chat.completions.create(chat(text), call.options);
  calls.push(call.id);
}
const claude = tagged();
await anthropic.messages.create(message('fourth, with "quotes"'), claude.options);
calls.push(claude.id);
for (const id of calls) await weir.row(id);

const exported = async (query = '') => {
  const answer = await fetch(`${weir.admin}/v1/request/export${query}`);
  assert.equal(answer.status, 200);
  return answer.text();
};
const command = (...args) =>
  execFileSync(binary, ['export', '--database', join(weir.directory, 'weir.db'), ...args], { encoding: 'utf8' });
const idsIn = (jsonl) => jsonl.trimEnd().split('\n').map((line) => JSON.parse(line).request_id);

test('every call is a line, oldest first, with both bodies', async () => {
  const rows = (await exported()).trimEnd().split('\n').map((line) => JSON.parse(line));

  assert.deepEqual(rows.map((row) => row.request_id), calls);
  assert.equal(rows[0].request_body.messages.at(-1).content, 'first');
  assert.match(rows[3].response_body.content[0].text, /fourth, with "quotes"/);
});

for (const [what, query, args] of [
  ['JSON lines', '', []],
  ['CSV', '?format=csv', ['--format', 'csv']],
  ['a filter', `?filter=${encodeURIComponent('{"request":{"user_id":{"equals":"second"}}}')}`, ['--filter', '{"request":{"user_id":{"equals":"second"}}}']],
])
  test(`the command says the same: ${what}`, async () => {
    assert.equal(command(...args), await exported(query));
  });

test('a client that goes in the middle harms nobody', async () => {
  await new Promise((resolve) => {
    const asked = http.get(`${weir.admin}/v1/request/export`, (answer) => {
      answer.once('data', () => asked.destroy());
      answer.once('close', resolve);
      answer.once('error', () => {});
    });
    asked.once('error', () => {});
  });

  assert.deepEqual(idsIn(await exported()), calls);
});
