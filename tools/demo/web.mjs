// A web server that tells every caller who it is and whom it sees.
import { createServer } from 'node:http';

const [name, port] = process.argv.slice(2);
createServer((request, response) => {
  response.end(`hello from ${name}, you are ${request.socket.remoteAddress.replace('::ffff:', '')}\n`);
}).listen(Number(port), '::');
