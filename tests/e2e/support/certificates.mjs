// A certificate authority for the length of a test file, made with the openssl command.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

/** The files `ca`, and `certificate` and `key` of a server at 127.0.0.1 that it vouches for. */
export function makeCertificates() {
  const directory = mkdtempSync(join(tmpdir(), 'weir-ca-'));
  after(() => rmSync(directory, { recursive: true, force: true }));
  const file = (name) => join(directory, name);
  const openssl = (...args) => execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout'];

  openssl('req', '-x509', ...newKey, file('ca.key'), '-out', file('ca.pem'), '-days', '2', '-subj', '/CN=weir test CA');
  openssl('req', ...newKey, file('server.key'), '-out', file('server.csr'), '-subj', '/CN=weir');
  writeFileSync(file('server.ext'), 'subjectAltName=IP:127.0.0.1\n');
  openssl('x509', '-req', '-in', file('server.csr'), '-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-CAcreateserial',
          '-out', file('server.pem'), '-days', '2', '-extfile', file('server.ext'));
  return { ca: file('ca.pem'), certificate: file('server.pem'), key: file('server.key') };
}
