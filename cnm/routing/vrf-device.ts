// The device of a virtual routing domain: interfaces that are in it have it as master.
import { Mac } from '../../address/index.ts';
import { TsnetError } from '../../errors/tsnet-error.ts';
import type { Connection } from '../../netlink/connection.ts';
import { isKernelError } from '../../netlink/kernel-error.ts';
import { deleteLinkIfPresent, findLink, listLinks, newLink, setLink } from '../../netlink/route/link.ts';
import type { Link } from '../../netlink/route/link.ts';
import { withLock } from '../../state/lock.ts';
import type { Host } from '../host.ts';

const ALIAS = 'tsnet vrf';

/** A domain's device and its routing table. */
export interface Vrf extends Link {
  readonly table: number;
}

// It tells whose a device is from its first moment on, unlike the alias, which the kernel takes only later.
function macOf(vrf: string): Mac {
  return Mac.fromSeed(`tsnet vrf ${vrf}`);
}

/** The domain of that name, if there is one. Throws TSNET_EXISTS when the name belongs to another kind of link. */
export function findVrf(connection: Connection, ifname: string): Vrf | undefined {
  const link = findLink(connection, { ifname });
  if (link === undefined) return undefined;
  const { info } = link.attributes;
  if (info?.kind === 'vrf') return { ...link, table: info.data?.table ?? 0 };
  throw new TsnetError('TSNET_EXISTS', `vrfname "${ifname}": a link of that name exists and is no VRF`);
}

/** Throws TSNET_EXISTS when a domain has a table that is not the one asked for. */
export function refuseOtherTable(vrf: string, table: number, found: number | undefined): void {
  if (found === undefined || found === table) return;
  throw new TsnetError('TSNET_EXISTS', `VRF ${vrf} already exist with different routing table ${found}`);
}

/** The domain of that name, made if it is missing, and up. Throws TSNET_EXISTS when it has another table. */
export function ensureVrf(connection: Connection, vrf: string, table: number): Vrf {
  const present = findVrf(connection, vrf) ?? createVrf(connection, vrf, table);
  refuseOtherTable(vrf, table, present.table);
  return present;
}

function createVrf(connection: Connection, vrf: string, table: number): Vrf {
  try {
    connection.request(newLink(vrf, { address: macOf(vrf), info: { kind: 'vrf', data: { table } } }));
  } catch (error) {
    // Another ADD was faster.
    if (!isKernelError(error, 'EEXIST')) throw error;
  }
  connection.request(setLink({ ifname: vrf }, { alias: ALIAS }, { UP: true }));
  const made = findVrf(connection, vrf);
  if (made === undefined)
    throw new TsnetError('TSNET_NOT_FOUND', `VRF ${vrf} was taken away while it was made`);
  return made;
}

/** Takes a domain away that tsnet made and that no interface is in any more. */
export function tidyVrf(host: Host, connection: Connection, { index, ifname, attributes }: Link): void {
  if (attributes.address?.equals(macOf(ifname)) !== true) return;
  withLock(host.bridgeLock, 'exclusive', () => {
    const hasMember = listLinks(connection).some((link) => link.attributes.master === index);
    if (!hasMember) deleteLinkIfPresent(connection, { index });
  });
}
