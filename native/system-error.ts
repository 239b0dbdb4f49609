import { constants } from 'node:os';
import { TsnetError } from '../errors/tsnet-error.ts';

// Second names of EAGAIN and EOPNOTSUPP, which have the same numbers (asm-generic/errno.h, bits/errno.h).
const aliases = ['EWOULDBLOCK', 'ENOTSUP'];

const names = new Map(
  Object.entries(constants.errno)
    .filter(([name]) => !aliases.includes(name))
    .map(([name, number]) => [number, name]),
);

/** The symbolic name of an errno, such as ENODEV (errno.h); a number without a name is given as `errno N`. */
export function errnoName(errno: number): string {
  return names.get(errno) ?? `errno ${errno}`;
}

const texts: Record<string, string> = {
  EPERM: 'operation not permitted (root or CAP_NET_ADMIN and CAP_SYS_ADMIN is needed)',
  EACCES: 'permission denied',
  ENOENT: 'no such file or directory',
  EEXIST: 'exists already',
  EINVAL: 'invalid argument',
  ENODEV: 'no such device',
  EBUSY: 'device or resource busy',
  ENOSPC: 'no space left',
  EADDRNOTAVAIL: 'address not available',
  EOPNOTSUPP: 'not supported by this kernel',
  EAFNOSUPPORT: 'address family not supported by this kernel',
  ENETUNREACH: 'network unreachable',
  ENETDOWN: 'network is down',
  ERANGE: 'value out of range',
  EAGAIN: 'no answer in time',
  EROFS: 'read-only file system',
};

/** What an errno means, in a few words. */
export function errnoText(errno: number): string {
  const name = errnoName(errno);
  const text = texts[name];
  return text === undefined ? name : `${text} (${name})`;
}

/** A system call of ours that failed: `syscall` names it, `errno` is its symbolic error. */
export class SystemError extends TsnetError {
  readonly syscall: string;
  readonly errno: string;

  constructor(syscall: string, errno: number, subject?: string) {
    super('TSNET_SYSCALL', `${syscall}${subject === undefined ? '' : ` "${subject}"`}: ${errnoText(errno)}`);
    this.name = 'SystemError';
    this.syscall = syscall;
    this.errno = errnoName(errno);
  }
}
