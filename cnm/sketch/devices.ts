// The devices of the host, as far as a sketch shows them.
import { listAddresses } from '../../netlink/route/address.ts';
import { IFF, RT_TABLE } from '../../netlink/route/constants.ts';
import { listLinks } from '../../netlink/route/link.ts';
import { listRoutes } from '../../netlink/route/route.ts';
import type { Host } from '../host.ts';

/** A link of the host. */
export interface SketchedDevice {
  readonly name: string;
  readonly kind: string | undefined;
  readonly isUp: boolean;
  readonly isLoopback: boolean;
  /** The name of the bridge that it is in. */
  readonly master: string | undefined;
  /** Whose it is, where tsnet made it. */
  readonly alias: string | undefined;
  /** Those that others can have something of: not the link's own. */
  readonly addresses: readonly string[];
  readonly subnets: readonly string[];
  readonly isWayOut: boolean;
}

/** Reads all of them, in the order of their making. Throws KernelError. */
export function readDevices({ route }: Host): SketchedDevice[] {
  const links = listLinks(route);
  const names = new Map(links.map(({ index, ifname }) => [index, ifname]));
  const addresses = listAddresses(route).filter(({ address }) => !address.ip.isLinkLocal);
  const waysOut = new Set(
    listRoutes(route)
      .filter(({ dst, table }) => dst.prefix === 0 && table === RT_TABLE.MAIN)
      .map(({ oif }) => oif),
  );
  return links.map(({ index, ifname, flags, attributes: { info, master, alias } }) => {
    const own = addresses.filter((one) => one.index === index).map(({ address }) => address);
    return {
      ...{ name: ifname, kind: info?.kind, alias },
      isUp: (flags & IFF.UP) !== 0,
      isLoopback: (flags & IFF.LOOPBACK) !== 0,
      master: master === undefined ? undefined : names.get(master),
      addresses: own.map(String),
      subnets: [...new Set(own.map(({ network }) => network.toString()))],
      isWayOut: waysOut.has(index),
    };
  });
}
