// The socket that the daemon listens on: made under another name and put in place at once, so that a daemon that runs is
// replaced and no caller finds nothing.
import { closeSync, lstatSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  bindUnix,
  connectUnix,
  isSystemError,
  listenOn,
  openUnixSocket,
  sendMessage,
  setReceiveTimeout,
  shutDown,
} from '../native/index.ts';
import { withLock } from '../state/lock.ts';
import { makePrivate, placesFrom } from '../state/place.ts';
import { encodeRequest, TAKEN_OVER } from './request.ts';

// The kernel cuts it down to net.core.somaxconn.
const BACKLOG = 4096;

/** A socket that others connect to. */
export interface Listener {
  readonly fd: number;
  /** Where it is, for people. */
  readonly name: string;
  /**
   * Lets nobody connect any more. Tells whether those who have must be accepted still; where false, they wait for the next
   * daemon.
   */
  refuse(): boolean;
  close(): void;
}

/** Where the daemon of the run directory that `env` names listens. */
export function socketPath(env: NodeJS.ProcessEnv): string {
  return join(placesFrom(env).run, 'tsnet.sock');
}

/** A socket that somebody else has made and keeps. */
export function inheritedListener(fd: number): Listener {
  // It may be one that blocks, and then nobody may be waiting by the time that we look.
  setReceiveTimeout(fd, 1);
  return { fd, name: `descriptor ${fd}`, refuse: () => false, close: () => closeSync(fd) };
}

/**
 * Listens at `path`. A daemon that does so already is told that it has been replaced. Throws SystemError, TSNET_STATE and
 * TSNET_PERMISSION.
 */
export function listenAt(path: string): Listener {
  makePrivate(dirname(path));
  return alone(path, () => {
    const fd = openUnixSocket('seqpacket');
    const fresh = `${path}.new`;
    rmSync(fresh, { force: true });
    bindUnix(fd, fresh);
    listenOn(fd, BACKLOG);
    const { ino } = lstatSync(fresh);
    // Connected by the name, so before the name is ours.
    const before = connectToDaemon(path);
    renameSync(fresh, path);
    if (before !== undefined) tellReplaced(before);
    return { fd, name: path, refuse: () => refuse(fd, path, ino), close: () => closeSync(fd) };
  });
}

/** Connects to the daemon at `path`; undefined when none is there. Throws SystemError. */
export function connectToDaemon(path: string): number | undefined {
  const fd = openUnixSocket('seqpacket');
  try {
    connectUnix(fd, path);
    return fd;
  } catch (error) {
    closeSync(fd);
    // Nothing there, or a file that a daemon left when it was killed.
    if (isSystemError(error, 'ENOENT', 'ECONNREFUSED')) return undefined;
    throw error;
  }
}

function tellReplaced(fd: number): void {
  try {
    sendMessage(fd, encodeRequest({ plugin: TAKEN_OVER, env: {}, stdin: new Uint8Array() }));
  } catch (error) {
    // It is ending already.
    if (!isSystemError(error, 'EPIPE', 'ECONNRESET')) throw error;
  } finally {
    closeSync(fd);
  }
}

// The name first: who comes now finds no daemon, or the next one. Then those who had found this one are all in its queue.
function refuse(fd: number, path: string, ino: number): boolean {
  alone(path, () => {
    if (lstatSync(path, { throwIfNoEntry: false })?.ino === ino) rmSync(path);
  });
  shutDown(fd, 'read');
  return true;
}

// Two daemons that start, or one that starts and one that ends, would take each other's name away.
function alone<T>(path: string, work: () => T): T {
  return withLock(join(dirname(path), 'daemon.lock'), 'exclusive', work);
}
