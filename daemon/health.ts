// Asks a daemon for something that changes nothing, to see that it answers.
import { closeSync } from 'node:fs';
import { receiveMessage, sendMessage, startWatch, stopWatch, watchOnce } from '../native/index.ts';
import { encodeRequest } from './request.ts';
import { connectToDaemon, socketPath } from './socket.ts';

const PATIENCE_MS = 5_000;

/** Why the daemon does not serve callers like this process; undefined when it does. */
export async function whyUnwell(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const path = socketPath(env);
  const fd = connectToDaemon(path);
  if (fd === undefined) return `nobody listens on ${path}`;
  try {
    const variables = { CNI_COMMAND: 'VERSION' };
    sendMessage(fd, encodeRequest({ plugin: 'bridge', env: variables, stdin: Buffer.from('{}') }));
    return await answerOf(fd);
  } finally {
    closeSync(fd);
  }
}

function answerOf(fd: number): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const timer = setTimeout(() => {
    resolve('it does not answer');
  }, PATIENCE_MS);
  startWatch(() => {
    const end = endOf(fd);
    if (end === undefined) watchOnce(fd, 'readable');
    else resolve(faultOf(end));
  });
  watchOnce(fd, 'readable');
  return promise.finally(() => {
    clearTimeout(timer);
    stopWatch();
  });
}

/** The message that ends the answer, '' when the connection ended without one; undefined when it is still to come. */
function endOf(fd: number): string | undefined {
  const buffer = new Uint8Array(128 * 1024);
  for (;;) {
    const message = receiveMessage(fd, buffer);
    if (message === undefined) return undefined;
    const text = new TextDecoder().decode(buffer.subarray(0, message.length));
    if (text === '' || text.startsWith('N') || text.startsWith('X')) return text;
  }
}

function faultOf(end: string): string | undefined {
  if (end.startsWith('X\0')) return undefined;
  return end === '' ? 'it has closed the connection' : end.replace(/^N|^X./s, '').trim();
}
