// The README's commands and snippets, taken from its text and run as they stand there: what they print is what it says.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { eventually } from './support/eventually.mjs';
import { blocksOf, onPortsOf, pageAt, steady } from './support/pages.mjs';
import { newDirectory, startWorld } from './support/world.mjs';

const run = promisify(execFile);
const { weir } = await startWorld();
const page = await pageAt('README.md');

// The snippets stand in a directory where `npm install` of the SDKs has been done.
const { directory, remove } = await newDirectory();
after(remove);
await symlink(fileURLToPath(new URL('node_modules', import.meta.url)), join(directory, 'node_modules'));

const blocks = blocksOf(page);

/** The one block whose text holds `mark`. */
function blockWith(mark) {
  const found = blocks.filter(({ text }) => text.includes(mark));
  assert.equal(found.length, 1, `one block of the README has ${mark}`);
  return found[0];
}

const idInPage = page.match(/helicone-id: ([0-9a-f-]{36})/)[1];
let id = idInPage;

/** The same for this test's ports, and for the id that the first call was given. */
const here = (text) => onPortsOf(weir, text).replaceAll(idInPage, id);

const shell = async (text) => (await run('sh', ['-c', here(text)], { cwd: directory })).stdout;

test('the call by curl', async () => {
  const { text, printed } = blockWith('curl -si ');
  const got = await shell(text);
  id = got.match(/helicone-id: (\S+)/)[1];

  assert.equal(steady(got), steady(printed));
});

test('the snippets of the three SDKs', async () => {
  const snippets = [...page.matchAll(/^`(\w+\.mjs)`\n\n```js\n([^]*?)^```$/gm)];
  assert.deepEqual(snippets.map(([, name]) => name), ['openai.mjs', 'anthropic.mjs', 'gemini.mjs']);
  for (const [, name, text] of snippets) await writeFile(join(directory, name), here(text));

  const { printed: text } = blocks.find(({ printed: said }) => said?.includes('$ node '));
  const [, command, printed] = text.match(/^\$ (.*)\n([^]*)$/);
  assert.equal(steady(await shell(command)), steady(printed));
});

test('the record of these calls, over REST', async () => {
  await eventually('the rows of all four calls', async () => (await weir.rows()).length === 4);
  for (const mark of ['/v1/request/query', '?includeBody=true']) {
    const { text, printed } = blockWith(mark);
    assert.equal(steady(await shell(text)), steady(printed));
  }
});
