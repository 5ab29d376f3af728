// Starts one process of the weir binary and waits for the lines in which it names its ports.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { eventually } from './eventually.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));

export const binary = process.env.WEIR_BINARY ?? `${root}build/release/weir`;

const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

/**
 * Runs `weir ARGS`, as the last arguments of the command `under` if there is one. `ports` maps names to the patterns whose first group is a port in the process's output.
 * Resolves when all are known; rejects, showing the output, when the process ends before.
 */
export async function startProcess(args, ports, { cwd, env = {}, under = [] } = {}) {
  const [command, ...words] = [...under, binary, ...args];
  const child = spawn(command, words, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  const started = { child, log: '', ports: {} };
  /** Resolves to the exit code, or the name of the signal that ended it. */
  const ended = new Promise((resolve) => {
    child.on('error', (error) => {
      started.log += `${error}\n`;
      resolve(-1);
    });
    child.on('close', (code, signal) => {
      running.delete(child);
      resolve(code ?? signal);
    });
  });
  started.ended = ended;
  for (const output of [child.stdout, child.stderr])
    output.setEncoding('utf8').on('data', (text) => {
      started.log += text;
    });

  let exit;
  ended.then((code) => {
    exit = code;
  });
  await eventually(`${args[0]} to listen`, () => {
    if (exit !== undefined) throw new Error(`${binary} ${args.join(' ')} ended with ${exit}:\n${started.log}`);
    for (const [name, pattern] of Object.entries(ports)) {
      const found = started.log.match(pattern);
      if (!found) return false;
      started.ports[name] = Number(found[1]);
    }
    return true;
  }, { within: 30_000, fatal: true });

  /** Asks it to end; resolves to its exit code. */
  started.stop = async () => {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), 60_000);
    const code = await ended;
    clearTimeout(timer);
    return code;
  };
  return started;
}
