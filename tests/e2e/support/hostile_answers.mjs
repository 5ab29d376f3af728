// What a provider can answer that is no HTTP, as families of `[name, pieces, outcome, how]`. The pieces are sent one after
// the other, each once the client has something of the one before. The outcome is what the client gets: 502, 'cut' (the
// beginning of an answer, and the end of the connection), or a body. `how` says whether the provider then ends the
// connection, by 'close' or 'reset'.
import { long } from './hostile_requests.mjs';

const line = 'HTTP/1.1 200 OK\r\n';
const head = (...lines) => `${line}${lines.map((field) => `${field}\r\n`).join('')}\r\n`;
const two = head('Content-Length: 2');
const forged = `${head('Content-Length: 6')}forged`;
const chunked = (body) => `${head('Transfer-Encoding: chunked')}${body}`;
const begun = chunked('5\r\nhello\r\n');

const refused = (list, bytes) => list.map((value) => [value, bytes(value), 502]);
/** The same behind what the client has already. */
const cut = (list, bytes) => list.map((value) => [[value, 'later'].flat(), [begun, bytes(value)], 'cut']);

const framing = [
  ...refused([
    ['Content-Length: 5', 'Transfer-Encoding: chunked'],
    ['Transfer-Encoding: chunked', 'Content-Length: 5'],
    ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'],
    ['Transfer-Encoding: identity', 'Transfer-Encoding: chunked'],
    ['Transfer-Encoding:', ' chunked'],
    'Transfer-Encoding: xchunked', 'Transfer-Encoding: gzip', 'Transfer-Encoding: gzip, chunked',
    'Transfer-Encoding: chunked, chunked', 'Transfer-Encoding: chunked,', 'Transfer-Encoding: "chunked"',
    'Transfer-Encoding: identity', 'Transfer-Encoding:', 'Transfer-Encoding: \x0bchunked', 'Transfer-Encoding : chunked',
  ], (fields) => `${head(...[fields].flat())}5\r\nhello\r\n0\r\n\r\n`),
  ...refused([
    ['Content-Length: 2', 'Content-Length: 5'],
    ['Content-Length: 5', 'Content-Length: 2'],
    ['Content-Length: 5', 'Content-Length: 5'],
    ['Content-Length: 5', ' 5'],
    'Content-Length: 5, 5', 'Content-Length: 5, 2', 'Content-Length: +5', 'Content-Length: -5', 'Content-Length: 0x5',
    'Content-Length:', 'Content-Length: 5 5', 'Content-Length: five', 'Content-Length: 18446744073709551621',
    'Content-Length : 5',
  ], (fields) => `${head(...[fields].flat())}hello`),
  ['Transfer-Encoding in HTTP/1.0', chunked('5\r\nhello\r\n0\r\n\r\n').replace('HTTP/1.1', 'HTTP/1.0'), 502],
];

const badChunks = [
  '-5\r\nhello', '+5\r\nhello', '0x5\r\nhello', ' 5\r\nhello', '5 \r\nhello', '\r\nhello', 'g\r\nhello', '5\nhello',
  '5\rhello', '5\r\r\nhello', 'fffffffffffffffff\r\nhello', '10000000000000005\r\nhello', '5;a="\n"\r\nhello',
  '5;\x00\r\nhello', '5\r\nhello!', '6\r\nhello', '4\r\nhello',
];
const badEnds = [
  '5\r\nhello\n0\r\n\r\n', '5\r\nhello\r0\r\n\r\n', '5\r\nhello0\r\n\r\n', '5\nhello\n0\n\n', '5\r\nhello\r\n0\n\r\n',
  '5\r\nhello\r\n0\r\n\n', '\n0\r\n\r\n', '-0\r\n\r\n', '0x0\r\n\r\n',
];
const chunks = [
  ...refused(badChunks, (bad) => chunked(`${bad}\r\n0\r\n\r\n`)),
  ...cut(badChunks, (bad) => `${bad}\r\n0\r\n\r\n`),
  ...refused(badEnds, chunked),
  ...cut([...badEnds, '0\n\n', '0\r\n\n'], (bad) => bad),
  ['an endless extension', chunked(`5;a=${long(200_000)}`), [502, 'cut']],
  ['an endless size', chunked(long(200_000, '0')), [502, 'cut']],
  ['an endless extension, later', [begun, `5;a=${long(200_000)}`], 'cut'],
];

const badTrailers = ['no colon', 'X : y', ': y', 'X: a\x00', 'X: a\rb', 'X: a\nY: b', 'X: a\r\n b'];
const trailers = [
  ...refused([...badTrailers, 'Content-Length: 5', 'Transfer-Encoding: chunked'],
             (bad) => chunked(`5\r\nhello\r\n0\r\n${bad}\r\n\r\n`)),
  ...cut(badTrailers, (bad) => `0\r\n${bad}\r\n\r\n`),
  ['a trailer that is too long', [begun, `0\r\nX: ${long(200_000)}\r\n\r\n`], 'cut'],
  ['too many trailers', [begun, `0\r\n${long(50_000, 'X: y\r\n')}\r\n`], 'cut'],
];

const badFields = [
  'X: a\r\n b', 'X: a\r\n\tb', 'X:\r\n b', ' X: a', 'X: a\rb', 'X: a\nY: b', 'X: a\x00b', 'X: a\x1bb', 'X: a\x7fb',
  'X\x00: a', 'X : a', ': a', 'no colon', 'X Y: a', 'X(Y): a', '\xe4: a',
];
const fields = [
  ...refused(badFields, (bad) => `${head('Content-Length: 2', bad)}no`),
  ['LF only', `${two.replaceAll('\r', '')}no`, 502],
  ['LF behind the status line', 'HTTP/1.1 200 OK\nContent-Length: 2\r\n\r\nno', 502],
  ['LF for the blank line', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\nno', 502],
  ['a field that is too long', `${head('Content-Length: 2', `X: ${long(100_000)}`)}no`, 502],
  ['too many fields', `${head('Content-Length: 2', ...Array(20_000).fill('X: y'))}no`, 502],
  ['a head without an end', `${line}X: ${long(300_000)}`, 502],
  ['a reason that is too long', `HTTP/1.1 200 ${long(100_000)}\r\nContent-Length: 2\r\n\r\nno`, 502],
];

const lines = refused([
  'HTTP/1.1 99 X', 'HTTP/1.1 099 X', 'HTTP/1.1 000 X', 'HTTP/1.1 1000 X', 'HTTP/1.1 600 X', 'HTTP/1.1 999 X',
  'HTTP/1.1 20 OK', 'HTTP/1.1 2000 OK', 'HTTP/1.1 -20 OK', 'HTTP/1.1 +20 OK', 'HTTP/1.1 2x0 OK', 'HTTP/1.1 OK',
  'HTTP/1.1', 'HTTP/1.1  200 OK', 'HTTP/1.1\t200 OK', ' HTTP/1.1 200 OK', 'HTTP/1.2 200 OK', 'HTTP/2 200',
  'HTTP/2.0 200 OK', 'HTTP/0.9 200 OK', 'http/1.1 200 OK', 'HTTP/11 200 OK', 'HTP/1.1 200 OK', 'ICY 200 OK',
  'HTTP/1.1 200\tOK', 'HTTP/1.1 200 O\x00K', 'HTTP/1.1 200 O\rK', 'HTTP/1.1 200 O\x7fK', '\r\nHTTP/1.1 200 OK',
  '\nHTTP/1.1 200 OK', 'SSH-2.0-OpenSSH_9.2', '+PONG', '{"id":1}', 'GET / HTTP/1.1', '\x16\x03\x01\x00\x05hello',
  '\x00\x00\x12\x04\x00\x00\x00\x00\x00', '<html>', '\xff\xfe',
], (bad) => `${bad}\r\nContent-Length: 2\r\n\r\nno`);

const informational = [
  ['101 that nobody asked for', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n', 502],
  ['103 with a body', `HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n\r\nhello${two}no`, 502],
  ['100 in chunks', `HTTP/1.1 100 Continue\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n${two}no`, 502],
  ['103 with CR in a value', `HTTP/1.1 103 Early Hints\r\nLink: a\rb\r\n\r\n${two}no`, 502],
  ['103 and nothing more', 'HTTP/1.1 103 Early Hints\r\n\r\n', 502, 'close'],
];

const ends = [
  ['nothing', '', 502, 'close'],
  ['nothing, and a reset', '', 502, 'reset'],
  ['the beginning of a status line', 'HTTP/1.', 502, 'close'],
  ['half a head', `${line}Content-Length: 5\r\nX: y`, 502, 'close'],
  ['half a head, and a reset', `${line}Content-Length: 5\r\nX: y`, 502, 'reset'],
  ['a head without its body', head('Content-Length: 5'), 'cut', 'close'],
  ['less than Content-Length', `${head('Content-Length: 5')}hell`, 'cut', 'close'],
  ['less than Content-Length, and a reset', [`${head('Content-Length: 5')}he`, 'll'], 'cut', 'reset'],
  ['chunks without the last', begun, 'cut', 'close'],
  ['chunks without the last, and a reset', [begun, '5\r\nhello\r\n'], 'cut', 'reset'],
  ['half a chunk', chunked('5\r\nhe'), 'cut', 'close'],
  ['half a size line', [begun, '5'], 'cut', 'close'],
  ['a last chunk without its end', [begun, '0\r\n'], 'cut', 'close'],
  ['a last chunk and half a trailer', [begun, '0\r\nX: y\r\n'], 'cut', 'close'],
  ['a chunk of 2^64 - 1', [begun, 'ffffffffffffffff\r\nhello'], 'cut', 'close'],
  ['a length of 2^64 - 1', `${head('Content-Length: 18446744073709551615')}hello`, 'cut', 'close'],
];

const surplus = [
  ['behind a length', `${two}ok${forged}`, 'ok'],
  ['behind a length, without a head', `${two}okforged`, 'ok'],
  ['behind a length of 0', `${head('Content-Length: 0')}${forged}`, ''],
  ['behind the last chunk', `${chunked('2\r\nok\r\n0\r\n\r\n')}${forged}`, 'ok'],
  ['behind a trailer', `${chunked('2\r\nok\r\n0\r\nX: y\r\n\r\n')}${forged}`, 'ok'],
  ['behind 204', `HTTP/1.1 204 No Content\r\n\r\n${forged}`, ''],
  ['behind 204 with a length', 'HTTP/1.1 204 No Content\r\nContent-Length: 6\r\n\r\nforged', ''],
  ['behind 304 with a length', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 6\r\n\r\nforged', ''],
];

export const answers = { framing, chunks, trailers, fields, 'status lines': lines, informational, ends, surplus };

const upgrade = ['Upgrade: websocket', 'Connection: Upgrade'];
const accept = 'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo='; // of RFC 6455's key
const switching = (...more) => `HTTP/1.1 101 Switching Protocols\r\n${more.map((field) => `${field}\r\n`).join('')}\r\n`;
/** Answers to RFC 6455's handshake that open no websocket, as `[name, bytes]`. */
export const handshakes = [
  ['another Accept', switching(...upgrade, 'Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=')],
  ['no Accept', switching(...upgrade)],
  ['two Accepts', switching(...upgrade, accept, accept)],
  ['no Upgrade', switching('Connection: Upgrade', accept)],
  ['another Upgrade', switching('Upgrade: h2c', 'Connection: Upgrade', accept)],
  ['no Connection', switching('Upgrade: websocket', accept)],
  ['an extension', switching(...upgrade, accept, 'Sec-WebSocket-Extensions: permessage-deflate')],
  ['a protocol that nobody offered', switching(...upgrade, accept, 'Sec-WebSocket-Protocol: x')],
  ['a folded field', switching(...upgrade, accept, 'X: a\r\n b')],
];
