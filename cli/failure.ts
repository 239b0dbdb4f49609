// What a person is told of an error.
import { isTsnetError } from '../errors/tsnet-error.ts';
import { isSystemError } from '../native/index.ts';
import { CommandExit } from './command-exit.ts';
import { EXIT } from './command-options.ts';

const INSTEAD =
  '"tsnet unshare" gives you a private world where all of it works without; its ports are not on this host';

/** The message of an error in one line; where it is that root is needed, and what there is without. */
export function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const isRefusal = isTsnetError(error, 'TSNET_PERMISSION') || isSystemError(error, 'EPERM', 'EACCES');
  // Where root is refused something, it is not for being root.
  return isRefusal && process.geteuid?.() !== 0 ? `needs root: ${message}; ${INSTEAD}` : message;
}

/** The end of a command that starts another one, when tsnet itself has failed. */
export function failureOf(error: unknown): CommandExit {
  return error instanceof CommandExit ? error : new CommandExit(EXIT.FAILED, messageOf(error));
}
