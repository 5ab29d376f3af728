// `weir keys` on the database of a test's own directory.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { binary } from './process.mjs';

/** Runs `weir keys ARGS`; `{status, stdout, stderr}`. */
export const runKeys = (directory, ...args) =>
  spawnSync(binary, ['keys', ...args, '--database', join(directory, 'weir.db')],
            { cwd: directory, encoding: 'utf8', timeout: 20_000 });
