import { closeSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { definePlugin, networkConfig } from '../cni/index.ts';
import type { Plugin } from '../cni/index.ts';
import { connectUnix, openUnixSocket, receiveMessage, sendMessage, shutDown } from '../native/index.ts';
import { encodeRequest } from './request.ts';
import { Server } from './server.ts';
import { listenAt } from './socket.ts';

let folder: string;
let path: string;
let server: Server;
let running: Promise<void>;
let open: number[];
let served: string[];

const fake = definePlugin({
  type: 'fake',
  about: 'answers without a kernel',
  config: networkConfig({}),
  add: ({ containerId, env }) => {
    served.push(containerId);
    if (containerId === 'slow') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600);
    if (containerId === 'defect') throw new TypeError('not on purpose');
    return { interfaces: [{ name: env['TSNET_TEXT'] ?? '' }], ips: [], routes: [], dns: {} };
  },
  check: () => undefined,
  del: () => undefined,
});

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsnet-server-'));
  path = join(folder, 'run', 'tsnet.sock');
  open = [];
  served = [];
  server = start();
});

afterEach(async () => {
  server.stop();
  await running;
  for (const fd of open) closeSync(fd);
  rmSync(folder, { recursive: true });
});

function start(): Server {
  const one = new Server(new Map<string, Plugin>([['fake', fake]]), listenAt(path));
  running = one.run();
  return one;
}

function connect(): number {
  const fd = openUnixSocket('seqpacket');
  open.push(fd);
  connectUnix(fd, path);
  return fd;
}

function ask(container: string, text = ''): number {
  const fd = connect();
  const env = { CNI_COMMAND: 'ADD', CNI_CONTAINERID: container, CNI_NETNS: '/absent', CNI_IFNAME: 'eth0' };
  const stdin = Buffer.from('{"cniVersion":"1.1.0","name":"net"}');
  sendMessage(fd, encodeRequest({ plugin: 'fake', env: { ...env, TSNET_TEXT: text }, stdin }));
  return fd;
}

/** The messages up to the end of the connection. */
async function answers(fd: number): Promise<string[]> {
  const buffer = new Uint8Array(1 << 17);
  const got: string[] = [];
  for (;;) {
    const message = receiveMessage(fd, buffer);
    if (message?.length === 0) return got;
    if (message === undefined) await after(1);
    else got.push(Buffer.from(buffer.subarray(0, message.length)).toString('latin1'));
  }
}

test('a call is begun, then answered, then the connection ends', async () => {
  const [begun, end] = await answers(ask('c1'));
  expect(begun).toBe('B');
  expect(end).toMatch(/^X\0\{"cniVersion":"1.1.0",.*\}\n$/);
});

test('calls are served in their order', async () => {
  const names = Array.from({ length: 30 }, (_, at) => `c${at}`);
  await Promise.all(names.map((name) => answers(ask(name))));
  expect(served).toEqual(names);
});

test('a defect is told as CNI 999, and the next call is served', async () => {
  const defect = await answers(ask('defect'));
  expect(defect.map((message) => message[0]).join('')).toBe('BEX');
  expect(defect[1]).toContain('TypeError: not on purpose');
  expect(defect[2]).toMatch(/^X\x01.*"code":999/s);
  expect((await answers(ask('c1'))).at(-1)).toMatch(/^X\0/);
});

test('who waits for his turn is told so', async () => {
  const all = await Promise.all(['slow', 'c1', 'c2'].map((name) => answers(ask(name))));
  expect(all.map((messages) => messages.map(([kind]) => kind).join(''))).toEqual(['BX', 'WBX', 'WBX']);
});

test('who has given up before his turn is not served', async () => {
  const first = ask('c1');
  shutDown(ask('gone'), 'read');
  await answers(first);
  await answers(ask('c2'));
  expect(served).toEqual(['c1', 'c2']);
});

test('an answer that is longer than the socket holds comes in pieces, when it is read', async () => {
  const text = 'x'.repeat(120_000);
  const quotes = '"'.repeat(120_000);
  const slow = ask('c1', quotes);
  const quick = await answers(ask('c2', text));
  const messages = await answers(slow);
  expect(messages.map((message) => message[0]).join('')).toMatch(/^BO+X$/);
  const printed = messages.slice(1).map((message) => message.slice(message.startsWith('X') ? 2 : 1));
  expect(JSON.parse(printed.join(''))).toMatchObject({ interfaces: [{ name: quotes }] });
  expect(quick.at(-1)).toMatch(/^X\0/);
});

test('nobody is served after the end, and the name is gone', async () => {
  const waiting = [ask('c1'), ask('c2')];
  const silent = connect();
  server.stop();
  expect(existsSync(path)).toBe(false);
  for (const fd of waiting) expect((await answers(fd)).at(-1)).toMatch(/^X\0/);
  expect(await answers(silent)).toEqual(['Nthe daemon is ending']);
  await running;
  expect(() => connect()).toThrow('ENOENT');
});

test('there is no more room than for 400', async () => {
  const silent = Array.from({ length: 400 }, connect);
  await after(20);
  const refused = await answers(ask('c1'));
  expect(refused).toEqual(['Nthere are 400 callers already']);
  for (const fd of silent) shutDown(fd, 'both');
  await after(20);
  expect((await answers(ask('c2'))).at(-1)).toMatch(/^X\0/);
});
