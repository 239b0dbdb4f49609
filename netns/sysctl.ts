// Kernel settings below /proc/sys/net, of any namespace.
import { closeSync, constants, writeSync } from 'node:fs';
import { isTsnetError, TsnetError } from '../errors/tsnet-error.ts';
import { openInside, readInside, SystemError, writeInside } from '../native/index.ts';

/** A setting's path below /proc/sys/net, part by part: an interface name may have a dot in it. */
export type SysctlKey = readonly string[];

/** The file of a setting. Throws TSNET_CONFIG for what is none. */
export function sysctlPath(key: SysctlKey): string {
  if (key.some((part) => part === '' || part === '.' || part === '..' || part.includes('/'))) {
    throw new TsnetError('TSNET_CONFIG', `sysctl "${key.join('/')}": not a setting below net`);
  }
  return `/proc/sys/net/${key.join('/')}`;
}

/** Reads a setting of `namespace` (a descriptor, or HERE); undefined when this kernel does not have it. */
export function readSysctl(namespace: number, key: SysctlKey): string | undefined {
  return readInside(namespace, sysctlPath(key))?.trim();
}

/** Writes a setting of `namespace` (a descriptor, or HERE). Throws SystemError. */
export function writeSysctl(namespace: number, key: SysctlKey, value: string): void {
  const fd = openInside(namespace, sysctlPath(key), constants.O_WRONLY);
  try {
    writeSync(fd, value);
  } finally {
    closeSync(fd);
  }
}

/**
 * Writes settings in their order, entering `namespace` once, and passes over those that this kernel does not have. Throws
 * SystemError.
 */
export function writeSysctls(namespace: number, settings: readonly (readonly [SysctlKey, string])[]): void {
  writeInside(
    namespace,
    settings.map(([key, value]) => [sysctlPath(key), value]),
  );
}

/** Writes a setting that this kernel may not have, such as one of IPv6 where that is switched off. */
export function writeSysctlIfPresent(namespace: number, key: SysctlKey, value: string): void {
  try {
    writeSysctl(namespace, key, value);
  } catch (error) {
    if (!(isTsnetError(error) && error instanceof SystemError && error.errno === 'ENOENT')) throw error;
  }
}
