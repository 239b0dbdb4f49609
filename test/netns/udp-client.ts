// A UDP client for the tests that never stops sending, from one port: it prints each answer that differs from the last.
// It gives up after half a minute, so that a test which waits for an answer in vain comes to its end.
// usage: node udp-client.ts <address> <port>
import { createSocket } from 'node:dgram';

const PAUSE_MS = 20;
const PATIENCE_MS = 30_000;
const [address = '', port = ''] = process.argv.slice(2);

const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
let last = '';
socket.on('message', (answer) => {
  const text = answer.toString().trim();
  if (text !== last) console.log(text);
  last = text;
});
// Nobody listens for a while: that is told as an error, and no reason to stop.
socket.on('error', () => undefined);
const sending = setInterval(() => {
  socket.send('hello', Number(port), address);
}, PAUSE_MS);
setTimeout(() => {
  clearInterval(sending);
  socket.close();
}, PATIENCE_MS);
