// Experiments: from a file, over the REST API, and when weir is killed in the middle of one.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { eventually } from './support/eventually.mjs';
import { binary } from './support/process.mjs';
import { newDirectory, startMock, startWeir } from './support/world.mjs';

const mock = await startMock();
const { directory, remove } = await newDirectory();
const more = `
[experiments]
concurrency = 4
first_retry = "10ms"
[experiments.commands]
named = ["/bin/sh", "-c", "read call; case $call in *Oslo*) echo true;; *) echo false;; esac"]
sorry = ["/bin/sh", "-c", "echo no model >&2; exit 3"]
[providers.mistral]
base_url = "http://127.0.0.1:1"
`;
let weir = await startWeir(mock, directory, { more });
after(async () => {
  assert.equal(await weir.process.stop(), 0, weir.process.log);
  await remove();
});

const capitals = `
name = "capitals"
[dataset]
rows = [{ country = "France", capital = "Paris" }, { country = "Norway", capital = "Oslo" }]
[[variant]]
name = "plain"
model = "gpt-4o-mini"
messages = [{ role = "user", content = "The capital of {{country}}?" }]
[[variant]]
name = "hint"
model = "gpt-4o"
messages = [{ role = "user", content = "The capital of {{country}}? It is {{capital}}." }]
[[evaluator]]
name = "right"
check = { type = "contains", value = "{{capital}}" }
[[evaluator]]
name = "polite"
judge = { type = "range", question = "How polite is the answer?", min = 1, max = 5 }
`;

/** Runs `weir experiment run` on a file of this text; its exit code and what it wrote. */
async function run(text, ...args) {
  const file = join(directory, 'experiment.toml');
  await writeFile(file, text);
  return new Promise((resolve) => {
    execFile(binary, ['experiment', 'run', file, ...args], { cwd: directory }, (error, stdout, stderr) =>
      resolve({ code: error ? error.code : 0, stdout, stderr }),
    );
  });
}

async function ask(path, body) {
  const answer = await fetch(`${weir.admin}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const said = await answer.json();
  assert.equal(said.error, null, `${path}: ${said.error}`);
  return said.data;
}

test('a file is run, scored and compared', async () => {
  const json = join(directory, 'report.json');
  const done = await run(capitals, '--url', weir.admin, '--json', json);

  assert.equal(done.code, 0, done.stderr + done.stdout);
  assert.match(done.stdout, /^plain +gpt-4o-mini +2 +0 +5 .* 0 /m);
  assert.match(done.stdout, /^hint +gpt-4o +2 +0 +5 .* 1 /m);
  const report = JSON.parse(await readFile(json, 'utf8'));
  const [plain, hint] = report.variants;
  assert.equal(plain.scores['right-hcone-bool'].mean, 0);
  assert.equal(hint.scores['right-hcone-bool'].mean, 1);
  assert.equal(hint.scores.polite.mean, 5);
  assert.ok(hint.cost.total > plain.cost.total);

  const runs = await weir.rows({ properties: { 'Helicone-Experiment-Id': { equals: report.experimentId } } });
  assert.equal(runs.length, 4);
  assert.deepEqual(new Set(runs.map((row) => row.request_model)), new Set(['gpt-4o', 'gpt-4o-mini']));
});

test('conditions set the exit code, and JUnit says which', async () => {
  const junit = join(directory, 'report.xml');
  const done = await run(capitals, '--url', weir.admin, '--junit', junit, '--fail-if', 'plain: score.right < 0.9', '--fail-if', 'cost > 1');

  assert.equal(done.code, 1);
  assert.match(done.stdout, /^fails: plain: score\.right is 0 \(plain: score\.right < 0\.9\)$/m);
  const xml = await readFile(junit, 'utf8');
  assert.match(xml, /<testsuite name="plain" tests="3" failures="1">/);
  assert.match(xml, /<testsuite name="hint" tests="2" failures="0">/);
});

test('weir runs in the process of the command when none is named', async () => {
  const alone = await newDirectory();
  const done = await new Promise((resolve) => {
    execFile(binary, ['experiment', 'run', join(directory, 'experiment.toml'), '--database', 'own.db'],
      { cwd: alone.directory, env: { ...process.env, WEIR_PROVIDERS_OPENAI_BASE_URL: mock.url } },
      (error, stdout, stderr) => resolve({ code: error ? error.code : 0, stdout, stderr }));
  });
  await alone.remove();

  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stdout, /^hint +gpt-4o +2 +0/m);
});

const nobody = '00000000-0000-4000-8000-000000000001';
for (const [what, text, args, expected] of [
  ['a file that is wrong', 'name = "x"', [], /dataset is missing/],
  ['a condition that is none', capitals, ['--fail-if', 'accuracy'], /--fail-if 'accuracy': write it as/],
  ['a variant that there is not', capitals, ['--fail-if', 'plian: cost > 1'], /the file has no variant "plian"; did you mean "plain"\?/],
  ['a score that nobody gives', capitals, ['--fail-if', 'score.rigth < 1'], /no evaluator of the file gives the score "rigth"; did you mean "right"\?/],
  ['a report that cannot be written', capitals, ['--json', 'none/report.json'], /none\/report.json cannot be written/],
  ['one file for two reports', capitals, ['--json', 'a', '--junit', 'a'], /--json and --junit name the same file/],
  ['a check that is none', capitals.replace('"contains"', '"contians"'), [], /evaluator\[0\]\.check\.type "contians" is none of/],
  ['a command that there is not', `${capitals}[[evaluator]]\nname = "c"\ncheck = {type = "command", command = "other"}\n`, [],
    /evaluator\[2\]: code_template\.command: "other" is none of the commands that the configuration has: named, sorry/],
  ['an evaluator that there is not', `${capitals}[[evaluator]]\nid = "${nobody}"\n`, [], /evaluator\[2\]\.id: the record has none of that id/],
  ['a version that there is not', `${capitals}[[variant]]\nname = "v"\nmodel = "m"\nversion = "${nobody}"\n`, [], /variant\[2\]\.version: the record has none/],
  ['a dataset that there is not', capitals.replace(/rows = .*/, `id = "${nobody}"`), [], /dataset\.id: the record has none of that id/],
])
  test(`${what} is told before anything is made`, async () => {
    const before = await ask('/v1/prompt/query', { filter: 'all' });
    const done = await run(text, '--url', weir.admin, ...args);
    assert.equal(done.code, 2, done.stderr);
    assert.match(done.stderr, expected);
    assert.equal((await ask('/v1/prompt/query', { filter: 'all' })).length, before.length);
  });

test('evaluators of an earlier run are used again', async () => {
  const before = await ask('/v1/evaluator/query', {});
  const done = await run(capitals, '--url', weir.admin);
  assert.equal(done.code, 0, done.stderr);
  assert.equal((await ask('/v1/evaluator/query', {})).length, before.length);
});

for (const [where, args] of [['a running weir', () => ['--url', weir.admin]], ['the process of the command', () => ['--config', 'weir.toml', '--database', 'own.db']]])
  test(`commands of the configuration score, in ${where}`, async () => {
    const text = capitals.replace(/\[\[evaluator\]\][\s\S]*$/, '[[evaluator]]\nname = "named"\ncheck = { type = "command", command = "named" }\n');
    const done = await run(text, ...args());
    assert.equal(done.code, 0, done.stderr + done.stdout);
    assert.match(done.stdout, /^plain .* 0\.5 \[/m);
  });

test('a command that fails is told with its word, and the others go on', async () => {
  const { experimentId, run: begin } = await manyRows(1);
  await begin();
  await eventually('the run', async () => (await ask(`/v1/experiment/${experimentId}/progress`)).done);
  const { id } = await ask('/v1/evaluator', { name: 'sorry', scoring_type: 'CHECK', code_template: { type: 'command', command: 'sorry' } });
  await ask(`/v1/experiment/${experimentId}/evaluators`, { evaluatorId: id });
  assert.equal(await ask(`/v1/experiment/${experimentId}/evaluators/run`, {}), null);
  assert.deepEqual(await ask(`/v1/experiment/${experimentId}/evaluators/lacking`), [
    { evaluatorId: id, name: 'sorry', answers: 1, reason: 'the command exited with 3: no model' },
  ]);
});

for (const signal of ['SIGINT', 'SIGTERM'])
  test(`${signal} cancels the runs of the command`, async () => {
    const rows = Array.from({ length: 300 }, (_, n) => `{ country = "${n}", capital = "x" }`).join(', ');
    const file = join(directory, 'long.toml');
    await writeFile(file, capitals.replace(/rows = .*/, `rows = [${rows}]`));
    const child = spawn(binary, ['experiment', 'run', file, '--url', weir.admin], { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text) => {
      said += text;
    });
    await eventually('the experiment', () => /^experiment \S+$/m.test(said));
    child.kill(signal);
    const [code] = await once(child, 'close');

    assert.equal(code, signal === 'SIGINT' ? 130 : 143, said);
    const [, cancelled, id] = said.match(/interrupted: (\d+) runs of experiment (\S+) were cancelled/);
    assert.ok(Number(cancelled) > 0, said);
    assert.equal((await ask(`/v1/experiment/${id}/progress`)).done, true);
  });

test('nobody at the address is told', async () => {
  const done = await run(capitals, '--url', 'http://127.0.0.1:1');
  assert.equal(done.code, 1);
  assert.match(done.stderr, /does not answer/);
});

test('runs that the provider refuses are told with its words', async () => {
  const refused = capitals.replace(/\[\[evaluator\]\][\s\S]*$/, '').replace('"gpt-4o"', '"mistral-small"');
  const done = await run(refused, '--url', weir.admin);
  assert.equal(done.code, 1, done.stdout);
  assert.match(done.stdout, /2 runs failed:\n {2}status 502: \S/);
});

/** An experiment of one hypothesis on `count` rows; its id, and how to run it. */
async function manyRows(count) {
  const prompt = await ask('/v1/prompt/create', {
    userDefinedId: `many-${Date.now()}`,
    prompt: { model: 'gpt-4o', messages: [{ role: 'user', content: 'Row <helicone-prompt-input key="n" />' }] },
    metadata: {},
  });
  const { datasetId } = await ask('/v1/experiment/dataset', { datasetName: 'many', requestIds: [], datasetType: 'experiment' });
  const path = `/v1/experiment/dataset/${datasetId}/version/${prompt.prompt_version_id}/row/new`;
  let next = 0;
  const makeRows = async () => {
    while (next < count) await ask(path, { inputs: { n: String(next++) } });
  };
  await Promise.all(Array.from({ length: 8 }, makeRows));
  const { experimentId } = await ask('/v1/experiment/new-empty', { metadata: {}, datasetId });
  const { hypothesisId } = await ask('/v1/experiment/hypothesis', {
    experimentId, model: 'gpt-4o', promptVersion: prompt.prompt_version_id, providerKeyId: 'NOKEY', status: 'PENDING',
  });
  return { experimentId, run: () => ask('/v1/experiment/run', { experimentId, hypothesisId, datasetRowIds: [] }) };
}

test('killed three times in the middle, every run is in the record once', async () => {
  const count = 1000;
  const { experimentId, run: begin } = await manyRows(count);
  await begin();
  for (let kill = 1; kill <= 3; ++kill) {
    await eventually('some runs', async () => {
      const { completed } = await ask(`/v1/experiment/${experimentId}/progress`);
      return completed >= (kill * count) / 5;
    });
    weir.process.child.kill('SIGKILL');
    await once(weir.process.child, 'close');
    weir = await startWeir(mock, directory, { more });
  }

  const done = await eventually('the last run', async () => {
    const progress = await ask(`/v1/experiment/${experimentId}/progress`);
    return progress.queued + progress.running === 0 && progress;
  });
  assert.equal(done.completed, count);
  assert.equal(done.failed, 0);
  const filter = JSON.stringify({ properties: { 'Helicone-Experiment-Id': { equals: experimentId } } });
  const exported = await (await fetch(`${weir.admin}/v1/request/export?filter=${encodeURIComponent(filter)}`)).text();
  const good = exported.trimEnd().split('\n').map((line) => JSON.parse(line))
    .filter((row) => row.response_status === 200)
    .map((row) => row.request_body.messages[0].content);
  assert.equal(good.length, count);
  assert.equal(new Set(good).size, count);
});

test('killed while evaluators run, each answer has its score after the next start', async () => {
  const count = 60;
  const { experimentId, run: begin } = await manyRows(count);
  await begin();
  await eventually('the runs', async () => (await ask(`/v1/experiment/${experimentId}/progress`)).done);
  const { id } = await ask('/v1/evaluator', { name: 'after the kill', scoring_type: 'CHECK', code_template: { type: 'command', command: 'named' } });
  await ask(`/v1/experiment/${experimentId}/evaluators`, { evaluatorId: id });
  const lacking = async () => (await ask(`/v1/experiment/${experimentId}/evaluators/lacking`)).reduce((sum, one) => sum + one.answers, 0);

  const waiting = ask(`/v1/experiment/${experimentId}/evaluators/run`, {}).catch(() => 'cut');
  await eventually('some scores', async () => (await lacking()) < count);
  weir.process.child.kill('SIGKILL');
  await once(weir.process.child, 'close');
  assert.equal(await waiting, 'cut');
  weir = await startWeir(mock, directory, { more });

  await eventually('the last score', async () => (await lacking()) === 0);
  const { variants } = await ask(`/v1/experiment/${experimentId}/compare`);
  assert.ok(Object.values(variants[0].scores).some(({ n }) => n === count), JSON.stringify(variants));
});

test('what is cancelled ends, and says so', async () => {
  const { experimentId, run: begin } = await manyRows(40);
  await begin();
  await ask(`/v1/experiment/${experimentId}/cancel`, {});

  const progress = await ask(`/v1/experiment/${experimentId}/progress`);
  assert.equal(progress.queued + progress.running, 0);
  assert.equal(progress.completed + progress.cancelled, 40);
});
