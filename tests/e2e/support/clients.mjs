// The SDKs, pointed at weir or straight at the mock provider.
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import { File } from 'node:buffer';
import OpenAI from 'openai';

globalThis.File ??= File; // Node 18 has it, but not as a global; the OpenAI SDK wants it for uploads

export const keys = {
  openai: 'sk-e2e-openai-0123456789abcdef',
  anthropic: 'sk-ant-e2e-0123456789abcdef',
  gemini: 'AIzaSyE2E-0123456789abcdef',
};

const usual = { openai: 'openai', anthropic: 'anthropic', gemini: 'gemini' };

/**
 * SDK clients without retries, for weir's URLs. `prefix` can name other providers of the configuration, `apiKeys` other
 * keys.
 */
export function clientsOf(weir, prefix = usual, apiKeys = keys) {
  return clients(`${weir.gateway}/${prefix.openai}`, `${weir.gateway}/${prefix.anthropic}`,
                 `${weir.gateway}/${prefix.gemini}`, apiKeys);
}

/** The same with one key for all of them. */
export const clientsWithKey = (weir, key) => clientsOf(weir, usual, { openai: key, anthropic: key, gemini: key });

/** The same, for the mock itself. */
export const directClients = (mock) => clients(mock.url, mock.url, mock.url, keys);

function clients(openaiUrl, anthropicUrl, geminiUrl, apiKeys) {
  return {
    openai: new OpenAI({ apiKey: apiKeys.openai, baseURL: `${openaiUrl}/v1`, maxRetries: 0 }),
    anthropic: new Anthropic({ apiKey: apiKeys.anthropic, baseURL: anthropicUrl, maxRetries: 0 }),
    gemini: new GoogleGenAI({ apiKey: apiKeys.gemini, httpOptions: { baseUrl: geminiUrl } }),
  };
}
