// Alerts: evaluated at every start, told by the log, the metric and the history.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { chat, tagged } from './support/calls.mjs';
import { clientsOf } from './support/clients.mjs';
import { eventually } from './support/eventually.mjs';
import { newDirectory, startMock, startWeir } from './support/world.mjs';

const mock = await startMock();
const { directory, remove } = await newDirectory();
let weir = await startWeir(mock, directory);
after(async () => {
  assert.equal(await weir.process.stop(), 0, weir.process.log);
  await remove();
});

async function alerts(method, path, body) {
  const answer = await fetch(`${weir.admin}/v1/alert${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
  });
  assert.equal(answer.status, 200);
  return (await answer.json()).data;
}
const listed = () => alerts('GET', '/query');
const create = (metric, threshold) =>
  alerts('POST', '/create', { name: `too much ${metric}`, metric, threshold, time_window: '60000', emails: ['a@b.example'], slack_channels: [] });

test('an alert is triggered by failed calls, and told of', async () => {
  const id = await create('response.status', 50);
  await create('cost', 1000);
  const failed = tagged({ 'x-mock-status': '429' });
  await assert.rejects(clientsOf(weir).openai.chat.completions.create(chat(), failed.options));
  await weir.row(failed.id);
  assert.equal(await weir.process.stop(), 0, weir.process.log);

  weir = await startWeir(mock, directory);
  const { alerts: all, history } = await eventually('the alert', async () => {
    const found = await listed();
    return found.history.length > 0 ? found : undefined;
  });
  assert.deepEqual(Object.fromEntries(all.map((a) => [a.metric, a.status])), { 'response.status': 'triggered', cost: 'resolved' });
  const [event] = history;
  assert.equal(history.length, 1);
  assert.equal(event.alert_id, id);
  assert.equal(event.alert_end_time, null);
  assert.equal(event.triggered_value, '100');
  await eventually('the line in the log', () => /an alert is triggered.*too much response\.status/.test(weir.process.log));
  await eventually('the metric', async () => /^weir_alerts_triggered 1$/m.test(await (await fetch(`${weir.admin}/metrics`)).text()));
});
