// Errors as a container runtime sees them: a number, a message and details (CNI spec 1.1.0, section 5, "Error").

import { TsnetError } from '../errors/tsnet-error.ts';
import type { ErrorCode } from '../errors/tsnet-error.ts';
import type { CniVersion } from './version.ts';

/**
 * The error codes of CNI. Up to 99 they are the specification's (8 and 999 are conventions of the reference
 * implementation); those from 100 on are tsnet's own, as the specification leaves them to plugins.
 */
export const cniCodes = {
  incompatibleVersion: 1,
  unsupportedField: 2,
  unknownContainer: 3,
  invalidEnvironment: 4,
  io: 5,
  decode: 6,
  invalidConfig: 7,
  invalidNetns: 8,
  tryAgainLater: 11,
  /** STATUS only: the plugin cannot serve ADD. */
  unavailable: 50,
  /** STATUS only: as 50, and containers that exist may have limited connectivity. */
  limitedConnectivity: 51,
  /** No address is left to give. */
  exhausted: 101,
  /** The address asked for belongs to another endpoint. */
  addressInUse: 102,
  /** The host port asked for is published by another endpoint. */
  portInUse: 103,
  /** The interface, or another thing to create, is there already. */
  exists: 104,
  /** CHECK found that the network is not as ADD left it. */
  checkFailed: 105,
  /** The plugin does not run as root. */
  permission: 106,
  internal: 999,
} as const;

const codeOf: Record<ErrorCode, number> = {
  TSNET_ADDRESS: cniCodes.invalidConfig,
  TSNET_CONFIG: cniCodes.invalidConfig,
  TSNET_NETNS: cniCodes.invalidNetns,
  TSNET_OWN_NETNS: cniCodes.invalidNetns,
  TSNET_EXHAUSTED: cniCodes.exhausted,
  TSNET_ADDRESS_IN_USE: cniCodes.addressInUse,
  TSNET_PORT_IN_USE: cniCodes.portInUse,
  TSNET_EXISTS: cniCodes.exists,
  TSNET_NOT_FOUND: cniCodes.unknownContainer,
  TSNET_BUSY: cniCodes.tryAgainLater,
  TSNET_CHECK: cniCodes.checkFailed,
  TSNET_PERMISSION: cniCodes.permission,
  TSNET_STATE: cniCodes.internal,
  TSNET_SYSCALL: cniCodes.internal,
  TSNET_UNSUPPORTED: cniCodes.unsupportedField,
  TSNET_KERNEL: cniCodes.internal,
  TSNET_PROTOCOL: cniCodes.internal,
};

/** An error with a code of CNI (`cniCodes`, or whatever a delegate answered). */
export class CniError extends Error {
  readonly cniCode: number;
  readonly details: string | undefined;

  constructor(cniCode: number, message: string, details?: string) {
    super(message);
    this.name = 'CniError';
    this.cniCode = cniCode;
    this.details = details;
  }
}

/** Turns anything thrown into a CniError: tsnet's errors through the table above, everything else as 999. */
export function toCniError(error: unknown): CniError {
  if (error instanceof CniError) return error;
  if (error instanceof TsnetError) return new CniError(codeOf[error.code], error.message, error.details);
  return new CniError(cniCodes.internal, error instanceof Error ? error.message : String(error));
}

/** The JSON object that a failing plugin prints: `cniVersion`, `code`, `msg` and, when there are any, `details`. */
export function errorJson(error: unknown, version: CniVersion): object {
  const { cniCode, message, details } = toCniError(error);
  return { cniVersion: version, code: cniCode, msg: message, ...(details ? { details } : {}) };
}
