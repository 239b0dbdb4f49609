// The typed face of the addon: system calls that Node's own modules do not have. A failure is thrown as SystemError.
import { addon } from './addon.ts';
import { checked, known } from './system-error.ts';

export { runCommand, startCommand, waitCommand } from './command.ts';
export type { Surroundings } from './command.ts';
export { readClient } from './client-file.ts';
export { closeFile, identityOf, isSameFile, lock, openLocked, readInside } from './file.ts';
export { bindPort, connectInternet, openInternet } from './internet.ts';
export { isSystemError, SystemError, errnoName, errnoText } from './system-error.ts';
export {
  acceptConnection,
  bindUnix,
  connectUnix,
  listenOn,
  networkOf,
  openUnixSocket,
  peerOf,
  receiveMessage,
  sendMessage,
  shutDown,
} from './unix.ts';
export type { Peer } from './unix.ts';
export type { FileIdentity } from './file.ts';
export { startWatch, stopWatch, watchOnce } from './watch.ts';

/** The value to pass as a namespace to stay in the caller's own. */
export const HERE = -1;

/** Numbers of the kernel's interface (linux/sched.h, linux/netlink.h, asm-generic/socket.h). */
export const SYS = {
  CLONE_NEWNET: 0x40000000,
  SOL_SOCKET: 1,
  SO_SNDBUFFORCE: 32,
  SO_RCVBUFFORCE: 33,
  SOL_NETLINK: 270,
} as const;

/** Requests and flags for a device of /dev/net/tun (linux/if_tun.h). */
export const TUN = {
  TUNSETIFF: 0x400454ca,
  TUNSETPERSIST: 0x400454cb,
  TUNSETOWNER: 0x400454cc,
  TUNSETGROUP: 0x400454ce,
  IFF_TAP: 0x0002,
  IFF_MULTI_QUEUE: 0x0100,
  IFF_NO_PI: 0x1000,
  IFF_TUN_EXCL: 0x8000,
} as const;

/** Creates a network namespace and returns a descriptor of it; the caller stays where it is. unshare(2). */
export function createNamespace(): number {
  return checked('unshare', addon().createNamespace());
}

/** Tells whether `fd` is a network namespace (NS_GET_NSTYPE, ioctl_nsfs(2)). */
export function isNetworkNamespace(fd: number): boolean {
  return addon().namespaceType(fd) === SYS.CLONE_NEWNET;
}

/** Files, and what is to be written into each. */
type Contents = readonly (readonly [path: string, value: string])[];

/**
 * Opens a netlink socket of `protocol` inside `namespace`, bound and close-on-exec, once it has written into these files there
 * as `writeInside` does. netlink(7).
 */
export function openNetlink(namespace: number, protocol: number, files: Contents = []): number {
  const [paths, values] = columnsOf(files);
  return checked(
    'socket',
    addon().openNetlink(namespace, protocol, paths, values),
    paths.join(', ') || undefined,
  );
}

function columnsOf(files: Contents): [paths: string[], values: string[]] {
  return [files.map(([path]) => path), files.map(([, value]) => value)];
}

/**
 * Opens `path` while inside `namespace`. A descriptor of /proc/sys/net or of /dev/net/tun stays one of that namespace.
 * open(2).
 */
export function openInside(namespace: number, path: string, flags: number): number {
  return checked('open', addon().openFile(namespace, path, flags), path);
}

/**
 * Writes a value into each of these files while inside `namespace`, and passes over those that are not there. Throws the
 * SystemError of the first that fails, which does not tell which one it was; the others behind it are not written.
 */
export function writeInside(namespace: number, files: Contents): void {
  const [paths, values] = columnsOf(files);
  checked('write', addon().writeFiles(namespace, paths, values), paths.join(', '));
}

/**
 * Makes the device `name` with these flags in the namespace where `fd`, a descriptor of /dev/net/tun, was opened; it goes
 * with the descriptor. With an SELinux context it is made by a child process in that context, whose device it is then:
 * the kernel asks the task that makes it, and setsockcreatecon(3) has no say (selinux_tun_dev_create).
 */
export function createTun(fd: number, name: string, flags: number, context: string): void {
  checked('ioctl', addon().createTun(fd, TUN.TUNSETIFF, name, flags, context), name);
}

/** Changes a setting of the device behind `fd`: TUNSETPERSIST, TUNSETOWNER or TUNSETGROUP. ioctl(2). */
export function controlTun(fd: number, request: keyof typeof TUN, value: number): void {
  checked('ioctl', addon().controlTun(fd, TUN[request], value), request);
}

/** Binds the file `source` over the existing file `target`. mount(2) with MS_BIND. */
export function bindMount(source: string, target: string): void {
  checked('mount', addon().bindMount(source, target), target);
}

/** Binds the folder `source`, with all that is mounted below it, over the folder `target`. mount(2) with MS_REC. */
export function bindTree(source: string, target: string): void {
  checked('mount', addon().bindTree(source, target), target);
}

/** Mounts an empty folder in memory over the folder `target`. mount(2) with tmpfs. */
export function mountMemory(target: string): void {
  checked('mount', addon().mountMemory(target), target);
}

/** Makes the mount at `target` one whose changes other mount namespaces see. mount(2) with MS_SHARED. */
export function shareMount(target: string): void {
  checked('mount', addon().shareMount(target), target);
}

/** Takes the mount at `target` away. umount2(2) with MNT_DETACH. */
export function unmount(target: string): void {
  checked('umount', addon().unmount(target), target);
}

/** Sets an integer socket option. setsockopt(2). */
export function setOption(fd: number, level: number, option: number, value: number): void {
  checked('setsockopt', addon().setOption(fd, level, option, value));
}

/**
 * Sets integer socket options, each given by its level, its name and its value; one that this user may not set is passed
 * over. setsockopt(2).
 */
export function setOptions(
  fd: number,
  options: readonly (readonly [level: number, option: number, value: number])[],
): void {
  checked('setsockopt', addon().setOptions(fd, Int32Array.from(options.flat())));
}

/** Limits how long `receive` waits, in ms. SO_RCVTIMEO, socket(7). */
export function setReceiveTimeout(fd: number, milliseconds: number): void {
  checked('setsockopt', addon().setReceiveTimeout(fd, milliseconds));
}

/** Sends one datagram. send(2). */
export function send(fd: number, bytes: Uint8Array): void {
  checked('send', addon().sendBytes(fd, bytes));
}

/**
 * Tells whether the namespace of a socket has a link of that index, without waiting for the kernel's lock on links. One that
 * is not there any more may still be worked on. SIOCGIFNAME, netdevice(7).
 */
export function isLinkThere(fd: number, index: number): boolean {
  return addon().findLink(fd, index) === 0;
}

/** The index of the link of that name in the namespace of a socket, undefined where there is none; as above. SIOCGIFINDEX. */
export function linkIndex(fd: number, ifname: string): number | undefined {
  const outcome = addon().linkIndex(fd, ifname);
  return outcome === -known.ENODEV ? undefined : checked('ioctl', outcome, ifname);
}

/**
 * Sends one datagram from a thread of its own, for a request that the kernel is slow to answer. The socket is there until it
 * has been worked on, even when `fd` is closed before; who wants the answer keeps that open.
 */
export function sendInBackground(fd: number, bytes: Uint8Array): void {
  checked('pthread_create', addon().sendInBackground(fd, bytes));
}

/**
 * The same from a child, which this process does not wait for at its end, as it would for a thread. Until the kernel has
 * worked on it, the child keeps `beside` open, too: a socket of netfilter, which is slow to close (nft_rcv_nl_event).
 */
export function sendByChild(fd: number, bytes: Uint8Array, beside = -1): void {
  checked('clone', addon().sendByChild(fd, bytes, beside));
}

/** Lets whoever waits for the processor that we run on have it first. sched_yield(2). */
export function giveWay(): void {
  addon().giveWay();
}

/** Gives up the pages of code that this process has read in; those that are still in use come back by themselves. madvise(2). */
export function releaseCode(): void {
  checked('open', addon().releaseCode());
}

/** Waits until something can be received, and tells whether it came in time. ppoll(2). */
export function waitReadable(fd: number, microseconds: number): boolean {
  return checked('ppoll', addon().waitReadable(fd, microseconds)) > 0;
}

/** Receives one datagram into `bytes` and returns its real length, which may exceed the buffer's. recv(2). */
export function receive(fd: number, bytes: Uint8Array): number {
  return checked('recv', addon().receiveBytes(fd, bytes));
}

function variablesOf(environment: Record<string, string>): string[] {
  return Object.entries(environment).map(([name, value]) => `${name}=${value}`);
}

/** Makes this process run `file` instead, with the descriptors that are open. Throws SystemError. execve(2). */
export function replaceProgram(file: string, argv: string[], environment: Record<string, string>): never {
  checked('execve', addon().replaceProgram(file, argv, variablesOf(environment)), file);
  throw new Error('execve returned');
}

/** Starts a guard: should this process die without `releaseGuard`, the guard becomes this executable with `argv`. */
export function startGuard(argv: string[]): number {
  return checked('fork', addon().startGuard(argv));
}

/** Tells the guard that the work it watched over is done: it ends, by and by. */
export function dismissGuard(guard: number): void {
  checked('write', addon().dismissGuard(guard));
}

/** The same, if it was not told before, and waits for its end. */
export function releaseGuard(guard: number): void {
  addon().releaseGuard(guard);
}
