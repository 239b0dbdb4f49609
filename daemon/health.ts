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
  const buffer = new Uint8Array(128 * 1024);
  const timer = setTimeout(() => resolve('it does not answer'), PATIENCE_MS);
  startWatch(() => {
    for (
      let message = receiveMessage(fd, buffer);
      message !== undefined;
      message = receiveMessage(fd, buffer)
    ) {
      const text = new TextDecoder().decode(buffer.subarray(0, message.length));
      if (text === '') return resolve('it has closed the connection');
      if (text.startsWith('N')) return resolve(text.slice(1));
      if (text.startsWith('X'))
        return resolve(text.startsWith('X\0') ? undefined : `it answers ${text.slice(2)}`);
    }
    watchOnce(fd, 'readable');
  });
  watchOnce(fd, 'readable');
  return promise.finally(() => {
    clearTimeout(timer);
    stopWatch();
  });
}
