// PromptLayer's client, which works as CommonJS only, and prompts to call it with.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

export const { PromptLayer } = require('promptlayer');

export const text = (what) => [{ type: 'text', text: what }];

/** What `templates.publish` takes, for a prompt that greets somebody. */
export const greeting = (prompt_name, model, more = {}) => ({
  prompt_name,
  prompt_template: {
    type: 'chat',
    input_variables: ['name'],
    messages: [
      { role: 'system', input_variables: [], template_format: 'f-string', content: text('Be kind.') },
      { role: 'user', input_variables: ['name'], template_format: 'f-string', content: text('Greet {name}.') },
    ],
  },
  metadata: { model },
  ...more,
});

export const gpt = { provider: 'openai', name: 'gpt-4o', parameters: { temperature: 0.5 }, api_type: 'chat-completions' };
export const claude = { provider: 'anthropic', name: 'claude-haiku-4-5', parameters: { max_tokens: 100 } };
