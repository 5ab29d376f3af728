import assert from 'node:assert/strict';

/** US dollars for a million tokens, [input, output]: as in the price table. */
const prices = {
  'gpt-4o': [2.5, 10],
  'gpt-3.5-turbo-instruct': [1.5, 2],
  'gpt-4o-transcribe': [2.5, 10],
  'text-embedding-3-small': [0.02, 0],
  'claude-sonnet-4-5': [3, 15],
  'gemini-2.5-flash': [0.3, 2.5],
};

/** What `input` and `output` tokens cost; `extra` is in dollars per million already multiplied by tokens. */
export const costOf = (model, input, output, extra = 0) =>
  (input * prices[model][0] + output * prices[model][1] + extra) / 1e6;

/** What the row of a plain answer says of it. */
export const rowOfAnswer = (provider, model, promptTokens, completionTokens) => ({
  provider,
  model,
  response_status: 200,
  prompt_tokens: promptTokens,
  completion_tokens: completionTokens,
  total_tokens: promptTokens + completionTokens,
  cost: costOf(model, promptTokens, completionTokens),
});

/** Compares the fields of a row that are named; a cost up to rounding. */
export function assertRow(row, { cost, ...expected }) {
  const picked = Object.fromEntries(Object.keys(expected).map((name) => [name, row[name]]));
  assert.deepEqual(picked, expected);
  if (cost === undefined) return;
  const found = row.cost ?? row.costUSD;
  assert.ok(Math.abs(found - cost) < 1e-9, `cost ${found}, not ${cost}`);
}

/** The row of a stream says when its first content came, within the time the call took. */
export function assertStreamTimes(row) {
  assert.equal(typeof row.time_to_first_token, 'number');
  assert.ok(row.time_to_first_token >= 0 && row.time_to_first_token <= row.delay_ms, JSON.stringify(row));
}

/** A body of a row, which may be stored as text. */
export const bodyOf = (body) => (typeof body === 'string' ? JSON.parse(body) : body);
