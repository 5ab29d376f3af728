// HTTP as bytes, for what no SDK would send.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { after } from 'node:test';
import { eventually } from './eventually.mjs';

/**
 * Opens a connection to a port, sends `bytes` and resolves to all that comes back until the peer closes or, if given,
 * `enough(text)` is true. `more(socket, text)` is called with what has come so far each time something comes.
 */
export function exchange(port, bytes, { enough = () => false, more = () => {}, within = 20_000 } = {}) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    let text = '';
    const timer = setTimeout(() => finish(new Error(`nothing more came after ${JSON.stringify(text)}`)), within);
    const finish = (error) => {
      clearTimeout(timer);
      socket.destroy();
      if (error) reject(error);
      else resolve(text);
    };
    socket.on('data', (data) => {
      text += data.toString('latin1');
      more(socket, text);
      if (enough(text)) finish();
    });
    socket.on('end', () => finish());
    socket.on('error', () => finish()); // a reset ends it like a close
  });
}

/** A request's head and body, with the headers in the order given. */
export function request(method, target, headers, body = '') {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `${method} ${target} HTTP/1.1\r\n${lines}\r\n${body}`;
}

/** The status of a response. */
export const statusOf = (text) => Number(text.slice(9, 12));

/** True when a response with that many bodies in chunks is complete. */
export const chunkedEnds = (count) => (text) => text.split('\r\n0\r\n\r\n').length > count;

const latin1 = (bytes) => (typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);

/** Collects what comes on a socket as `text`; `end` says how the peer ended it: 'closed', 'reset', or not yet. */
function observe(socket, came = () => {}) {
  const peer = { socket, text: '', end: undefined };
  socket.on('data', (data) => {
    peer.text += data.toString('latin1');
    came(peer);
  });
  const ended = (how) => {
    peer.end ??= how;
  };
  socket.on('end', () => ended('closed'));
  socket.on('error', () => ended('reset'));
  socket.on('close', () => ended('closed'));
  return peer;
}

/** A connection to a port, on which `bytes` are sent at once and whatever comes is kept. */
export function dial(port, bytes = '') {
  const peer = observe(connect({ port, host: '127.0.0.1', noDelay: true }));
  peer.send = (more) => peer.socket.write(latin1(more));
  /** Resolves when `enough(text)` is true. */
  peer.until = (what, enough, within) =>
    eventually(what, () => enough(peer.text), { within }).catch((error) => {
      throw new Error(`${error.message}; there is ${JSON.stringify(peer.text.slice(0, 500))}`);
    });
  /** Resolves to all that came, once the peer has ended the connection. */
  peer.ended = async (within) => {
    await peer.until('the end of the connection', () => peer.end, within);
    return peer.text;
  };
  if (bytes.length > 0) peer.send(bytes);
  return peer;
}

/** What follows the size lines of a body in chunks: `{body, complete, rest}`. */
function readChunks(text) {
  let body = '';
  for (;;) {
    const line = text.match(/^([0-9a-fA-F]+)(;[^\r\n]*)?\r\n/);
    if (!line) return { body, complete: false, rest: '' };
    const size = parseInt(line[1], 16);
    const begin = line[0].length;
    if (size === 0) {
      const end = text.indexOf('\r\n\r\n', begin - 2);
      return { body, complete: end >= 0, rest: end < 0 ? '' : text.slice(end + 4) };
    }
    body += text.slice(begin, begin + size);
    if (text.slice(begin + size, begin + size + 2) !== '\r\n') return { body, complete: false, rest: '' };
    text = text.slice(begin + size + 2);
  }
}

/**
 * The responses that a connection's bytes are, as a client reads them: `{status, headers, body, complete}` each. What is no
 * response is one with the status NaN. `end` is how the connection ended, if it did.
 */
export function responsesIn(text, end) {
  const found = [];
  while (text !== '') {
    const blank = text.indexOf('\r\n\r\n');
    const [line, ...lines] = text.slice(0, blank < 0 ? undefined : blank).split('\r\n');
    const status = Number(line.match(/^HTTP\/1\.1 (\d{3})( .*)?$/)?.[1]);
    const one = { status, headers: new Map(), body: '', complete: false };
    for (const field of lines) {
      const name = field.split(':', 1)[0];
      one.headers.set(name.toLowerCase(), field.slice(name.length + 1).trim());
    }
    found.push(one);
    if (blank < 0 || Number.isNaN(one.status)) break;
    text = text.slice(blank + 4);
    const length = one.headers.get('content-length');
    if (one.status < 200 || one.status === 204 || one.status === 304) {
      one.complete = true;
    } else if (one.headers.has('transfer-encoding')) {
      ({ body: one.body, complete: one.complete, rest: text } = readChunks(text));
    } else if (length !== undefined) {
      one.body = text.slice(0, Number(length));
      one.complete = one.body.length === Number(length);
      text = text.slice(Number(length));
    } else {
      Object.assign(one, { body: text, complete: end === 'closed' });
      text = '';
    }
  }
  return found;
}

/** A whole answer with that body. */
export const ok = (body = '{}') =>
  `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

/**
 * Starts a provider that is nothing but a socket, for the length of a test file. It keeps every byte it gets;
 * `answer(peer)` is called each time some came, and answers as it likes.
 */
export async function startRawProvider() {
  /** A whole answer to each head. */
  const answerHeads = (peer) => {
    if (!peer.text.includes('\r\n\r\n')) return;
    const heads = peer.text.split(' HTTP/1.1\r\n').length - 1;
    for (peer.answered ??= 0; peer.answered < heads; ++peer.answered) peer.socket.write(ok());
  };
  const provider = { peers: [], answer: answerHeads };
  const server = createServer({ noDelay: true }, (socket) => {
    provider.peers.push(observe(socket, (peer) => provider.answer(peer)));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  after(() => {
    server.close();
    provider.peers.forEach(({ socket }) => socket.destroy());
  });
  provider.port = server.address().port;
  provider.url = `http://127.0.0.1:${provider.port}`;
  /** All bytes that came since `forget`. */
  provider.received = () => provider.peers.map(({ text }) => text).join('');
  /** Ends what is open, forgets what came, and answers as at the beginning. */
  provider.forget = () => {
    provider.peers.forEach(({ socket }) => socket.destroy());
    provider.peers = [];
    provider.answer = answerHeads;
  };
  return provider;
}

/** Starts a provider that accepts nobody, and whose queue is full: whoever connects waits. Resolves to its port. */
export async function startFrozenProvider() {
  const script = `const s = require('net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 },
                                                               () => console.log(s.address().port))`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  after(() => child.kill('SIGKILL'));
  const port = Number(await new Promise((resolve) => child.stdout.once('data', resolve)));
  child.kill('SIGSTOP');
  await eventually('the process to stop', () => / T /.test(readFileSync(`/proc/${child.pid}/stat`, 'latin1')));
  const queue = Array.from({ length: 4 }, () => connect(port, '127.0.0.1').on('error', () => {}));
  after(() => queue.forEach((socket) => socket.destroy()));
  await eventually('the queue to be full', () => queue.filter(({ connecting }) => !connecting).length >= 2);
  return port;
}
