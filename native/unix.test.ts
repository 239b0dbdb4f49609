import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  acceptConnection,
  bindUnix,
  connectUnix,
  listenOn,
  openUnixSocket,
  peerOf,
  receiveMessage,
  sendMessage,
  shutDown,
  startWatch,
  stopWatch,
  watchOnce,
} from './index.ts';

let folder: string;
let path: string;
let open: number[];

/** Keeps a descriptor to close it at the end. */
function kept(fd: number): number {
  open.push(fd);
  return fd;
}

function listening(): number {
  const fd = kept(openUnixSocket('seqpacket'));
  bindUnix(fd, path);
  listenOn(fd, 16);
  return fd;
}

/** Both ends of a connection. */
function connected(): { near: number; far: number } {
  const listener = listening();
  const near = kept(openUnixSocket('seqpacket'));
  connectUnix(near, path);
  return { near, far: kept(acceptConnection(listener) ?? -1) };
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsnet-unix-'));
  path = join(folder, 'socket');
  open = [];
});

afterEach(() => {
  for (const fd of open) closeSync(fd);
  rmSync(folder, { recursive: true });
});

const text = (bytes: Uint8Array, length: number): string =>
  new TextDecoder().decode(bytes.subarray(0, length));

test('a socket is for its owner alone, whatever the umask', () => {
  const before = process.umask(0);
  try {
    listening();
  } finally {
    process.umask(before);
  }
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('messages keep their bounds, and nothing there is not an error', () => {
  const { near, far } = connected();
  const buffer = new Uint8Array(8);
  expect(receiveMessage(far, buffer)).toBeUndefined();
  sendMessage(near, Buffer.from('one'));
  sendMessage(near, Buffer.from('two'));
  expect(receiveMessage(far, buffer)).toEqual({ length: 3, descriptors: [], hasMore: false });
  expect(text(buffer, 3)).toBe('one');
  expect(receiveMessage(far, buffer)?.length).toBe(3);
  expect(text(buffer, 3)).toBe('two');
});

test('a message that is longer than the buffer tells its real length', () => {
  const { near, far } = connected();
  sendMessage(near, new Uint8Array(100));
  expect(receiveMessage(far, new Uint8Array(8))?.length).toBe(100);
});

test('nobody waiting, nobody listening, and a path that is too long are told', () => {
  expect(acceptConnection(listening())).toBeUndefined();
  const fd = kept(openUnixSocket('seqpacket'));
  expect(() => connectUnix(fd, join(folder, 'absent'))).toThrow('ENOENT');
  expect(() => connectUnix(fd, `/${'x'.repeat(108)}`)).toThrow('ENAMETOOLONG');
  expect(() => bindUnix(fd, path)).toThrow('EADDRINUSE');
});

test('a descriptor that is passed is the same file, and close-on-exec', () => {
  const { near, far } = connected();
  writeFileSync(join(folder, 'file'), 'content');
  sendMessage(near, Buffer.from('x'), kept(openSync(join(folder, 'file'), 'r')));
  const { descriptors } = receiveMessage(far, new Uint8Array(8)) ?? { descriptors: [] };
  expect(descriptors).toHaveLength(1);
  const [received = -1] = descriptors;
  kept(received);
  expect(readFileSync(`/proc/self/fd/${received}`, 'utf8')).toBe('content');
  expect(readFileSync(`/proc/self/fdinfo/${received}`, 'utf8')).toMatch(/flags:\s+02[0-7]{6}/);
});

test('the peer is told', () => {
  const { far } = connected();
  expect(peerOf(far)).toEqual({ pid: process.pid, uid: process.getuid?.() });
});

test('who has shut down reading makes the other end fail, without a signal, and what was sent before is there', () => {
  const { near, far } = connected();
  sendMessage(far, Buffer.from('B'));
  shutDown(near, 'read');
  expect(() => sendMessage(far, Buffer.from('O'))).toThrow('EPIPE');
  expect(receiveMessage(near, new Uint8Array(8))?.length).toBe(1);
  expect(receiveMessage(near, new Uint8Array(8))?.length).toBe(0);
});

test('a watched descriptor is told once for each time that it is asked for', async () => {
  const { near, far } = connected();
  const told: number[] = [];
  let wake: () => void = () => undefined;
  const next = (): Promise<void> => new Promise((resolve) => (wake = resolve));
  startWatch((fd) => {
    told.push(fd);
    wake();
  });
  try {
    watchOnce(far, 'readable');
    let woken = next();
    sendMessage(near, Buffer.from('x'));
    await woken;
    expect(told).toEqual([far]);
    // It is readable still, and is told again only now.
    woken = next();
    watchOnce(far, 'readable');
    await woken;
    expect(told).toEqual([far, far]);
    woken = next();
    watchOnce(near, 'writable');
    await woken;
    expect(told).toEqual([far, far, near]);
    expect(() => startWatch(() => undefined)).toThrow('EBUSY');
  } finally {
    stopWatch();
  }
  stopWatch();
});

test('a watch can be started again, and the thread is gone after each', () => {
  const threads = (): string | undefined =>
    /Threads:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  const before = threads();
  for (let round = 0; round < 3; round++) {
    startWatch(() => undefined);
    stopWatch();
  }
  expect(threads()).toBe(before);
});
