// The commands of the documentation's pages, run as they stand there: what they print is what the page says.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { blocksOf, onPortsOf, pageAt, steady } from './support/pages.mjs';
import { binary } from './support/process.mjs';
import { newDirectory, startWorld } from './support/world.mjs';

// Who reads and types is slower than the recorder; what has been answered is in the record here at once.
const { weir } = await startWorld({ env: { WEIR_STORAGE_DURABILITY: 'commit' } });
const { directory, remove } = await newDirectory();
after(remove);
await symlink(fileURLToPath(new URL('node_modules', import.meta.url)), join(directory, 'node_modules'));

const mark = '\u0001';

/** What each of the texts prints, in one shell. A command that fails ends it. */
async function shell(texts) {
  const script = texts.map((text) => `${onPortsOf(weir, text).replaceAll('build/release/weir', binary)}\nprintf '${mark}'\n`);
  const { code, stdout, stderr } = await new Promise((resolve) => {
    execFile('bash', ['-c', `set -e -o pipefail\n${script.join('')}`], { cwd: directory }, (error, out, err) =>
      resolve({ code: error ? error.code : 0, stdout: out, stderr: err }));
  });
  assert.equal(code, 0, stdout + stderr);
  return stdout.split(mark).slice(0, texts.length);
}

/** Rows that are chosen at random come in any order. */
const sorted = (text) => steady(text).split('\n').sort();

async function runAsPrinted(path, isWanted = () => true) {
  const blocks = blocksOf(await pageAt(path)).filter((block) => block.language === 'sh' && isWanted(block));
  assert.ok(blocks.length > 0, path);
  const printed = await shell(blocks.map(({ text }) => text));
  blocks.forEach(({ text, printed: said }, n) => {
    if (said !== undefined) assert.deepEqual(sorted(printed[n]), sorted(said), text);
    assert.doesNotMatch(printed[n], /"error":\s*"/, text);
  });
}

for (const path of ['docs/prompts.md', 'docs/datasets.md', 'docs/experiments-api.md'])
  test(`${path} is as it was run`, () => runAsPrinted(path));

test('docs/experiments.md is as it was run', async () => {
  const page = await pageAt('docs/experiments.md');
  const { text } = blocksOf(page).find(({ language }) => language === 'toml');
  await writeFile(join(directory, 'capitals.toml'), text);
  await runAsPrinted('docs/experiments.md');
});

test("docs/promptlayer.md's report is as it was run", () => runAsPrinted('docs/promptlayer.md', ({ printed }) => printed));

test('docs/migrating.md is as it was run', async () => {
  const page = await pageAt('docs/migrating.md');
  const script = blocksOf(page).find(({ language }) => language === 'js');
  await writeFile(join(directory, 'run.cjs'), onPortsOf(weir, script.text));
  await runAsPrinted('docs/migrating.md');
  const [said] = await shell(['node run.cjs']);
  assert.equal(said.trim(), script.printed.match(/^\$ node run\.cjs\n([^]*)$/)[1].trim());
});
