// Hostile requests as tables. `@host`, `@get`, `@post` and `@toomuch` stand for what differs from listener to listener,
// `@id` for the case's id.

/** Fills in what differs. */
export const fill = (bytes, listener, id = '') =>
  Object.entries({ ...listener, host: `127.0.0.1:${listener.port}`, id })
    .reduce((text, [name, value]) => text.replaceAll(`@${name}`, value), bytes);

export const long = (n, text = 'x') => text.repeat(n);

export const host = 'Host: @host\r\n';
const usual = `${host}Content-Type: application/json\r\nX-E2e-Id: @id\r\n`;
const post = (...lines) => `POST @post HTTP/1.1\r\n${usual}${lines.map((line) => `${line}\r\n`).join('')}\r\n`;
export const get = (...lines) => `GET @get HTTP/1.1\r\n${host}${lines.map((line) => `${line}\r\n`).join('')}\r\n`;
/** A POST with that body as it is on the wire. */
export const chunks = (body) => `${post('Transfer-Encoding: chunked')}${body}`;
/** A request of that first line, with a Host. */
export const headed = (line, more = '') => `${line}\r\n${host}${more}\r\n`;

// Families of `[name, bytes, statuses]` that must be refused. The statuses are 400 unless others are said, or others for
// one of the listeners.

const withLines = (lines, body) => lines.map((line) => [line, `${post(...[line].flat())}${body}`]);
const framing = [
  ...withLines([
    ['Content-Length: 5', 'Content-Length: 6'],
    ['Content-Length: 6', 'content-length: 5'],
    ['Content-Length: 5', 'Content-Length: 5'],
    ['Content-Length: 5', 'Content-Length:'],
    'Content-Length: 5, 5', 'Content-Length: 5, 6', 'Content-Length: 5,', 'Content-Length: ,5', 'Content-Length: +5',
    'Content-Length: -5', 'Content-Length: 0x5', 'Content-Length: 5 5', 'Content-Length: 5;x', 'Content-Length: 5.0',
    'Content-Length: 5e0', 'Content-Length: "5"', 'Content-Length: five', 'Content-Length:', 'Content-Length: \t',
    'Content-Length: 18446744073709551616', 'Content-Length: 18446744073709551621',
    'Content-Length: 99999999999999999999999', 'Content-Length: \xb5', 'Content-Length: 5\x00', 'Content-Length: 5\x0b',
    'Content-Length : 5', 'Content-Length\t: 5',
    ['Content-Length:', ' 5'],
    ['Content-Length: 5', ' 5'],
  ], 'hello'),
  ...withLines([
    ['Content-Length: 5', 'Transfer-Encoding: chunked'],
    ['Transfer-Encoding: chunked', 'Content-Length: 5'],
    ['Transfer-Encoding: chunked', 'Content-Length: 0'],
    ['Content-Length: 5', 'Transfer-Encoding: identity'],
    ['Content-Length: 5', 'Transfer-Encoding: x'],
    ['Content-Length: 5', 'Transfer-Encoding:'],
    ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'],
    ['Transfer-Encoding: identity', 'Transfer-Encoding: chunked'],
    ['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'],
    ['Transfer-Encoding: chunked', 'Transfer-Encoding: x'],
    ['Transfer-Encoding: x', 'transfer-encoding: chunked'],
    'Transfer-Encoding: chunked, chunked', 'Transfer-Encoding: chunked,', 'Transfer-Encoding: ,chunked',
    'Transfer-Encoding: chunked chunked', 'Transfer-Encoding: chunked;q=1', 'Transfer-Encoding: "chunked"',
    "Transfer-Encoding: 'chunked'", 'Transfer-Encoding: chunked, identity', 'Transfer-Encoding: identity',
    'Transfer-Encoding:', 'Transfer-Encoding: \x0bchunked', 'Transfer-Encoding: chunked\x0b',
    'Transfer-Encoding: chunked\x00', 'Transfer-Encoding: \xa0chunked', 'Transfer-Encoding : chunked',
    'Transfer-Encoding\t: chunked',
    ['Transfer-Encoding:', ' chunked'],
    ['Transfer-Encoding: x', ' chunked'],
    ['X: y', ' Transfer-Encoding: chunked'],
  ], '0\r\n\r\n'),
  // RFC 9112 §6.1: a coding that is not understood may be 501.
  ...withLines([
    'Transfer-Encoding: gzip', 'Transfer-Encoding: gzip, chunked', 'Transfer-Encoding: xchunked',
    'Transfer-Encoding: chunkedx',
  ], '0\r\n\r\n').map((row) => [...row, [400, 501]]),
  ['Transfer-Encoding in HTTP/1.0', chunks('0\r\n\r\n').replace('HTTP/1.1', 'HTTP/1.0')],
];

const badSizes = [
  '-5', '+5', '0x5', ' 5', '5 ', '5\t', '\t5', 'g', '5g', '5,', '5 5', '5:', '\xb5', '5\x00', '\x005', '5.', '"5"', '',
];
const sizes = [
  ...badSizes.map((size) => [`chunk size '${size}'`, chunks(`${size}\r\nhello\r\n0\r\n\r\n`)]),
  ['a chunk size of 17 digits', chunks('fffffffffffffffff\r\nhello\r\n0\r\n\r\n')],
  ['a chunk size that is 5 modulo 2^64', chunks('10000000000000005\r\nhello\r\n0\r\n\r\n')],
  ['a last chunk size that is 0 modulo 2^64', chunks('10000000000000000\r\n\r\n')],
  ['LF behind a chunk size', chunks('5\nhello\r\n0\r\n\r\n')],
  ['CR behind a chunk size', chunks('5\rhello\r\n0\r\n\r\n')],
  ['CR CR LF behind a chunk size', chunks('5\r\r\nhello\r\n0\r\n\r\n')],
  ['LF in a chunk extension', chunks('5;a=\nhello\r\n0\r\n\r\n')],
  ['LF in a quoted chunk extension', chunks('5;a="\n"\r\nhello\r\n0\r\n\r\n')],
  ['CR in a chunk extension', chunks('5;a=\r0\r\nhello\r\n0\r\n\r\n')],
  ['NUL in a chunk extension', chunks('5;a="\x00"\r\nhello\r\n0\r\n\r\n')],
  ['nothing behind a chunk\'s data', chunks('5\r\nhello0\r\n\r\n')],
  ['LF behind a chunk\'s data', chunks('5\r\nhello\n0\r\n\r\n')],
  ['CR behind a chunk\'s data', chunks('5\r\nhello\r0\r\n\r\n')],
  ['a chunk that is longer than it says', chunks('5\r\nhello!\r\n0\r\n\r\n')],
  ['a chunk that is shorter than it says', chunks('6\r\nhello\r\n0\r\n\r\n')],
  ['LF for every line end of the chunks', chunks('5\nhello\n0\n\n')],
  ['LF behind the last chunk', chunks('5\r\nhello\r\n0\n\r\n')],
  ['LF behind everything', chunks('5\r\nhello\r\n0\r\n\n')],
  ['CR CR LF behind everything', chunks('5\r\nhello\r\n0\r\n\r\r\n')],
];

const trailer = (lines) => chunks(`5\r\nhello\r\n0\r\n${lines}\r\n\r\n`);
const badTrailers = [
  'no colon', 'X : y', ': y', 'X\x00: y', 'X: y\x00', 'X: y\rZ: z', 'X: y\nZ: z', 'X: y\r\n z', ' X: y', 'X(: y',
  'X: \x7f', 'Content-Length: 5', 'Transfer-Encoding: chunked',
  // as Beast has it; RFC 9110 §6.5.1 would let them be dropped
];
const trailers = badTrailers.map((line) => [`trailer '${line}'`, trailer(line)]);

// Bodies are sent on as they come, so a provider may have the beginning of these.
const endless = [
  ['an endless chunk extension', chunks(`5;a=${long(100_000)}\r\nhello\r\n0\r\n\r\n`), [400, 413, 431]],
  ['an endless quoted chunk extension', chunks(`5;a="${long(50_000, '\\"')}"\r\nhello\r\n0\r\n\r\n`), [400, 413, 431]],
  ['an endless chunk size of zeros', chunks(`${long(100_000, '0')}5\r\nhello\r\n0\r\n\r\n`), [400, 413, 431]],
  ['one trailer that is too long', trailer(`X: ${long(100_000)}`), [400, 413, 431]],
  ['too many trailers', trailer(long(20_000, 'X: y\r\n').trimEnd()), [400, 413, 431]],
];
export const sentOn = endless;

const lineEnds = [
  ['LF only', `POST @post HTTP/1.1\n${usual.replaceAll('\r', '')}Content-Length: 5\n\nhello`],
  ['LF behind the request line', `GET @get HTTP/1.1\n${host}\r\n`],
  ['LF behind a field', get('X: y\nZ: z')],
  ['LF for the blank line', `GET @get HTTP/1.1\r\n${host}\n`],
  ['CR only', 'GET @get HTTP/1.1\rHost: @host\r\r'],
  ['CR in a value', get('X: a\rb')],
  ['CR behind a value', get('X: a\r')],
  ['CR in a name', get('X\rY: a')],
  ['CR in the target', headed('GET @get\rx HTTP/1.1')],
  ['CR behind the version', headed('GET @get HTTP/1.1\r')],
  ['a folded first field', `GET @get HTTP/1.1\r\n X: y\r\n${host}\r\n`],
  ...['X: a\r\n b', 'X: a\r\n\tb', 'X:\r\n b', 'X: a\r\n ', 'X: a\r\n \r\n b']
    .map((fold) => [`folded '${fold}'`, get(fold)]),
  ['a folded Host', 'GET @get HTTP/1.1\r\nHost:\r\n @host\r\n\r\n'],
];

const controls = ['\x00', '\x01', '\x08', '\x0b', '\x0c', '\x1b', '\x7f'];
const badFields = [
  'X : y', 'X\t: y', ': y', ':', 'no colon', 'X Y: z', 'X(Y): z', 'X@Y: z', 'X[Y]: z', 'X/Y: z', 'X,Y: z', 'X;Y: z',
  '"X": y', 'X=Y: z', 'X\\Y: z', 'X{Y}: z', '\xc3\xa4: y', '\xff: y',
];
const fields = [
  ...controls.flatMap((c) => [
    [`'${c}' in a value`, get(`X: a${c}b`)],
    [`'${c}' in a name`, get(`X${c}Y: a`)],
    [`'${c}' in the target`, headed(`GET @get${c} HTTP/1.1`)],
    [`'${c}' in the method`, headed(`G${c}ET @get HTTP/1.1`)],
  ]),
  ...badFields.map((line) => [`field '${line}'`, get(line)]),
];

// RFC 9112 §3.2: more than one Host, or none, or an invalid one, is 400.
const badHosts = [
  'x@@host', 'x:y@@host', '@host evil.example', '@host, evil.example', '@host/x', '@host?x', '@host#x', '127.0.0.1:x',
  '127.0.0.1:80:80', '127.0.0.1:99999', '127.0.0.1:-1', '[::1', '::1', 'http://@host', '@host\\x', '127.0.0.1%0d%0a',
  '"@host"', '<x>', '\xe4.example',
];
const misdirected = { admin: [400, 421] };
const hosts = [
  ['no Host', 'GET @get HTTP/1.1\r\nX: y\r\n\r\n'],
  ['two Hosts', get('Host: evil.example')],
  ['the same Host twice', get('Host: @host')],
  ['Host and an empty one', get('Host:')],
  ...badHosts.map((value) => [`Host '${value}'`, `GET @get HTTP/1.1\r\nHost: ${value}\r\n\r\n`, misdirected]),
];

const forms = [
  ['absolute form to a foreign host', headed('GET http://evil.example@get HTTP/1.1'), misdirected],
  ['absolute form to a foreign host over https', headed('GET https://evil.example/v1/models HTTP/1.1'), misdirected],
  ['absolute form with user information', headed('GET http://x@@host@get HTTP/1.1'), misdirected],
  ['absolute form without a host', headed('GET http:///v1/models HTTP/1.1')],
  ['absolute form of another scheme', headed('GET file:///etc/passwd HTTP/1.1')],
  ['authority form', headed('GET evil.example:443 HTTP/1.1')],
  ['authority form of weir itself', headed('GET @host HTTP/1.1')],
  ['asterisk form', headed('GET * HTTP/1.1')],
  ['asterisk form of POST', headed('POST * HTTP/1.1', 'Content-Length: 0\r\n')],
  ['no slash', headed('GET v1/models HTTP/1.1')],
  ['only a query', headed('GET ?x HTTP/1.1')],
  ['no target', headed('GET HTTP/1.1')],
  ['an empty target', headed('GET  HTTP/1.1')],
  ...[' ', '\t', '#x', '"', '<', '>', '\\', '\xe4', '\xff']
    .map((c) => [`'${c}' in the target`, headed(`GET @get${c}x HTTP/1.1`)]),
];

const badVersions = [
  'HTTP/1.2', 'HTTP/1.10', 'HTTP/1.', 'HTTP/1', 'HTTP/11', 'HTTP/01.1', 'HTTP/2.0', 'HTTP/2', 'HTTP/3.0', 'HTTP/0.9',
  'http/1.1', 'HTTPS/1.1', 'HTTP 1.1', 'HTTP/1,1', 'HTTP/1.1 x', 'HTTP/1.1 ', 'HTTP/1.1\t', ' HTTP/1.1', 'HTTP/ 1.1',
  'XTTP/1.1', '\xb5',
];
const clientHello = `\x16\x03\x01\x00\x2f\x01\x00\x00\x2b\x03\x03${long(32, '\xaa')}\x00\x00\x02\x13\x01\x01\x00\x00\x00`;
const firstLines = [
  ...badVersions.map((version) => [`version '${version}'`, headed(`GET @get ${version}`), [400, 505]]),
  ['HTTP/0.9', 'GET @get\r\n\r\n'],
  ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00', [400, 505]],
  ['a TLS ClientHello', clientHello],
  ['SSH', 'SSH-2.0-OpenSSH_9.2\r\n\r\n'],
  ['garbage', '\x00\x01\x02\xff\xfe\r\n\r\n'],
  ['garbage in letters', 'hello\r\n\r\n'],
  ['a response', `HTTP/1.1 200 OK\r\n${host}\r\n`],
  ['a blank line before the request', `\r\n${get()}`],
  ['LF before the request', `\n${get()}`],
  ['a blank before the method', ` ${get()}`],
  ['a tab before the method', `\t${get()}`],
  ['a byte order mark', `\xef\xbb\xbf${get()}`],
  ['two blanks behind the method', headed('GET  @get HTTP/1.1')],
  ['a tab behind the method', headed('GET\t@get HTTP/1.1')],
  ['two blanks behind the target', headed('GET @get  HTTP/1.1')],
  ['a tab behind the target', headed('GET @get\tHTTP/1.1')],
  ['a vertical tab behind the target', headed('GET @get\x0bHTTP/1.1')],
  ['no method', headed('/v1/models HTTP/1.1')],
  ...['G(T', 'GET,', 'GET:', '"GET"', 'G\xe4T']
    .map((method) => [`method ${method}`, headed(`${method} @get HTTP/1.1`), [400, 501]]),
];

const unknown = { gateway: 501, admin: [400, 404, 405, 501] };
const methods = [
  ['CONNECT', 'CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n',
   { gateway: 501, admin: [400, 405, 421, 501] }],
  ['CONNECT to weir itself', 'CONNECT @host HTTP/1.1\r\nHost: @host\r\n\r\n', unknown],
  ...['TRACE', 'BREW', 'get', 'PROPFIND', 'GET1', 'DEBUG', 'M-SEARCH']
    .map((method) => [method, headed(`${method} @get HTTP/1.1`), unknown]),
];

const limits = [
  ['a target beyond the limit', headed(`GET @get?${long(100_000)} HTTP/1.1`), [414, 431]],
  ['a method beyond the limit', headed(`${long(100_000, 'G')} @get HTTP/1.1`), [400, 431, 501]],
  ['a field beyond the limit', get(`X: ${long(100_000)}`), 431],
  ['a name beyond the limit', get(`${long(100_000)}: y`), 431],
  ['fields beyond the limit', get(long(2_000, `X: ${long(50)}\r\n`).trimEnd()), 431],
  ['15,000 fields in 60 KB', get(long(15_000, 'X:\r\n').trimEnd()), 431],
  ['a head without an end', `GET @get HTTP/1.1\r\n${host}X: ${long(200_000)}`, 431],
  ['a request line without an end', `GET /${long(200_000)}`, [414, 431]],
  ['a length of one byte too many', `${post('Content-Length: @toomuch')}hello`, 413],
  ['a length of 2^63', `${post('Content-Length: 9223372036854775808')}hello`, 413],
  ['a length of 2^64 - 1', `${post('Content-Length: 18446744073709551615')}hello`, 413],
  ['a length far too long, with Expect', post('Content-Length: 99999999999', 'Expect: 100-continue'), 413],
];

const upgrade = 'Upgrade: websocket\r\nConnection: Upgrade\r\n';
const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
const version = 'Sec-WebSocket-Version: 13\r\n';
/** RFC 6455's own handshake, or one with other lines. */
export const websocket = (lines = key + version) => headed('GET @get HTTP/1.1', upgrade + lines);
const websockets = [
  ['no key', websocket(version)],
  ['two keys', websocket(version + key + key)],
  ['an empty key', websocket(`${version}Sec-WebSocket-Key:\r\n`)],
  ['a key that is too short', websocket(`${version}Sec-WebSocket-Key: c2hvcnQ=\r\n`)],
  ['a key with an escaped line end', websocket(`${version}Sec-WebSocket-Key: dGhlIHNhbXBsZSBub2%0d%0a==\r\n`)],
  ['two keys in a list', websocket(version + key.replace('\r\n', ', dGhlIHNhbXBsZSBub25jZQ==\r\n'))],
  ['no version', websocket(key), [400, 426]],
  ['two versions', websocket(`${key}${version}Sec-WebSocket-Version: 8\r\n`), [400, 426]],
  ['an old version', websocket(`${key}Sec-WebSocket-Version: 8\r\n`), 426],
  ['a body with a length', `${websocket(`${key}${version}Content-Length: 5\r\n`)}hello`],
  ['a body in chunks', `${websocket(`${key}${version}Transfer-Encoding: chunked\r\n`)}5\r\nhello\r\n0\r\n\r\n`],
];

export const families = {
  framing, sizes, trailers, endless, 'line ends': lineEnds, fields, Host: hosts, forms, 'first lines': firstLines, methods,
  limits, websockets,
};

const plain = 'GET /v1/things HTTP/1.1';
const posted = 'POST /v1/things HTTP/1.1';
const routing = '5\r\nhello\r\n0\r\nHost: evil.example\r\nAuthorization: Bearer x\r\nHelicone-Auth: x\r\n\r\n';
const oddPaths = [
  '/v1/../../etc/passwd', '/v1/%2e%2e/%2E%2E/etc/passwd', '/v1/./x', '/v1/x%00y', '/v1/x%0d%0aX-Injected:%201', '/v1//x',
  '/v1/%', '/v1/%2f%2fevil.example', '/v1/%5c..%5cx', '/v1/x?y=%0d%0aHost:%20evil.example&z=../..', '/v1/%zz', '/v1/;x=y',
  '/v1/x??', '/v1/@evil.example', '/v1/:8080/',
];
/**
 * Requests that look as if they were hostile and are not: `[name, bytes, request line at the provider, its body, what must
 * and what must not be in its head]`.
 */
export const oddButRight = [
  ['a tab before chunked', `${post('Transfer-Encoding:\tchunked')}5\r\nhello\r\n0\r\n\r\n`, posted, 'hello'],
  ['CHUNKED', `${post('TRANSFER-ENCODING: CHUNKED')}5\r\nhello\r\n0\r\n\r\n`, posted, 'hello'],
  ['a length with zeros', `${post('Content-Length: 0005')}hello`, posted, 'hello', /\r\nContent-Length: 5\r\n/i],
  ['chunk sizes with zeros', chunks('0005\r\nhello\r\n000\r\n\r\n'), posted, 'hello'],
  ['chunk extensions', chunks('5;a=b;c="d;e"\r\nhello\r\n0;f\r\n\r\n'), posted, 'hello', /^/, /;a|;f/],
  ['trailers that would route or authorise', chunks(routing), posted, 'hello', /^/, /evil|Bearer|helicone/i],
  ['a Connection that names what must stay',
   `${post('Content-Length: 5', 'Authorization: Bearer k', 'Connection: content-length, host, authorization')}hello`,
   posted, 'hello', /\r\nAuthorization: Bearer k\r\n/, /\r\nconnection:/i],
  ['fields of the hop',
   get('Proxy-Authorization: Basic x', 'TE: trailers', 'Keep-Alive: timeout=9', 'Forwarded: for=1.2.3.4'),
   plain, '', /^/, /basic|te:|keep-alive|forwarded/i],
  ['X-Weir-* and Helicone-*',
   get('X-Weir-Key: x', 'x-weir-error: x', 'Helicone-Odd: x', 'HELICONE-USER-ID: \xff', 'X-Forwarded-For: 127.0.0.1'),
   plain, '', /^/, /weir|helicone|forwarded/i],
  ['another Upgrade',
   get('Upgrade: h2c', 'Connection: Upgrade, HTTP2-Settings', 'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA'),
   plain, '', /^/, /h2c|http2|upgrade/i],
  ['a websocket by POST', `POST @post HTTP/1.1\r\n${usual}${upgrade}${version}${key}Content-Length: 5\r\n\r\nhello`,
   posted, 'hello', /^/, /upgrade|websocket\r/i],
  ['bytes above 127 and tabs in a value', get('X: \xe9\t\xff'), plain, '', /\r\nX: \xe9\t\xff\r\n/],
  ['a Host of no value', 'GET @get HTTP/1.1\r\nHost:\r\n\r\n', plain, ''],
  ['absolute form to weir itself', headed('GET http://@host@get HTTP/1.1'), plain, ''], // RFC 9112 §3.2.2
  ...oddPaths.map((path) => [path, headed(`GET /raw${path} HTTP/1.1`), `GET ${path} HTTP/1.1`, '']),
];

const loopbacks = [
  '127.0.0.1', '127.1', '0', '0.0.0.0', '2130706433', '0x7f000001', '0x7f.1', '017700000001', '0177.0.0.1',
  '127.000.000.001', '[::1]', '[::]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[0:0:0:0:0:0:0:1]', 'localhost', 'LOCALHOST',
  'localhost.', 'x.localhost',
];
/**
 * Values of a target header: no URL that weir takes, and URLs that it must not call. At `port` of 127.0.0.1 somebody
 * listens; `allowed` are names for that address that the operator lists in `gateway.allowed_targets`.
 */
export const targets = (port, allowed) => ({
  malformed: [
    'https://x@api.openai.com', 'https://x:y@api.openai.com', 'https://api.openai.com@evil.example',
    'https://@evil.example', 'https://api.openai.com:443@evil.example', 'https://api.openai.com%0d%0aX-Injected: 1',
    'https://evil.example%00.openai.com', 'https://evil.example\\@api.openai.com', 'https://evil example',
    'ftp://evil.example', 'file:///etc/passwd', 'gopher://x', 'javascript:x', '//evil.example', 'evil.example', '', ' ',
    'http://', 'https://', 'http:///v1', 'https://[::1', 'https://[', 'https://evil.example:0',
    'https://evil.example:65536', 'https://evil.example:-1', 'https://evil.example: 443', 'https://evil.example:443:80',
    'https://evil.example:x', 'http:evil.example', 'https:/evil.example', 'https://\xe4.example', 'https://*',
    `http://127.0.0.1.:${port}`,
  ],
  foreign: [
    ...loopbacks.map((name) => `http://${name}:${port}`),
    'http://169.254.169.254/latest/meta-data', 'https://169.254.169.254', 'https://[::ffff:a9fe:a9fe]',
    'https://[fd00:ec2::254]', 'http://10.0.0.1', 'https://192.168.1.1', 'https://[fe80::1]', 'https://evil.example',
    'https://api.openai.com.evil.example', 'https://api-openai.com', 'https://mine.openai.azure.com.evil.example',
    'http://api.groq.com', 'https://api.groq.com:8443',
    ...allowed.flatMap((name) => [`http://${name}`, `https://${name}:444`]),
    // Of these the name is allowed, but not what it resolves to.
    ...allowed.map((name) => `https://${name}`), 'https://LocalHost', 'https://localhost.',
  ],
});
