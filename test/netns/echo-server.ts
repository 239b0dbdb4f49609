// A server for the tests, tcp (HTTP) and udp: it answers with its name and the address that it sees its client at; asked
// by HTTP for /<number>, with that many bytes.
// usage: bun echo-server.ts <name> <address> <port>
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';

const [name = '', address = '', port = ''] = process.argv.slice(2);

function answerTo(peer = ''): string {
  return `${name} ${peer.replace(/^::ffff:/, '')}\n`;
}

function answerToRequest({ url = '/', socket }: IncomingMessage): string | Buffer {
  return url === '/' ? answerTo(socket.remoteAddress) : Buffer.alloc(Number(url.slice(1)));
}

const http = createServer((request, response) => {
  request.resume().once('end', () => response.end(answerToRequest(request)));
});
http.listen(Number(port), address);
await once(http, 'listening');

const udp = createSocket(address.includes(':') ? 'udp6' : 'udp4');
udp.on('message', (_, peer) => {
  udp.send(answerTo(peer.address), peer.port, peer.address);
});
// Whoever asked may be gone by the time that he is answered.
udp.on('error', () => undefined);
udp.bind(Number(port), address);
await once(udp, 'listening');

console.log('ready');
