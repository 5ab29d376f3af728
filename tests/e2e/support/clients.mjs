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

/** SDK clients without retries, for weir's URLs. `prefix` can name other providers of the configuration. */
export function clientsOf(weir, prefix = { openai: 'openai', anthropic: 'anthropic', gemini: 'gemini' }) {
  return clients(`${weir.gateway}/${prefix.openai}`, `${weir.gateway}/${prefix.anthropic}`,
                 `${weir.gateway}/${prefix.gemini}`);
}

/** The same, for the mock itself. */
export const directClients = (mock) => clients(mock.url, mock.url, mock.url);

function clients(openaiUrl, anthropicUrl, geminiUrl) {
  return {
    openai: new OpenAI({ apiKey: keys.openai, baseURL: `${openaiUrl}/v1`, maxRetries: 0 }),
    anthropic: new Anthropic({ apiKey: keys.anthropic, baseURL: anthropicUrl, maxRetries: 0 }),
    gemini: new GoogleGenAI({ apiKey: keys.gemini, httpOptions: { baseUrl: geminiUrl } }),
  };
}
