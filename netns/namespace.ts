// Network namespaces as handles: opened once, compared by identity, never by name.
import { closeSync, constants, mkdirSync, openSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { isTsnetError, TsnetError } from '../errors/tsnet-error.ts';
import { bindMount, createNamespace, identityOf, isNetworkNamespace, unmount } from '../native/index.ts';

/** Which namespace it is: two descriptors of one namespace have the same device and inode (ioctl_nsfs(2)). */
export interface NamespaceId {
  readonly device: number;
  readonly inode: number;
}

/** An open namespace. It stays the same one, whatever happens to the path it was opened by. */
export interface Namespace extends NamespaceId {
  readonly path: string;
  readonly fd: number;
  close(): void;
  [Symbol.dispose](): void;
}

const OWN = '/proc/self/ns/net';

/** The path that stands for an open descriptor for the time being. */
let standing: Standing | undefined;

interface Standing {
  readonly path: string;
  readonly fd: number;
}

/**
 * Until it is disposed of, opening `path` opens the namespace behind `fd` instead, which the owner of the path has opened:
 * a path may lead elsewhere by now, or in another process. There is one at a time, as there is one call at a time.
 */
export function standIn(path: string, fd: number): Disposable {
  standing = { path, fd };
  return {
    [Symbol.dispose]: () => {
      standing = undefined;
    },
  };
}

let own: NamespaceId | undefined;

/** The namespace this process is in, for all its life: native functions come back from where they go. */
export function ownNamespace(): NamespaceId {
  if (own === undefined) {
    const { dev, ino } = statSync(OWN);
    own = { device: dev, inode: ino };
  }
  return own;
}

/** Tells whether two handles are of one namespace. */
export function isSameNamespace(a: NamespaceId, b: NamespaceId): boolean {
  return a.device === b.device && a.inode === b.inode;
}

/** Opens a namespace by its path. Throws TSNET_NETNS when nothing is there or it is no network namespace. */
export function openNamespace(path: string): Namespace {
  if (path === standing?.path) return standingHandle(standing);
  let fd: number;
  try {
    // Without O_NONBLOCK a pipe at that path would keep us waiting for its other end.
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (cause) {
    const reason = whyNotOpened(cause as NodeJS.ErrnoException);
    throw new TsnetError('TSNET_NETNS', `network namespace "${path}": ${reason}`, { cause });
  }
  if (isNetworkNamespace(fd)) return handleOf(fd, path);
  closeSync(fd);
  throw isNoNamespace(path);
}

function isNoNamespace(path: string): TsnetError {
  return new TsnetError('TSNET_NETNS', `network namespace "${path}": it is no network namespace`);
}

// Whoever has opened it closes it.
function standingHandle({ path, fd }: Standing): Namespace {
  if (!isNetworkNamespace(fd)) throw isNoNamespace(path);
  return { ...handleOf(fd, path), close: () => undefined, [Symbol.dispose]: () => undefined };
}

function handleOf(fd: number, path: string): Namespace {
  const { device = 0, inode = 0 } = identityOf(fd) ?? {};
  const close = (): void => {
    closeSync(fd);
  };
  return { path, fd, device, inode, close, [Symbol.dispose]: close };
}

function whyNotOpened({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return 'nothing is there';
  // ptrace_may_access(): what belongs to a process of another user, or of one with more capabilities.
  if (code === 'EACCES') return `${message} (root is needed, with CAP_SYS_PTRACE for a path below /proc)`;
  return message;
}

/** Opens the namespace that this process is in. */
export function openOwnNamespace(): Namespace {
  return openNamespace(OWN);
}

/** Stands for a namespace that nobody has to enter; nothing needs to be at its path. */
export function unopened(path: string): Namespace {
  const close = (): void => undefined;
  return { path, fd: -1, device: 0, inode: 0, close, [Symbol.dispose]: close };
}

/** Opens a namespace that is not this process's own. Throws TSNET_NETNS as above, and TSNET_OWN_NETNS. */
export function openForeignNamespace(path: string): Namespace {
  const namespace = openNamespace(path);
  if (!isSameNamespace(namespace, ownNamespace())) return namespace;
  namespace.close();
  throw new TsnetError(
    'TSNET_OWN_NETNS',
    `network namespace "${path}" is the host's own: it would be changed`,
  );
}

/** The same for what may have gone: gives undefined for an empty path and for one where nothing is. */
export function openForeignUnlessGone(path: string): Namespace | undefined {
  if (path === '') return undefined;
  try {
    return openForeignNamespace(path);
  } catch (error) {
    const cause = isTsnetError(error, 'TSNET_NETNS')
      ? (error.cause as NodeJS.ErrnoException | undefined)
      : undefined;
    if (cause?.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Opens the namespace at `path`, or gives undefined when it is gone or another kind of file is in its place. */
export function openIfPresent(path: string): Namespace | undefined {
  if (path === '') return undefined;
  try {
    return openNamespace(path);
  } catch (error) {
    if (isTsnetError(error, 'TSNET_NETNS')) return undefined;
    throw error;
  }
}

/** Tells whether the namespace recorded as `id` is still the one at `path`. */
export function isStillAt(path: string, id: NamespaceId): boolean {
  const namespace = openIfPresent(path);
  if (namespace === undefined) return false;
  namespace.close();
  return isSameNamespace(namespace, id);
}

/** Creates a namespace and keeps it alive under `path`, a file that must not exist yet. Throws SystemError. */
export function createPinned(path: string): Namespace {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  // O_EXCL: what anybody else has put there, a link above all, is not taken.
  closeSync(openSync(path, constants.O_CREAT | constants.O_EXCL | constants.O_RDONLY, 0o600));
  const fd = createNamespace();
  try {
    bindMount(`/proc/self/fd/${fd}`, path);
    return handleOf(fd, path);
  } catch (error) {
    closeSync(fd);
    rmSync(path, { force: true });
    throw error;
  }
}

/** Takes the name of a namespace away; it ends with the last process or descriptor in it. */
export function unpin(path: string): void {
  try {
    unmount(path);
  } catch (error) {
    // EINVAL: the file is there but nothing is mounted on it, as when its creation was cut off.
    if (!isTsnetError(error, 'TSNET_SYSCALL')) throw error;
  }
  rmSync(path, { force: true });
}
