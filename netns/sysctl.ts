// Kernel settings below /proc/sys/net, of any namespace.
import { closeSync, constants, readSync, writeSync } from 'node:fs';
import { isTsnetError, TsnetError } from '../errors/tsnet-error.ts';
import { openInside, SystemError, writeInside } from '../native/index.ts';

/** A setting's path below /proc/sys/net, part by part: an interface name may have a dot in it. */
export type SysctlKey = readonly string[];

/** More than all settings but lists of ports have, of which some may be longer. */
const PAGE_BYTES = 4096;

function pathOf(key: SysctlKey): string {
  if (key.some((part) => part === '' || part === '.' || part === '..' || part.includes('/'))) {
    throw new TsnetError('TSNET_CONFIG', `sysctl "${key.join('/')}": not a setting below net`);
  }
  return `/proc/sys/net/${key.join('/')}`;
}

/** Reads a setting of `namespace` (a descriptor, or HERE); undefined when this kernel does not have it. */
export function readSysctl(namespace: number, key: SysctlKey): string | undefined {
  let fd: number;
  try {
    fd = openInside(namespace, pathOf(key), constants.O_RDONLY);
  } catch (error) {
    if (error instanceof SystemError && error.errno === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const buffer = new Uint8Array(PAGE_BYTES);
    const length = readSync(fd, buffer, 0, buffer.length, 0);
    return new TextDecoder().decode(buffer.subarray(0, length)).trim();
  } finally {
    closeSync(fd);
  }
}

/** Writes a setting of `namespace` (a descriptor, or HERE). Throws SystemError. */
export function writeSysctl(namespace: number, key: SysctlKey, value: string): void {
  const fd = openInside(namespace, pathOf(key), constants.O_WRONLY);
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
    settings.map(([key, value]) => [pathOf(key), value]),
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
