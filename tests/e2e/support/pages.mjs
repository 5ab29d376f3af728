// What pages of documentation show: their commands, and what these are said to print.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** The text of a page, by its path in the repository. */
export const pageAt = (path) => readFile(fileURLToPath(new URL(`../../../${path}`, import.meta.url)), 'utf8');

/** Every fenced block of a page, `{language, text, printed}`, in order. `printed` is a block of text or JSON right behind it. */
export function blocksOf(page) {
  const found = [...page.matchAll(/^```(\w*)\n([^]*?)^```$(?:\n\n```(?:json)?\n([^]*?)^```$)?/gm)];
  return found.map(([, language, text, printed]) => ({ language, text, printed }));
}

/** The text with a running weir's own addresses. */
export const onPortsOf = (weir, text) =>
  text
    .replaceAll(/\b(127\.0\.0\.1|localhost):8787\b/g, weir.gateway.replace('http://', ''))
    .replaceAll(/\b(127\.0\.0\.1|localhost):8585\b/g, weir.admin.replace('http://', ''));

/** Without what differs from run to run. */
export const steady = (text) =>
  text
    .replaceAll('\r\n', '\n')
    .replace(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, 'ID')
    .replace(/(dur=)[\d.]+/, '$1MS')
    .replace(/("delay_ms": )[\d.]+/, '$1MS')
    .replace(/^(\[.*,)[\d.]+\]$/gm, '$1MS]') // a row's last member is its time to first token
    .replace(/ +\d+ ms/g, ' N ms')
    .replace(/ +(p50|p99)\b/g, ' $1') // columns are as wide as those times
    .trim();
