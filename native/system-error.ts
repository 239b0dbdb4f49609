import { TsnetError } from '../errors/tsnet-error.ts';

/** The errors that a call meets when all is well, and those that are explained (asm-generic/errno-base.h, errno.h). */
export const known = {
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  EAGAIN: 11,
  EACCES: 13,
  EBUSY: 16,
  EEXIST: 17,
  ENODEV: 19,
  EINVAL: 22,
  ENOSPC: 28,
  EROFS: 30,
  ERANGE: 34,
  EOPNOTSUPP: 95,
  EAFNOSUPPORT: 97,
  EADDRNOTAVAIL: 99,
  ENETDOWN: 100,
  ENETUNREACH: 101,
  EHOSTUNREACH: 113,
} as const;

const names = new Map<number, string>(Object.entries(known).map(([name, number]) => [number, name]));

/** The symbolic name of an errno, such as ENODEV (errno.h); a number without a name is given as `errno N`. */
export function errnoName(errno: number): string {
  return names.get(errno) ?? rareName(errno) ?? `errno ${errno}`;
}

// Not imported above: loading the module costs a call a millisecond, and hardly one needs it.
function rareName(errno: number): string | undefined {
  const { constants } = process.getBuiltinModule('node:os');
  return Object.entries(constants.errno).find(([, number]) => number === errno)?.[0];
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

/** Tells whether `error` is a system call of ours that failed with one of `errnos` (any when none is named). */
export function isSystemError(error: unknown, ...errnos: string[]): error is SystemError {
  return error instanceof SystemError && (errnos.length === 0 || errnos.includes(error.errno));
}

/** Returns the outcome of a function of the addon, or throws it as a SystemError when it is minus an errno. */
export function checked(syscall: string, outcome: number, subject?: string): number {
  if (outcome < 0) throw new SystemError(syscall, -outcome, subject);
  return outcome;
}
