// Online evaluators: live traffic of an SDK is scored, as much of it as was asked for.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chat, tagged } from './support/calls.mjs';
import { clientsOf } from './support/clients.mjs';
import { eventually } from './support/eventually.mjs';
import { startWorld } from './support/world.mjs';

const { weir } = await startWorld();
const { openai } = clientsOf(weir);

async function ask(path, body) {
  const answer = await fetch(`${weir.admin}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  assert.equal(answer.status, 200, path);
  return (await answer.json()).data;
}

/** Has an evaluator of that name score live traffic. */
async function online(name, config) {
  const { id } = await ask('/v1/evaluator', { name, scoring_type: 'CHECK', code_template: { type: 'contains', value: 'mock provider' } });
  await ask(`/v1/evaluator/${id}/onlineEvaluators`, { config });
}

async function called(headers) {
  const call = tagged(headers);
  await openai.chat.completions.create(chat(), call.options);
  await weir.row(call.id);
  return call.id;
}

const scoresOf = async (id) => (await weir.rows({ request: { id: { equals: id } } }))[0].scores ?? {};

test('live traffic is scored, that which was asked for', async () => {
  await online('Of the shop', { sampleRate: 100, propertyFilters: [{ key: 'App', value: 'shop' }] });
  await online('Of nothing', { sampleRate: 0 });
  await online('Of all', {});

  const other = await called({ 'Helicone-Property-App': 'desk' });
  const shop = await called({ 'Helicone-Property-App': 'shop' });

  const scores = await eventually('both scores', async () => {
    const found = await scoresOf(shop);
    return Object.keys(found).length >= 2 && found;
  });
  assert.deepEqual(scores, {
    'of_all-hcone-bool': { value: 1, valueType: 'boolean' },
    'of_the_shop-hcone-bool': { value: 1, valueType: 'boolean' },
  });
  await eventually('its only score', async () => Object.keys(await scoresOf(other)).length === 1);
  assert.deepEqual(Object.keys(await scoresOf(other)), ['of_all-hcone-bool']);
});
