// PromptLayer's reports over plain REST, as scripts call them: a template over a dataset of recorded calls, checked and judged.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, test } from 'node:test';
import { eventually } from './support/eventually.mjs';
import { startProcess } from './support/process.mjs';
import { text } from './support/promptlayer.mjs';
import { newDirectory, startWeir } from './support/world.mjs';

const concurrency = 2;
const calls = 12; // of which the dataset is made

const provider = await startProcess(['mock-provider', '--listen', '127.0.0.1:0', '--delay', '40ms'], {
  http: /mock provider listening on 127\.0\.0\.1:(\d+)/,
});
const mock = { url: `http://127.0.0.1:${provider.ports.http}` };
const { directory, remove } = await newDirectory();
const settings = { more: `[experiments]\nconcurrency = ${concurrency}\n` };
let weir = await startWeir(mock, directory, settings);
after(async () => {
  assert.equal(await weir.process.stop(), 0, weir.process.log);
  await provider.stop();
  await remove();
});

async function ask(method, path, body, status = 200) {
  const answer = await fetch(weir.admin + path, {
    method,
    headers: { 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
  });
  const said = await answer.text();
  assert.equal(answer.status, status, `${method} ${path}: ${said}`);
  return said ? JSON.parse(said) : undefined;
}

const report = (id) => ask('GET', `/reports/${id}`);

const ended = (id) =>
  eventually(`the end of report ${id}`, async () => {
    const found = await report(id);
    return found.status === 'COMPLETED' && found;
  }, { within: 60_000 });

/** How often the provider was asked. */
const asked = async () => (await (await fetch(`${mock.url}/_mock/stats`)).json()).requests;

let dataset, group, blueprint;

test('a template is published, and a dataset made of recorded calls', async () => {
  await ask('POST', '/rest/prompt-templates', {
    prompt_template: { prompt_name: 'shout' },
    prompt_version: {
      prompt_template: {
        type: 'chat',
        messages: [{ role: 'user', template_format: 'f-string', content: text('Shout {words}') }],
      },
      metadata: { model: { provider: 'openai', name: 'gpt-4o' } },
    },
  });
  for (let i = 0; i < calls; ++i)
    await ask('POST', '/track-request', {
      function_name: 'openai.chat.completions.create',
      kwargs: { model: 'gpt-4o', messages: [{ role: 'user', content: `question ${i}` }] },
      request_response: { choices: [{ message: { role: 'assistant', content: `answer ${i}` } }] },
      request_start_time: 1_700_000_000 + i,
      request_end_time: 1_700_000_001 + i,
      tags: ['evaluate'],
      prompt_input_variables: { words: `word-${i}` },
    });

  const made = await ask('POST', '/dataset-from-filter-params', { name: 'history', workspace_id: 1, tags: ['evaluate'] });

  dataset = made.dataset_id;
  const listed = await ask('GET', `/api/public/v2/datasets?dataset_id=${dataset}`);
  group = listed.datasets[0].dataset_group_id;
  assert.ok(listed.datasets[0].column_names.includes('variable.words'));
});

test('a blueprint is run: filled, checked and judged', async () => {
  const made = await ask('POST', '/reports', {
    dataset_group_id: group,
    name: 'shouting',
    columns: [
      {
        column_type: 'PROMPT_TEMPLATE',
        name: 'shouted',
        configuration: { template: { name: 'shout' }, prompt_template_variable_mappings: { words: 'variable.words' } },
      },
      {
        column_type: 'CONTAINS',
        name: 'repeats',
        configuration: { source: 'shouted', value_source: 'variable.words' },
        is_part_of_score: true,
      },
      {
        column_type: 'LLM_ASSERTION',
        name: 'polite',
        configuration: { source: 'shouted', prompt: 'Is this polite?' },
        is_part_of_score: true,
      },
    ],
  }, 201);
  blueprint = made.report_id;
  const { report_id } = await ask('POST', `/reports/${blueprint}/run`, { name: 'first' }, 201);

  const found = await ended(report_id);

  assert.deepEqual(found.stats.status_counts, { COMPLETED: 3 * calls, FAILED: 0, QUEUED: 0, RUNNING: 0 });
  const { score } = await ask('GET', `/reports/${report_id}/score`);
  assert.equal(score.overall_score, 100);
  assert.equal(score.score_type, 'multi_column');
  assert.deepEqual(score.details.columns.map((one) => [one.column_name, one.score, one.score_type]), [
    ['repeats', 100, 'boolean'],
    ['polite', 100, 'boolean'],
  ]);
  const { columns, rows, total } = await ask('GET', `/api/public/v2/evaluations/${report_id}/rows?per_page=2`);
  assert.equal(total, calls);
  assert.deepEqual(columns.slice(-3), ['shouted', 'repeats', 'polite']);
  assert.deepEqual(rows[0].slice(-3), [
    { type: 'eval', status: 'COMPLETED', value: `Hello from the mock provider. You said: Shout word-${calls - 1}` },
    { type: 'eval', status: 'COMPLETED', value: true },
    { type: 'eval', status: 'COMPLETED', value: true },
  ]);
  const recorded = await eventually('their rows', async () => {
    const rows = await weir.rows();
    const own = rows.filter((row) => row.properties['Weir-Report-Id'] === String(report_id) && row.response_status === 200);
    return own.length === 2 * calls && own;
  });
  assert.ok(recorded.every((row) => row.costUSD > 0));
});

test('what a killed weir had not done yet is done after the next start, and nothing twice', async () => {
  const before = await asked();
  const { report_id } = await ask('POST', `/reports/${blueprint}/run`, { name: 'killed' }, 201);
  await eventually('a part of the run', async () => (await report(report_id)).stats.status_counts.COMPLETED > 4);

  weir.process.child.kill('SIGKILL');
  await once(weir.process.child, 'close');
  weir = await startWeir(mock, directory, settings);
  const left = (await report(report_id)).stats.status_counts;
  assert.ok(left.COMPLETED > 4);
  const found = await ended(report_id);

  assert.equal(found.stats.status_counts.COMPLETED, 3 * calls);
  assert.equal((await ask('GET', `/reports/${report_id}/score`)).score.overall_score, 100);
  const repeated = (await asked()) - before - 2 * calls;
  assert.ok(repeated >= 0 && repeated <= concurrency, `${repeated} calls were made again`);
});

test('a report is listed with its runs, renamed and archived', async () => {
  const listed = await ask('GET', '/api/public/v2/evaluations?include_runs=true');
  assert.deepEqual(listed.evaluations.map((one) => [one.name, one.runs.map((run) => [run.name, run.status])]), [
    ['shouting', [['killed', 'COMPLETED'], ['first', 'COMPLETED']]],
  ]);

  await ask('PATCH', `/reports/${blueprint}/rename`, { name: 'quiet' });
  await ask('DELETE', '/reports/name/quiet');

  assert.equal((await ask('GET', '/api/public/v2/evaluations')).total, 0);
  await ask('POST', `/reports/${blueprint}/run`, { name: 'late' }, 404);
});
