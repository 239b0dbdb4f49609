// Loads the C++ addon: the built file when running from sources, the embedded one in the shipped executable.
import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { TsnetError } from '../errors/tsnet-error.ts';

/** The addon's functions as they are: each makes one system call and returns its value, or -errno. */
export interface Addon {
  createNamespace(): number;
  namespaceType(fd: number): number;
  openSocket(namespace: number, domain: number, type: number, protocol: number): number;
  openFile(namespace: number, path: string, flags: number): number;
  writeFiles(namespace: number, paths: string[], values: string[]): number;
  createTun(fd: number, request: number, name: string, flags: number, context: string): number;
  controlTun(fd: number, request: number, value: number): number;
  bindMount(source: string, target: string): number;
  bindTree(source: string, target: string): number;
  mountMemory(target: string): number;
  shareMount(target: string): number;
  unmount(target: string): number;
  linkIndex(fd: number, name: string): number;
  findLink(fd: number, index: number): number;
  openNetlink(namespace: number, protocol: number, paths: string[], values: string[]): number;
  bindAddress(fd: number, address: Uint8Array): number;
  connectAddress(fd: number, address: Uint8Array): number;
  setOption(fd: number, level: number, option: number, value: number): number;
  setOptions(fd: number, options: Int32Array): number;
  setReceiveTimeout(fd: number, milliseconds: number): number;
  sendBytes(fd: number, bytes: Uint8Array): number;
  receiveBytes(fd: number, bytes: Uint8Array): number;
  lockFile(fd: number, operation: number): number;
  startCommand(around: object, file: string, argv: string[], environment: string[]): number;
  waitCommand(process: number): number;
  startGuard(argv: string[]): number;
  dismissGuard(fd: number): number;
  releaseGuard(fd: number): number;
  bindUnix(fd: number, path: string): number;
  connectUnix(fd: number, path: string): number;
  listenOn(fd: number, backlog: number): number;
  acceptOn(fd: number): number;
  peerCredentials(fd: number, told: Int32Array): number;
  networkCookie(fd: number, told: Float64Array): number;
  sendMessage(fd: number, bytes: Uint8Array, passed: number): number;
  receiveMessage(fd: number, bytes: Uint8Array, told: Int32Array): number;
  shutDown(fd: number, how: number): number;
  startWatch(tell: (fd: number) => void): number;
  watchOnce(fd: number, direction: number): number;
  stopWatch(): number;
  sendInBackground(fd: number, bytes: Uint8Array): number;
  sendByChild(fd: number, bytes: Uint8Array, beside: number): number;
  replaceProgram(file: string, argv: string[], environment: string[]): number;
  giveWay(): number;
  releaseCode(): number;
  identifyFile(file: string | number, told: Float64Array): number;
  openLocked(path: string, operation: number): number;
  closeFile(fd: number): number;
  readText(namespace: number, path: string): string | number;
  waitReadable(fd: number, microseconds: number): number;
}

let embedded: string | undefined;
let loaded: Addon | undefined;

/** Tells where the executable carries the addon's bytes; called by native/embedded.ts alone. */
export function setEmbeddedAddon(path: string): void {
  embedded = path;
}

/** The addon, loaded at its first use. Throws TSNET_SYSCALL when no directory lets it be mapped. */
export function addon(): Addon {
  loaded ??= embedded === undefined ? loadFile(builtAddon()) : loadBytes(readFileSync(embedded));
  return loaded;
}

function builtAddon(): string {
  return join(import.meta.dirname, 'build', 'tsnet.node');
}

function loadFile(path: string): Addon {
  const target = { exports: {} };
  process.dlopen(target, path);
  return target.exports as Addon;
}

// asm-generic/fcntl.h and arch/arm64/include/uapi/asm/fcntl.h: __O_TMPFILE | O_DIRECTORY, whose values differ.
const O_TMPFILE = process.arch === 'arm64' ? 0o20040000 : 0o20200000;

/**
 * Maps the addon from a file that never has a name, so that nothing is left behind and nobody can put another file in
 * its place. A directory that is read-only, or mounted noexec, is passed over.
 */
function loadBytes(bytes: Uint8Array): Addon {
  const directories = ['/dev/shm', '/run', '/tmp', '/var/tmp', '/var/lib', dirname(process.execPath)];
  const refusals: string[] = [];
  for (const directory of directories) {
    let fd: number | undefined;
    try {
      fd = openSync(directory, O_TMPFILE | constants.O_RDWR, 0o600);
      for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
      return loadFile(`/proc/self/fd/${fd}`);
    } catch (error) {
      refusals.push(`${directory}: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
  }
  throw new TsnetError(
    'TSNET_SYSCALL',
    'no directory allows mapping the native addon (need one not mounted noexec)',
    {
      details: refusals.join('; '),
    },
  );
}
