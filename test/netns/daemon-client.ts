// A client of the daemon for tests: reads calls from stdin as JSON, makes all of them at once, prints what was answered.
import { closeSync, constants, openSync, readFileSync } from 'node:fs';
import { encodeRequest } from '../../daemon/request.ts';
import {
  connectUnix,
  isSystemError,
  openUnixSocket,
  receiveMessage,
  sendMessage,
  startWatch,
  stopWatch,
  watchOnce,
} from '../../native/index.ts';

/** One call. */
export interface DaemonCall {
  readonly plugin: string;
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: string;
  /** What is opened and passed along; left out, CNI_NETNS; '' for nothing. */
  readonly pass?: string;
  /** Instead of a request, these bytes in base64; '' to send nothing at all. */
  readonly raw?: string;
}

/** What came back. */
export interface DaemonAnswer {
  /** The kinds of the messages, such as BX, but W, of which there are as many as others take time; no X when the daemon ended the connection before. */
  readonly kinds: string;
  /** What N says. */
  readonly refusal: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | undefined;
  /** Why nothing could be sent or read: ECONNREFUSED, ENOENT, EPIPE; '' when it could. */
  readonly failure: string;
}

const NOTHING: DaemonAnswer = {
  kinds: '',
  refusal: '',
  stdout: '',
  stderr: '',
  exitCode: undefined,
  failure: '',
};

const buffer = new Uint8Array(1 << 17);
const handlers = new Map<number, () => void>();

function openIfThere(path: string): number | undefined {
  try {
    return path === '' ? undefined : openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
}

function send(fd: number, { plugin, env, stdin, pass, raw }: DaemonCall): void {
  if (raw === '') return;
  const descriptor = openIfThere(pass ?? env['CNI_NETNS'] ?? '');
  const bytes =
    raw === undefined
      ? encodeRequest({ plugin, env, stdin: Buffer.from(stdin) })
      : Buffer.from(raw, 'base64');
  sendMessage(fd, bytes, descriptor);
  if (descriptor !== undefined) closeSync(descriptor);
}

function add(answer: DaemonAnswer, message: Buffer): DaemonAnswer {
  const kind = message.toString('latin1', 0, 1);
  if (kind === 'W') return answer;
  const kinds = answer.kinds + kind;
  if (kind === 'N') return { ...answer, kinds, refusal: message.toString('utf8', 1) };
  if (kind === 'O') return { ...answer, kinds, stdout: answer.stdout + message.toString('utf8', 1) };
  if (kind === 'E') return { ...answer, kinds, stderr: answer.stderr + message.toString('utf8', 1) };
  if (kind !== 'X') return { ...answer, kinds };
  return { ...answer, kinds, exitCode: message[1], stdout: answer.stdout + message.toString('utf8', 2) };
}

function read(fd: number): Promise<DaemonAnswer> {
  const { promise, resolve } = Promise.withResolvers<DaemonAnswer>();
  let answer = NOTHING;
  handlers.set(fd, () => {
    try {
      for (let got = receiveMessage(fd, buffer); got !== undefined; got = receiveMessage(fd, buffer)) {
        if (got.length === 0) {
          resolve(answer);
          return;
        }
        answer = add(answer, Buffer.from(buffer.slice(0, got.length)));
      }
      watchOnce(fd, 'readable');
    } catch (error) {
      resolve({ ...answer, failure: String(error) });
    }
  });
  watchOnce(fd, 'readable');
  return promise;
}

async function make(path: string, call: DaemonCall): Promise<DaemonAnswer> {
  const fd = openUnixSocket('seqpacket');
  try {
    connectUnix(fd, path);
    send(fd, call);
    return await read(fd);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return { ...NOTHING, failure: error.errno };
  } finally {
    handlers.delete(fd);
    closeSync(fd);
  }
}

if (import.meta.main) {
  const [path = ''] = process.argv.slice(2);
  const calls = JSON.parse(readFileSync(0, 'utf8')) as DaemonCall[];
  startWatch((fd) => handlers.get(fd)?.());
  const answers = await Promise.all(calls.map((call) => make(path, call)));
  stopWatch();
  process.stdout.write(JSON.stringify(answers));
}
