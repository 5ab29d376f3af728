// One plain and one streamed call of each SDK; prints the texts as JSON. A process of its own, since Node reads
// NODE_EXTRA_CA_CERTS only at its start.
//
// Usage: node calls_over_tls.mjs GATEWAY_URL
import { plainCalls, streams, tagged } from './calls.mjs';
import { clientsOf } from './clients.mjs';

const clients = clientsOf({ gateway: process.argv[2] });
const texts = {};
for (const [name, call] of Object.entries(plainCalls)) texts[name] = await call(clients, tagged());
for (const [name, read] of Object.entries(streams)) texts[`${name}, streamed`] = await read(clients, tagged());
console.log(JSON.stringify(texts));
