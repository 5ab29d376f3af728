// One weir in front of one mock provider, in a directory of its own.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { eventually } from './eventually.mjs';
import { startProcess } from './process.mjs';

/** The whole configuration; `gateway` and `more` are further lines of TOML. */
function configuration(mockUrl, refusedPort, { gateway = '', more = '' }) {
  const providers = ['openai', 'anthropic', 'google'].map((name) => `[providers.${name}]\nbase_url = "${mockUrl}"`);
  return `[gateway]
listen = "127.0.0.1:0"
${gateway}
[admin]
listen = "127.0.0.1:0"
[storage]
path = "weir.db"
${providers.join('\n')}
[providers.refused]
base_url = "http://127.0.0.1:${refusedPort}"
kind = "openai"
[providers.refused_claude]
base_url = "http://127.0.0.1:${refusedPort}"
kind = "anthropic"
[providers.refused_gemini]
base_url = "http://127.0.0.1:${refusedPort}"
kind = "google"
${more}
`;
}

/** A port at which nothing listens, nor will: the system gives it to nobody. */
const closedPort = 1;

async function json(response) {
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.url}: ${response.status} ${text}`);
  return JSON.parse(text);
}

function mockSide(process) {
  const url = `http://127.0.0.1:${process.ports.http}`;
  const mock = {
    url,
    requests: async () => json(await fetch(`${url}/_mock/requests`)),
    stats: async () => json(await fetch(`${url}/_mock/stats`)),
    clear: () => fetch(`${url}/_mock/requests`, { method: 'DELETE' }),
    /** The recorded requests of which a header says `value`; see `tagged` in calls.mjs. */
    withHeader: async (name, value) =>
      (await mock.requests()).filter((r) => r.headers.some(([n, v]) => n.toLowerCase() === name && v === value)),
  };
  return mock;
}

function weirSide(process, directory) {
  const admin = `http://127.0.0.1:${process.ports.admin}`;
  const weir = {
    gateway: `http://127.0.0.1:${process.ports.gateway}`,
    port: process.ports.gateway,
    admin,
    process,
    directory,
    /** The row of a request, with its bodies, as soon as it is there; of a websocket that goes on (-2) if `open`. */
    row: (id, { open = false } = {}) =>
      eventually(`the row of ${id}`, async () => {
        const answer = await fetch(`${admin}/v1/request/${id}?includeBody=true`);
        const row = answer.status === 404 ? undefined : (await json(answer)).data;
        return row && (open || row.response_status !== -2) ? row : undefined;
      }),
    /** The rows that pass a filter, newest first. */
    rows: async (filter = 'all', limit = 1000) => {
      const answer = await fetch(`${admin}/v1/request/query`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ filter, limit }),
      });
      return (await json(answer)).data;
    },
    /** All files of the working directory, the database's among them, as one text of bytes. */
    files: async () => {
      const names = await readdir(directory);
      const parts = await Promise.all(names.map((name) => readFile(join(directory, name), 'latin1').catch(() => '')));
      return parts.join('\n');
    },
  };
  return weir;
}

/** Starts a mock provider for the length of a test file. Call at its top level. */
export async function startMock() {
  const mockProcess = await startProcess(['mock-provider', '--listen', '127.0.0.1:0'], {
    http: /mock provider listening on 127\.0\.0\.1:(\d+)/,
  });
  after(() => mockProcess.stop());
  return mockSide(mockProcess);
}

/** A directory of the caller's own, and how it is removed. */
export async function newDirectory() {
  const directory = await mkdtemp(join(tmpdir(), 'weir-e2e-'));
  return { directory, remove: () => rm(directory, { recursive: true, force: true }) };
}

/** Starts a weir in `directory`, where it goes on with what an earlier one recorded. Whoever starts it ends it. */
export async function startWeir(mock, directory, { env, under, ...settings } = {}) {
  const file = join(directory, 'weir.toml');
  await writeFile(file, configuration(mock.url, closedPort, settings));
  const weirProcess = await startProcess(
    ['serve', '--config', file],
    { gateway: /gateway listening on 127\.0\.0\.1:(\d+)/, admin: /admin listening on 127\.0\.0\.1:(\d+)/ },
    { cwd: directory, env, under },
  );
  return weirSide(weirProcess, directory);
}

/** Starts a weir in a directory of its own for the length of a test file. Call at its top level. */
export async function startWeirForFile(mock, settings = {}) {
  const { directory, remove } = await newDirectory();
  const weir = await startWeir(mock, directory, settings);
  after(async () => {
    // Whatever a sanitizer found shows in the exit code.
    assert.equal(await weir.process.stop(), 0, weir.process.log);
    await remove();
  });
  return weir;
}

/** Starts both for the length of a test file. Call at its top level. */
export async function startWorld(settings = {}) {
  const mock = await startMock();
  return { mock, weir: await startWeirForFile(mock, settings) };
}
