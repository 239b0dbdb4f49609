// Settings of an interface and of its namespace: what they are, and changing them.
import { isTsnetError, TsnetError } from '../../errors/tsnet-error.ts';
import { NETLINK, openConnection } from '../../netlink/connection.ts';
import { isKernelError } from '../../netlink/kernel-error.ts';
import { IFF } from '../../netlink/route/constants.ts';
import { findLink, setLink } from '../../netlink/route/link.ts';
import type { Link, LinkFlags, LinkKey } from '../../netlink/route/link.ts';
import type { Namespace } from '../../netns/namespace.ts';
import { readSysctl, writeSysctl } from '../../netns/sysctl.ts';
import type { SysctlKey } from '../../netns/sysctl.ts';
import type { Tuning } from '../request.ts';

function codeOf(error: unknown): string {
  const { code = '', errno } = error as { code?: string; errno?: unknown };
  return isTsnetError(error) && typeof errno === 'string' ? errno : code;
}

function refusal(key: SysctlKey, error: unknown): TsnetError {
  const name = `sysctl "net.${key.join('.')}"`;
  if (isTsnetError(error, 'TSNET_CONFIG')) return error;
  return new TsnetError('TSNET_CONFIG', `${name}: the kernel refuses it (${codeOf(error)})`, {
    cause: error,
  });
}

/** The value that a setting has; undefined for one that can be written only. Throws TSNET_CONFIG where there is none. */
function valueOf(namespace: Namespace, key: SysctlKey): string | undefined {
  let value: string | undefined;
  try {
    value = readSysctl(namespace.fd, key);
  } catch (error) {
    if (codeOf(error) === 'EACCES') return undefined;
    throw refusal(key, error);
  }
  if (value !== undefined) return value;
  throw new TsnetError(
    'TSNET_CONFIG',
    `sysctl "net.${key.join('.')}": the container's namespace has no such setting`,
  );
}

/**
 * What a namespace and a link have in the place of what is asked for; without settings that can be written only.
 * Throws TSNET_CONFIG for a setting that the namespace does not have.
 */
export function present(namespace: Namespace, { flags, mtu, attributes }: Link, asked: Tuning): Tuning {
  const { mac, isPromiscuous, isAllMulticast, queueLength } = asked;
  const sysctls = asked.sysctls.flatMap(({ key }) => {
    const value = valueOf(namespace, key);
    return value === undefined ? [] : [{ key, value }];
  });
  return {
    sysctls,
    mac: mac && attributes.address,
    mtu: asked.mtu && mtu,
    isPromiscuous: isPromiscuous === undefined ? undefined : (flags & IFF.PROMISC) !== 0,
    isAllMulticast: isAllMulticast === undefined ? undefined : (flags & IFF.ALLMULTI) !== 0,
    queueLength: queueLength === undefined ? undefined : attributes.queueLength,
  };
}

/** Writes settings of a namespace. Throws TSNET_CONFIG for one that the kernel refuses. */
export function writeSysctls(namespace: Namespace, { sysctls }: Tuning): void {
  for (const { key, value } of sysctls) {
    try {
      writeSysctl(namespace.fd, key, value);
    } catch (error) {
      throw refusal(key, error);
    }
  }
}

/** Changes a link as far as it is asked for. Throws TSNET_CONFIG for what no link of this kind can have. */
export function changeLink(namespace: Namespace, index: number, tuning: Tuning): void {
  const { mac, mtu, queueLength, isPromiscuous, isAllMulticast } = tuning;
  const flags: LinkFlags = {
    ...(isPromiscuous === undefined ? {} : { PROMISC: isPromiscuous }),
    ...(isAllMulticast === undefined ? {} : { ALLMULTI: isAllMulticast }),
  };
  const attributes = { address: mac, mtu, queueLength };
  if (Object.keys(flags).length === 0 && Object.values(attributes).every((one) => one === undefined)) return;
  using connection = openConnection(namespace.fd, NETLINK.ROUTE);
  try {
    connection.request(setLink({ index }, attributes, flags));
  } catch (error) {
    if (!isKernelError(error, 'EINVAL', 'ERANGE', 'EADDRNOTAVAIL')) throw error;
    throw new TsnetError('TSNET_CONFIG', error.message, { cause: error });
  }
}

/** The link of a namespace. */
export function findInside(namespace: Namespace, key: LinkKey): Link | undefined {
  using connection = openConnection(namespace.fd, NETLINK.ROUTE);
  return findLink(connection, key);
}
