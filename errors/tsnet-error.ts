// The errors of tsnet. Callers match on `code`, never on a message or a class; docs/errors.md explains each code.

/** Every error code of tsnet with what it stands for. */
export const errorCodes = {
  TSNET_ADDRESS: 'text that is no address, CIDR or MAC',
  TSNET_CONFIG: 'a configuration or option that is wrong',
  TSNET_NETNS: 'a path that is no network namespace',
  TSNET_OWN_NETNS: "the container's network namespace is the host's own",
  TSNET_EXHAUSTED: 'no address is left to give',
  TSNET_ADDRESS_IN_USE: 'an address that another endpoint holds',
  TSNET_PORT_IN_USE: 'a host port that another endpoint has published',
  TSNET_EXISTS: 'a thing that is there already',
  TSNET_NOT_FOUND: 'a thing that is not there',
  TSNET_BUSY: 'a thing that is still in use',
  TSNET_CHECK: 'a network that is not as it was set up',
  TSNET_PERMISSION: 'a call that needs root',
  TSNET_STATE: 'the store cannot be used',
  TSNET_SYSCALL: 'a system call that failed',
  TSNET_UNSUPPORTED: 'a key whose effect this kernel cannot have',
  TSNET_KERNEL: 'a netlink request that the kernel refused',
  TSNET_PROTOCOL: 'a netlink message that cannot be read or written',
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** An error that tsnet raises on purpose: a stable `code`, a message in one line, and optionally more `details`. */
export class TsnetError extends Error {
  readonly code: ErrorCode;
  readonly details: string | undefined;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; details?: string } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'TsnetError';
    this.code = code;
    this.details = options.details;
  }
}

/** Tells whether `error` is a tsnet error with one of `codes` (any code when none is named). */
export function isTsnetError(error: unknown, ...codes: ErrorCode[]): error is TsnetError {
  return error instanceof TsnetError && (codes.length === 0 || codes.includes(error.code));
}
