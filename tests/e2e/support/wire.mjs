// HTTP as bytes, for what no SDK would send.
import { connect } from 'node:net';

/**
 * Opens a connection to a port, sends `bytes` and resolves to all that comes back until the peer closes or, if given,
 * `enough(text)` is true. `more(socket, text)` is called with what has come so far each time something comes.
 */
export function exchange(port, bytes, { enough = () => false, more = () => {}, within = 10_000 } = {}) {
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
