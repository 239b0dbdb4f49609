// A tap device that stays, made without anybody else's tool.
import { closeSync, constants } from 'node:fs';
import { TsnetError } from '../../errors/tsnet-error.ts';
import { controlTun, createTun, openInside, SystemError, TUN } from '../../native/index.ts';
import type { TapSpec } from './spec.ts';

/**
 * Makes a tap device of that name inside `namespace`, a descriptor. It stays when nobody has it open; until that is set,
 * the last step, it goes with this process. Throws SystemError, TSNET_CONFIG for an SELinux context that cannot be had.
 */
export function createTap(namespace: number, name: string, spec: TapSpec): void {
  const { isMultiQueue, owner, group, selinuxContext = '' } = spec;
  const flags = TUN.IFF_TAP | TUN.IFF_NO_PI | TUN.IFF_TUN_EXCL | (isMultiQueue ? TUN.IFF_MULTI_QUEUE : 0);
  const fd = openInside(namespace, '/dev/net/tun', constants.O_RDWR);
  try {
    create(fd, name, flags, selinuxContext);
    if (owner !== undefined) controlTun(fd, 'TUNSETOWNER', owner);
    if (group !== undefined) controlTun(fd, 'TUNSETGROUP', group);
    controlTun(fd, 'TUNSETPERSIST', 1);
  } finally {
    closeSync(fd);
  }
}

function create(fd: number, name: string, flags: number, context: string): void {
  try {
    createTun(fd, name, flags, context);
  } catch (cause) {
    if (context === '' || !(cause instanceof SystemError) || cause.errno !== 'EINVAL') throw cause;
    const why = 'SELinux is not enabled here, or does not know it';
    throw new TsnetError('TSNET_CONFIG', `selinuxContext "${context}": ${why}`, { cause });
  }
}
