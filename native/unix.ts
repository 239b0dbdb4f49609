// Unix sockets, which pass descriptors and tell who is at the other end; the runtimes' own do neither. None of them blocks.
import { fchmodSync } from 'node:fs';
import { addon } from './addon.ts';
import { checked, known } from './system-error.ts';

/** linux/net.h, sys/socket.h, bits/socket_type.h */
const AF_UNIX = 1;
const TYPE = { datagram: 2, seqpacket: 5 } as const;
const SOCK_NONBLOCK = 0o4000;
const HOW = { read: 0, write: 1, both: 2 } as const;

/** Opens an unbound socket that does not block. socket(2). */
export function openUnixSocket(type: keyof typeof TYPE): number {
  return checked('socket', addon().openSocket(-1, AF_UNIX, TYPE[type] | SOCK_NONBLOCK, 0));
}

/**
 * Gives the socket a name; its file is for the owner alone, whatever the umask: the kernel takes the mode that the
 * socket has by then (unix_bind_bsd in net/unix/af_unix.c). bind(2).
 */
export function bindUnix(fd: number, path: string): void {
  fchmodSync(fd, 0o600);
  checked('bind', addon().bindUnix(fd, path), path);
}

/** Connects to the socket at `path`; a leading "@" stands for an abstract name. connect(2). */
export function connectUnix(fd: number, path: string): void {
  checked('connect', addon().connectUnix(fd, path), path);
}

/** Lets others connect. listen(2). */
export function listenOn(fd: number, backlog: number): void {
  checked('listen', addon().listenOn(fd, backlog));
}

/** Takes one connection, which does not block either; undefined when nobody waits. accept4(2). */
export function acceptConnection(fd: number): number | undefined {
  const outcome = addon().acceptOn(fd);
  return outcome === -known.EAGAIN ? undefined : checked('accept', outcome);
}

/** Who made a connection. */
export interface Peer {
  /** 0 when the process is in a PID namespace that this one cannot see. */
  pid: number;
  uid: number;
}

/** Tells who is at the other end, as the kernel noted at connect(2). SO_PEERCRED, unix(7). */
export function peerOf(fd: number): Peer {
  const told = new Int32Array(3);
  checked('getsockopt', addon().peerCredentials(fd, told));
  const [pid = 0, uid = 0] = told;
  return { pid, uid: uid >>> 0 };
}

/**
 * A number for the network namespace that the other end of an accepted connection, or a socket of one's own, is of; undefined
 * where the kernel does not tell (before Linux 5.14). SO_NETNS_COOKIE, socket(7).
 */
export function networkOf(fd: number): number | undefined {
  const cookie = new Float64Array(1);
  return addon().networkCookie(fd, cookie) === 0 ? cookie[0] : undefined;
}

/**
 * Sends one message and, with `passed`, that descriptor along; never blocks and never raises SIGPIPE. Throws
 * SystemError: EAGAIN when the other end does not read, EPIPE when it is gone. sendmsg(2).
 */
export function sendMessage(fd: number, bytes: Uint8Array, passed = -1): void {
  checked('sendmsg', addon().sendMessage(fd, bytes, passed));
}

/** What `receiveMessage` got. */
export interface Message {
  /** The real length, which exceeds the buffer's when the rest was cut off; 0 also when the other end is closed. */
  length: number;
  /** The descriptors that came along, close-on-exec. Whoever takes the message closes them. */
  descriptors: number[];
  /** More descriptors were sent than there was room for; the kernel has closed the others. */
  hasMore: boolean;
}

/** How many descriptors a message may carry: one more than anybody should send. */
const ROOM = 2;

/** Receives one message into `bytes`; undefined when there is none. recvmsg(2). */
export function receiveMessage(fd: number, bytes: Uint8Array): Message | undefined {
  const told = new Int32Array(2 + ROOM);
  const outcome = addon().receiveMessage(fd, bytes, told);
  if (outcome === -known.EAGAIN) return undefined;
  const length = checked('recvmsg', outcome);
  const [count = 0, cut = 0] = told;
  return { length, descriptors: [...told.subarray(2, 2 + count)], hasMore: cut !== 0 };
}

/** Ends a connection in one direction or both; the other end's sends fail with EPIPE after 'read'. shutdown(2). */
export function shutDown(fd: number, how: keyof typeof HOW): void {
  checked('shutdown', addon().shutDown(fd, HOW[how]));
}
